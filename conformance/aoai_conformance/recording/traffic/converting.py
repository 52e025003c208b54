"""Build HAR entries from the messages of other formats."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from aoai_conformance.engine.content_coding import BodyDecoder, CodingError, codings_of
from aoai_model.exchange import Headers, header

#: A body: its text or its bytes, empty if there is none; None if the recording does not have it.
Body: TypeAlias = str | bytes | None

_LARGEST_BODY = 256 * 1024 * 1024
#: How many values a parsed body may have once it is written out; YAML may refer to a value many times.
_MOST_VALUES = 1_000_000
_FIRST_BYTES = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}


def har_entry(
    *,
    method: str,
    url: str,
    headers: Headers,
    body: Body,
    status: Any,
    response_headers: Headers,
    response_body: Body,
    started: str = "",
) -> dict[str, Any]:
    """Return a HAR entry. Without a time of its own, it started at the time in the response's Date header."""
    return {
        "startedDateTime": started or moment_text(header(response_headers, "date")),
        "request": {
            "method": method,
            "url": url,
            "headers": _named(headers),
            "postData": _content(body, headers),
        },
        "response": {
            "status": status,
            "headers": _named(response_headers),
            "content": _content(response_body, response_headers),
        },
    }


def header_pairs_of(listed: object) -> Headers:
    """Return the headers of a mapping from each name to its value, or to a list of its values."""
    pairs: list[tuple[str, str]] = []
    for name, values in listed.items() if isinstance(listed, dict) else ():
        pairs += [(str(name), _text(value)) for value in (values if isinstance(values, list) else [values])]
    return tuple(pairs)


def json_body(value: object) -> Body:
    """Return a value as the JSON text that it was parsed from; None if it is too large or not JSON."""
    if not _is_small(value):
        return None
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError):
        return None


def base64_body(text: str) -> Body:
    """Return the bytes that a base64 text encodes; None if it does not."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def moment_text(date: object) -> str:
    """Return the moment of an HTTP date in the form of HAR; an empty text for anything else."""
    try:
        return parsedate_to_datetime(str(date)).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _named(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _content(body: Body, headers: Headers) -> dict[str, Any]:
    """Return a body as HAR has it, content coding removed; without a text if it is unknown."""
    if isinstance(body, str) and (header(headers, "content-type") or "").lower().startswith("multipart/"):
        body = body.encode("utf-8", "surrogatepass")  # other recorders write a byte as a character
    decoded = _decoded(body, headers) if isinstance(body, bytes) else body
    if decoded is None:
        return {}
    if isinstance(decoded, str):
        return {"text": decoded}
    return {"text": base64.b64encode(decoded).decode(), "encoding": "base64"}


def _decoded(body: bytes, headers: Headers) -> bytes | None:
    """Return bytes without their content coding. Recorders that remove it often keep the header."""
    codings = codings_of([value for name, value in headers if name.lower() == "content-encoding"])
    if not body or not codings or not body.startswith(_FIRST_BYTES.get(codings[-1], b"")):
        return body
    try:
        decoder = BodyDecoder(codings)
        decoded = decoder.decode(body, _LARGEST_BODY)
        decoder.finish()
    except CodingError:
        return body if _is_text(body) else None
    return decoded if len(decoded) < _LARGEST_BODY else None


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _is_small(value: object) -> bool:
    """Whether a value has few enough values in it, each counted as often as it occurs."""
    waiting: list[Iterable[object]] = [[value]]
    count = 0
    while waiting:
        for each in waiting.pop():
            count += 1
            if count > _MOST_VALUES:
                return False
            if isinstance(each, dict):
                waiting.append(each.values())
            elif isinstance(each, list):
                waiting.append(each)
    return True
