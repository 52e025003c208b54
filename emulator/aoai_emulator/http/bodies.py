"""Request bodies, read by their media type.

A reader takes the raw bytes, the Content-Type as sent and the operation, and returns a Body whose `fields`
are plain JSON; it raises RejectionError for bytes that it cannot read. A media type without a reader is
rejected with 415 even if a document declares it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from aoai_emulator.http import multipart
from aoai_emulator.http.json_text import JsonTextError, parse
from aoai_emulator.http.rejections import RejectionError, malformed_body
from aoai_emulator.http.requests import Body
from aoai_specs.document import Operation

BodyReader = Callable[[bytes, str, Operation], Body]

#: The bytes of JSON that the service takes.
JSON_LIMIT = 20 * 1024 * 1024
#: The bytes of a form that are not its file.
_FORM_ROOM = 1024 * 1024


def read_json(raw: bytes, content_type: str, operation: Operation) -> Body:
    """Read a JSON object. Raises RejectionError (400) for anything else."""
    del content_type, operation  # JSON is always UTF-8, and the same for every operation
    try:
        value = parse(raw)
    except JsonTextError as error:
        raise RejectionError(malformed_body(f"{error} (it is not valid JSON)")) from error
    if not isinstance(value, dict):
        raise RejectionError(malformed_body("it is not a JSON object"))
    return Body(value)


READERS: Mapping[str, BodyReader] = MappingProxyType(
    {"application/json": read_json, multipart.MEDIA_TYPE: multipart.read_form}
)


def limit_of(operation: Operation) -> int:
    """Return the maximum size of a body of this operation in bytes."""
    if multipart.MEDIA_TYPE not in operation.request_media:
        return JSON_LIMIT
    return multipart.largest_file(operation) + _FORM_ROOM
