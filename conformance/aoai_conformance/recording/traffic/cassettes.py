"""Cassettes of VCR (Ruby) and vcrpy (Python) as the log of a HAR file.

Both keep a list of interactions, in YAML or JSON. The body of a message is a text, bytes, or an object with
one of them; serializers for vcrpy also keep parsed JSON in one of these places, and its stubs for httpx
`content`.
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
    moment_text,
)
from aoai_conformance.recording.traffic.stored_entries import StoredEntries, converted
from aoai_model.exchange import Headers

_CODE = re.compile(r"[1-9]\d\d", re.ASCII)
#: The members of an object that holds a body, unlike one that is the body.
_HOLDING = frozenset({"string", "base64_string", "encoding"})
#: How bodies of these types begin.
_STARTS = ((("{", "["), "application/json"), (("data:", "event:", ":"), "text/event-stream"))


def log_of_cassette(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the interactions of a cassette as the log of a HAR file; None for anything else."""
    interactions = content.get("interactions", content.get("http_interactions"))
    if not isinstance(interactions, list | StoredEntries):
        return None
    return {"version": "1.2", "entries": converted(interactions, _entry)}


def _entry(interaction: object) -> Any:
    if not isinstance(interaction, dict) or not isinstance(interaction.get("request"), dict):
        return interaction
    request = interaction["request"]
    response = interaction.get("response")
    answered: Mapping[str, Any] = response if isinstance(response, dict) else {}
    response_body = _body(answered)
    return har_entry(
        method=str(request.get("method", "")),
        url=str(request.get("uri", request.get("url", ""))),
        headers=header_pairs_of(request.get("headers")),
        body=_body(request),
        status=_status(answered),
        response_headers=header_pairs_of(answered.get("headers")) or _likely_type(response_body),
        response_body=response_body,
        started=moment_text(interaction.get("recorded_at")),
    )


def _body(message: Mapping[str, Any]) -> Body:
    """Return the body of a message: empty for null, None if the cassette does not have it.

    A null is a body that was not recorded if its Content-Length is not 0.
    """
    if "parsed_body" in message:
        return json_body(message["parsed_body"])
    body = message.get("body", message.get("content", message))
    if body is None:
        return b"" if _declared_length(message) in (None, "0") else None
    if isinstance(body, dict) and isinstance(body.get("base64_string"), str):
        return base64_body(body["base64_string"])
    if isinstance(body, dict) and not _HOLDING.isdisjoint(body):
        body = body.get("string")
    if isinstance(body, dict | list) and body is not message:
        return json_body(body)
    return body if isinstance(body, str | bytes) else None


def _likely_type(body: Body) -> Headers:
    """Return the Content-Type that a body shows, for a recorder that leaves out every header."""
    start = body[:16] if isinstance(body, str) else (body or b"")[:16].decode("latin-1")
    for prefixes, media_type in _STARTS:
        if start.lstrip().startswith(prefixes):
            return (("Content-Type", media_type),)
    return ()


def _declared_length(message: Mapping[str, Any]) -> str | None:
    pairs = header_pairs_of(message.get("headers"))
    return next((value.strip() for name, value in pairs if name.lower() == "content-length"), None)


def _status(response: Mapping[str, Any]) -> Any:
    status = response.get("status", response.get("status_code"))
    code = status.get("code") if isinstance(status, dict) else status
    return int(code) if isinstance(code, str) and _CODE.fullmatch(code) else code
