"""Read the bodies of a HAR entry, and whether the recorder kept them.

Many recorders omit or truncate bodies. A body that was not recorded is unknown, not empty.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aoai_model.exchange import Headers, header

#: Responses with these statuses have no body.
_BODILESS = frozenset({204, 205, 304})


class BrokenBodyError(Exception):
    """A body cannot be decoded; the message is the reason."""


@dataclass(frozen=True, slots=True)
class RecordedBody:
    """The recorded bytes of a body; `missing` is true if they are incomplete."""

    content: bytes
    missing: bool = False


def request_body(request: Mapping[str, Any], headers: Headers) -> RecordedBody:
    """Return the body of a request. It is missing unless there is text or the size is 0."""
    posted = mapping(request.get("postData"))
    text = posted.get("text")
    declared = [_count(request.get("bodySize")), _content_length(headers)]
    if not isinstance(text, str):
        empty = 0 in declared and not any(declared) and not posted.get("params")
        return RecordedBody(b"", missing=not empty)
    if "base64" in (posted.get("encoding"), posted.get("_encoding")):
        return RecordedBody(_from_base64(text))
    multipart = (header(headers, "content-type") or "").lower().startswith("multipart/")
    # Recorders write each byte of binary data as the character with that code point.
    content = text.encode("latin-1", "replace") if multipart and not _is_wide(text) else _utf8(text)
    return RecordedBody(content, missing=_is_cut(content, declared))


def response_body(response: Mapping[str, Any], headers: Headers) -> RecordedBody:
    """Return the body of a response. It is missing if there is no text but a size or a header implies one.

    Browsers write a size of 0 for a stream that they did not keep.
    """
    content = mapping(response.get("content"))
    text, size = content.get("text"), _count(content.get("size"))
    if not isinstance(text, str):
        sizes = (size, _count(response.get("bodySize")))
        bodiless = response.get("status") in _BODILESS or _content_length(headers) == 0 or sizes == (0, 0)
        return RecordedBody(b"", missing=not bodiless)
    if content.get("encoding") == "base64":
        return RecordedBody(_from_base64(text))
    kept = _utf8(text)
    return RecordedBody(kept, missing=_is_cut(kept, [size]))


def mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _is_cut(content: bytes, declared: list[int | None]) -> bool:
    """Whether a body was truncated: it is shorter than declared and not complete JSON.

    A recorder may have written each CR LF as LF.
    """
    most = len(content) + content.count(b"\n")
    if not any(size is not None and size > most for size in declared):
        return False
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return True
    return False


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_wide(text: str) -> bool:
    return any(character > "\xff" for character in text)


def _content_length(headers: Headers) -> int | None:
    written = (header(headers, "content-length") or "").strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 16 else None


def _count(value: object) -> int | None:
    """Return a size, or None if it is unknown, which HAR writes as -1."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BrokenBodyError("the base64 of a body is invalid") from None
