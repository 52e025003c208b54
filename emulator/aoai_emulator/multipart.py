"""Reading multipart/form-data with bounds on everything: parts, the length of texts, the size of files.

A declared property that the schema calls a number or a boolean comes back as one when its text is one, so
that the request's schema can judge a form as it judges JSON; any other text stays text, for the schema to
refuse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aoai_specs.document import Document, Operation
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from aoai_emulator.audio_files import LARGEST_FILE
from aoai_emulator.refusals import Refusal, RefusalError, malformed_body
from aoai_emulator.requests import Body, Upload

MEDIA_TYPE = "multipart/form-data"

_MOST_PARTS = 64
_LONGEST_TEXT = 64 * 1024
_LONGEST_NUMBER = 64
_DEEPEST_REFERENCE = 8
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def read_form(raw: bytes, content_type: str, operation: Operation) -> Body:
    """Read a form. A property that comes more than once is an array of its values.

    Raises RefusalError: 400 for a body that breaks the format, has more than 64 parts or a text of more than
    64 KiB, 413 for a file of more than 25 MiB.
    """
    declared = _declared(operation)
    fields: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    for part in _parts(raw, content_type):
        schema = declared.get(part.name, {})
        if schema.get("format") == "binary" or (part.filename is not None and part.name not in declared):
            if len(part.content) > LARGEST_FILE:
                raise RefusalError(file_too_large(len(part.content)))
            uploads[part.name] = Upload(part.filename or "", part.content_type, bytes(part.content))
            value: Any = part.filename or ""
        else:
            value = _value(part, schema)
        _add(fields, part.name, value)
    return Body(fields, uploads)


def file_too_large(size: int) -> Refusal:
    """413 for an uploaded file of `size` bytes."""
    return Refusal(
        413,
        "RequestEntityTooLarge",
        f"Maximum content size limit ({LARGEST_FILE}) exceeded ({size} bytes read).",
    )


@dataclass(slots=True)
class _Part:
    """One part of a form while it is read."""

    headers: dict[str, str] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)
    name: str = ""
    filename: str | None = None
    content_type: str = ""

    def close_headers(self) -> None:
        disposition, options = parse_options_header(self.headers.get("content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise RefusalError(malformed_body("a part has no name"))
        self.name = options[b"name"].decode("utf-8", "replace")
        if b"filename" in options:
            self.filename = options[b"filename"].decode("utf-8", "replace")
        self.content_type = self.headers.get("content-type", "")


def _parts(raw: bytes, content_type: str) -> list[_Part]:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise RefusalError(malformed_body("its content type names no boundary"))
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())  # type: ignore[arg-type]
        parser.write(raw)
        parser.finalize()
    except FormParserError as error:
        raise RefusalError(malformed_body("it breaks the multipart format")) from error
    if not collector.ended:
        raise RefusalError(malformed_body("its closing boundary is missing"))
    return collector.parts


class _Collector:
    """Gathers the parts that the parser reports piece by piece, and refuses too many."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._name = b""
        self._value = b""

    def callbacks(self) -> Mapping[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise RefusalError(malformed_body(f"it has more than {_MOST_PARTS} parts"))
        self.parts.append(_Part())

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self.parts[-1].headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        self.parts[-1].close_headers()

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += memoryview(data)[start:end]

    def _end(self) -> None:
        self.ended = True


def _declared(operation: Operation) -> dict[str, dict[str, Any]]:
    """Return the schema of each property of the form, references followed."""
    pointer = operation.request_media.get(MEDIA_TYPE)
    if pointer is None:
        return {}
    document = operation.document
    schema = _followed(document, document.resolve(pointer))
    properties: dict[str, dict[str, Any]] = {}
    for branch in (*_branches(document, schema.get("allOf", ())), schema):
        for name, inner in branch.get("properties", {}).items():
            properties[name] = _followed(document, inner)
    return properties


def _branches(document: Document, branches: Iterable[Any]) -> list[dict[str, Any]]:
    return [_followed(document, branch) for branch in branches]


def _followed(document: Document, schema: Any) -> dict[str, Any]:
    for _ in range(_DEEPEST_REFERENCE):
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        schema = document.resolve(schema["$ref"])
    return schema if isinstance(schema, dict) else {}


def _value(part: _Part, schema: Mapping[str, Any]) -> Any:
    if len(part.content) > _LONGEST_TEXT:
        raise RefusalError(malformed_body(f"a text in it has more than {_LONGEST_TEXT} bytes"))
    try:
        text = part.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusalError(malformed_body("a text in it is not UTF-8")) from error
    stated = schema.get("type", ())
    kinds = {stated} if isinstance(stated, str) else set(stated)
    if kinds & {"number", "integer"} and len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        return _number(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


def _number(text: str) -> int | float | str:
    """Return the number, or the text of one that is too large to be one."""
    number: int | float = json.loads(text)
    return text if number in (float("inf"), float("-inf")) else number


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
