"""Parses multipart/form-data into parts, without decoding their bytes."""

from __future__ import annotations

import re

from aoai_model.case import MultipartBody, Part

_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)"?', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename)="([^"]*)"', re.IGNORECASE)


def parse_multipart(body: bytes, content_type: str) -> MultipartBody | None:
    """Return the parts of a body; None if the content type or the body is not multipart/form-data."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or boundary is None:
        return None
    delimiter = b"\r\n--" + boundary.group(1).encode()
    pieces = (b"\r\n" + body).split(delimiter)
    if len(pieces) < 2 or pieces[0] or not pieces[-1].startswith(b"--"):
        return None
    parts: list[Part] = []
    for piece in pieces[1:-1]:
        head, separator, content = piece.partition(b"\r\n\r\n")
        if not separator:
            return None
        part = _part(head.decode("utf-8", "replace"), content)
        if part is not None:
            parts.append(part)
    return MultipartBody(tuple(parts))


def _part(head: str, content: bytes) -> Part | None:
    """Return one part; None if it has no name."""
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.split("\r\n") if line)
    }
    named = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
    if "name" not in named:
        return None
    return Part(named["name"], content, named.get("filename"), headers.get("content-type"))
