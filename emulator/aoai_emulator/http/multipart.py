"""multipart/form-data, read with bounds on the number of parts, the length of texts and the size of files.

A property that the schema declares as a number or boolean is converted if its text is one, so that the schema
can validate a form like JSON; any other text stays text, for the schema to reject.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value
from itertools import chain
from typing import Any

from aoai_emulator.http.json_text import JsonTextError, parse
from aoai_emulator.http.rejections import Rejection, RejectionError, malformed_body
from aoai_emulator.http.requests import Body, Upload
from aoai_emulator.media.audio_files import LARGEST_FILE
from aoai_specs.document import Document, Operation

MEDIA_TYPE = "multipart/form-data"

#: The maximum size of a stored file and of a part of an upload: the limit that the document states for parts.
LARGEST_STORED = 64 * 1024 * 1024
_STORED = frozenset({"file-upload", "upload-part"})

_MOST_PARTS = 64
_LONGEST_BOUNDARY = 200
_LONGEST_HEADERS = 8192
_LONGEST_TEXT = 64 * 1024
_LONGEST_NUMBER = 64
_DEEPEST_REFERENCE = 8
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def read_form(raw: bytes, content_type: str, operation: Operation) -> Body:
    """Read a form. A property that is repeated, or declared as a list, becomes a list of its values.

    A member of an object may be a part of its own, such as `expires_after[anchor]`; a whole object is JSON.

    Raises RejectionError: 400 for a malformed body, more than 64 parts or a text of more than 64 KiB, 413 for
    a file larger than the operation accepts.
    """
    largest = largest_file(operation)
    declared = _declared(operation)
    fields: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    for part in _parts(raw, content_type):
        schema = declared.get(part.name, {})
        within, _, member = part.name.partition("[")
        if member.endswith("]") and declared.get(within, {}).get("type") == "object":
            _add_member(
                fields, within, member[:-1], _value(part, _member(operation, declared[within], member))
            )
            continue
        if schema.get("format") == "binary" or (part.filename is not None and "type" not in schema):
            if len(part.content) > largest:
                raise RejectionError(file_too_large(len(part.content), largest))
            uploads[part.name] = Upload(part.filename or "", part.content_type, part.content)
            value: Any = part.filename or ""
        else:
            value = _value(part, schema)
        _add(fields, part.name, value)
    for name, value in fields.items():
        if declared.get(name, {}).get("type") == "array" and not isinstance(value, list):
            fields[name] = [value]
    return Body(fields, uploads)


def largest_file(operation: Operation) -> int:
    """Return the maximum size of a file in a form of this operation: 25 MiB, or 64 MiB if it is stored."""
    return LARGEST_STORED if operation.kind in _STORED else LARGEST_FILE


def file_too_large(size: int, largest: int) -> Rejection:
    """413 for an uploaded file of `size` bytes."""
    return Rejection(
        413,
        "RequestEntityTooLarge",
        f"Maximum content size limit ({largest}) exceeded ({size} bytes read).",
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a form."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def _parts(raw: bytes, content_type: str) -> Iterator[_Part]:
    boundary = _options("content-type", content_type).get("boundary", "").encode("utf-8", "replace")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise RejectionError(malformed_body("its content type names no usable boundary"))
    delimiter = b"--" + re.escape(boundary) + rb"(--|[ \t]{0,64}\r\n)"
    first = re.match(delimiter, raw)
    # A pattern that begins with fixed bytes is found several times as fast in a large file.
    later = re.compile(rb"\r\n" + delimiter).finditer(raw, 0 if first is None else first.end())
    start, count = -1, 0
    for found in later if first is None else chain((first,), later):
        if start >= 0:
            count += 1
            if count > _MOST_PARTS:
                raise RejectionError(malformed_body(f"it has more than {_MOST_PARTS} parts"))
            yield _part(raw, start, found.start())
        if found[1] == b"--":
            if start < 0:
                raise RejectionError(malformed_body("it has no part"))
            return
        start = found.end()
    raise RejectionError(malformed_body("its closing boundary is missing"))


def _part(raw: bytes, start: int, end: int) -> _Part:
    head_end = raw.find(b"\r\n\r\n", start, min(end, start + _LONGEST_HEADERS))
    if head_end < 0:
        raise RejectionError(malformed_body("a part has no headers, or too many"))
    headers = {}
    for line in raw[start:head_end].decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    disposition = headers.get("content-disposition", "")
    options = _options("content-disposition", disposition)
    if disposition.partition(";")[0].strip().lower() != "form-data" or not options.get("name"):
        raise RejectionError(malformed_body("a part has no name"))
    content = raw[head_end + 4 : end]
    return _Part(options["name"], options.get("filename"), headers.get("content-type", ""), content)


def _options(header: str, value: str) -> dict[str, str]:
    """Return the parameters of a header such as `form-data; name="file"`, by lower-case name."""
    message = Message()
    message[header] = "".join(character for character in value[:_LONGEST_HEADERS] if character >= " ")
    found = message.get_params([], header, unquote=True)
    return {name.lower(): collapse_rfc2231_value(text) for name, text in found[1:]}


def _declared(operation: Operation) -> dict[str, dict[str, Any]]:
    """Return the schema of each property of the form, with references resolved."""
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
        raise RejectionError(malformed_body(f"a text in it has more than {_LONGEST_TEXT} bytes"))
    try:
        text = part.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RejectionError(malformed_body("a text in it is not UTF-8")) from error
    stated = schema.get("type", ())
    kinds = {stated} if isinstance(stated, str) else set(stated)
    if kinds & {"number", "integer"} and len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        return _number(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return _object(text) if "object" in kinds else text


def _object(text: str) -> Any:
    """Return the object that a text is in JSON, or the text."""
    try:
        value = parse(text.encode())
    except JsonTextError:
        return text
    return value if isinstance(value, dict) else text


def _member(operation: Operation, schema: Mapping[str, Any], member: str) -> dict[str, Any]:
    """Return the schema of a member, whose name is followed by a bracket."""
    return _followed(operation.document, (schema.get("properties") or {}).get(member[:-1], {}))


def _add_member(fields: dict[str, Any], name: str, member: str, value: Any) -> None:
    held = fields.setdefault(name, {})
    if isinstance(held, dict):
        held[member] = value


def _number(text: str) -> int | float | str:
    """Return the number, or the text of one that is too large."""
    number: int | float = json.loads(text)
    return text if number in (float("inf"), float("-inf")) else number


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
