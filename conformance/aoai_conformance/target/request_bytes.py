"""Encodes a planned request: its URL and its body."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from aoai_model.case import Body, JsonBody, MultipartBody, Part, PlannedRequest, RawBody
from aoai_specs.errors import ConformanceError

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def needs_deployment(path: str) -> bool:
    """Whether a path template has a parameter for a deployment."""
    return any(_names_deployment(name) for name in _PLACEHOLDER.findall(path))


def url_of(request: PlannedRequest, *, root: str, base_path: str, deployment: str | None) -> str:
    """The URL of a request to the resource at `root`.

    `base_path` (`/openai`) is added unless the root already ends with it. Raises ConformanceError if the path
    template has a parameter that neither the request nor the deployment provides.
    """
    root = root.rstrip("/")
    base = "" if root.endswith(base_path) else base_path

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        value = request.path_parameters.get(name)
        if value is None and _names_deployment(name):
            value = deployment
        if value is None:
            raise ConformanceError(f"No value for {{{name}}} in the path {request.path}.")
        return quote(value, safe="")

    query = urlencode(request.query, quote_via=quote)
    return root + base + _PLACEHOLDER.sub(fill, request.path) + (f"?{query}" if query else "")


def encode_body(body: Body) -> tuple[bytes, str | None]:
    """The bytes and the content type of a body; equal bodies give equal bytes, including boundaries."""
    match body:
        case None:
            return b"", None
        case JsonBody(value):
            return encode_json(value), "application/json"
        case RawBody(content, content_type):
            return content, content_type
        case MultipartBody(parts):
            boundary = _boundary(parts)
            return encode_multipart(parts, boundary), f"multipart/form-data; boundary={boundary}"


def encode_json(value: object) -> bytes:
    """Compact JSON in UTF-8, with escapes if it contains lone surrogates.

    Raises ValueError for a number that JSON does not have.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def encode_multipart(parts: Iterable[Part], boundary: str) -> bytes:
    """Parts as multipart/form-data (RFC 7578), with quotes and line ends in names escaped as in browsers."""
    pieces: list[bytes] = []
    for part in parts:
        disposition = f'form-data; name="{_escape(part.name)}"'
        if part.filename is not None:
            disposition += f'; filename="{_escape(part.filename)}"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        content_type = part.content_type
        if content_type is None and part.filename is not None:
            content_type = "application/octet-stream"
        if content_type is not None:
            head += f"Content-Type: {content_type}\r\n"
        pieces += [head.encode(), b"\r\n", part.content, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def header_value(headers: Mapping[str, str], name: str) -> str | None:
    """The value of a header, whatever the letter case of its name."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), None)


def _names_deployment(name: str) -> bool:
    return "deployment" in name.lower()


def _escape(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _boundary(parts: Iterable[Part]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr((part.name, part.filename, part.content_type)).encode())
        digest.update(part.content)
    return f"aoai-{digest.hexdigest()[:32]}"
