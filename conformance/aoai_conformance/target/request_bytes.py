"""How a planned request goes on the wire: its URL and its bytes."""

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
    """Whether a path template has a place for a deployment's name."""
    return any(_names_deployment(name) for name in _PLACEHOLDER.findall(path))


def url_of(request: PlannedRequest, *, root: str, base_path: str, deployment: str | None) -> str:
    """The whole URL of a request to the resource at `root`.

    `base_path` (`/openai`) is added unless the root's path already ends with it. Raises ConformanceError
    where the path template has a place that neither the request nor the deployment fills.
    """
    root = root.rstrip("/")
    base = "" if root.endswith(base_path) else base_path

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        value = request.path_parameters.get(name)
        if value is None and _names_deployment(name):
            value = deployment
        if value is None:
            raise ConformanceError(f"Nothing says what stands for {{{name}}} in the path {request.path}.")
        return quote(value, safe="")

    query = urlencode(request.query, quote_via=quote)
    return root + base + _PLACEHOLDER.sub(fill, request.path) + (f"?{query}" if query else "")


def encode_body(body: Body) -> tuple[bytes, str | None]:
    """A body's bytes and its content type.

    The same body gives the same bytes, multipart boundaries included.
    """
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
    """Compact JSON in UTF-8; a lone surrogate, which UTF-8 cannot say, goes as its escape.

    Raises ValueError for a number that JSON does not have.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def encode_multipart(parts: Iterable[Part], boundary: str) -> bytes:
    """Parts as multipart/form-data (RFC 7578); quotes and line ends in names are escaped as browsers do."""
    pieces: list[bytes] = []
    for part in parts:
        disposition = f'form-data; name="{_escaped(part.name)}"'
        if part.filename is not None:
            disposition += f'; filename="{_escaped(part.filename)}"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        content_type = part.content_type
        if content_type is None and part.filename is not None:
            content_type = "application/octet-stream"
        if content_type is not None:
            head += f"Content-Type: {content_type}\r\n"
        pieces += [head.encode(), b"\r\n", part.content, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def header_value(headers: Mapping[str, str], name: str) -> str | None:
    """The value of a header whose name may be spelled in any case."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), None)


def _names_deployment(name: str) -> bool:
    return "deployment" in name.lower()


def _escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _boundary(parts: Iterable[Part]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr((part.name, part.filename, part.content_type)).encode())
        digest.update(part.content)
    return f"aoai-{digest.hexdigest()[:32]}"
