"""Recordings of the Azure SDK test proxy, and of the recorders before it, as the log of a HAR file.

A file has a list of `Entries`. A body is null, an empty list, parsed JSON, the lines of a text, or base64 if
its content type is not one of text. Source: RecordEntry.cs in Azure/azure-sdk-tools.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aoai_conformance.recording.traffic.converting import (
    Body,
    base64_body,
    har_entry,
    header_pairs_of,
    json_body,
)
from aoai_conformance.recording.traffic.stored_entries import StoredEntries, converted
from aoai_model.exchange import Headers, header

_TEXT = re.compile(r"text/|.*(json|xml|urlencoded|javascript)", re.IGNORECASE)


def log_of_session(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the entries of a recording as the log of a HAR file; None for anything else."""
    entries = content.get("Entries")
    if not isinstance(entries, list | StoredEntries):
        return None
    return {"version": "1.2", "entries": converted(entries, _entry)}


def _entry(entry: object) -> Any:
    if not isinstance(entry, dict):
        return entry
    headers = header_pairs_of(entry.get("RequestHeaders"))
    response_headers = header_pairs_of(entry.get("ResponseHeaders"))
    return har_entry(
        method=str(entry.get("RequestMethod", "")),
        url=str(entry.get("RequestUri", "")),
        headers=headers,
        body=_body(entry.get("RequestBody"), headers),
        status=entry.get("StatusCode"),
        response_headers=response_headers,
        response_body=_body(entry.get("ResponseBody"), response_headers),
    )


def _body(kept: object, headers: Headers) -> Body:
    """Return a body: empty if it is null or an empty list; None if it cannot be read."""
    if kept is None or kept == []:
        return b""
    is_text = _TEXT.match(header(headers, "content-type") or "") is not None
    if isinstance(kept, list):
        lines = [each for each in kept if isinstance(each, str)]
        return "".join(lines) if len(lines) == len(kept) else None
    if isinstance(kept, str):
        return kept if is_text else base64_body(kept)
    return json_body(kept)
