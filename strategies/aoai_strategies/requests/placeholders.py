"""Finds and replaces the placeholders in a planned request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from aoai_model.case import Body, JsonBody, MultipartBody, Placeholder, PlannedRequest, RawBody
from aoai_model.serialization import Json

_MARK = re.compile(r"\{\{([^#{}]*)#([^{}]+)\}\}")
_MARK_IN_BYTES = re.compile(_MARK.pattern.encode())


def find_placeholders(request: PlannedRequest) -> tuple[Placeholder, ...]:
    """The placeholders of a request, each once, in the order of their marks.

    Only for requests without text from elsewhere: any text in the form of a mark counts as one.
    """
    marks = (match for text in _strings(request) for match in _MARK.finditer(text))
    return tuple(dict.fromkeys(Placeholder(match[1], match[2]) for match in marks))


def remaining_placeholders(
    placeholders: tuple[Placeholder, ...], request: PlannedRequest
) -> tuple[Placeholder, ...]:
    """Those of the placeholders whose marks a request contains."""
    texts = [text for text in _strings(request) if "{{" in text] if placeholders else []
    return tuple(each for each in placeholders if any(each.mark in text for text in texts))


def rename_sources(request: PlannedRequest, names: Mapping[str, str]) -> PlannedRequest:
    """The request with the case ids of its placeholders renamed; ids that are not in `names` stay."""
    found = find_placeholders(request)
    return substitute(
        request,
        {each.mark: replace(each, case=names[each.case]).mark for each in found if each.case in names},
    )


def substitute(request: PlannedRequest, values: Mapping[str, Json]) -> PlannedRequest:
    """The request with each mark in `values` replaced by its value, in one pass.

    A JSON string that is nothing but a mark becomes the value itself, of any type; elsewhere the value is
    inserted as text. Marks that are not in `values` stay.
    """
    if not values:
        return request

    def in_text(text: str) -> str:
        return _MARK.sub(lambda match: str(values.get(match[0], match[0])), text) if "{{" in text else text

    def in_texts(texts: Mapping[str, str]) -> dict[str, str]:
        return {name: in_text(text) for name, text in texts.items()}

    def in_bytes(content: bytes) -> bytes:
        return _MARK_IN_BYTES.sub(lambda match: _encode(values, match[0]), content)

    def in_json(value: Json) -> Json:
        if isinstance(value, str):
            return values[value] if value in values else in_text(value)
        if isinstance(value, list):
            return [in_json(item) for item in value]
        if isinstance(value, dict):
            return {name: in_json(item) for name, item in value.items()}
        return value

    body: Body = request.body
    match body:
        case JsonBody(value):
            body = JsonBody(in_json(value))
        case MultipartBody(parts):
            body = MultipartBody(tuple(replace(part, content=in_bytes(part.content)) for part in parts))
        case RawBody(content):
            body = replace(body, content=in_bytes(content))
    return replace(
        request,
        query=in_texts(request.query),
        headers=in_texts(request.headers),
        path_parameters=in_texts(request.path_parameters),
        body=body,
    )


def _encode(values: Mapping[str, Json], mark: bytes) -> bytes:
    name = mark.decode("utf-8", "replace")
    return str(values[name]).encode("utf-8", "replace") if name in values else mark


def _strings(request: PlannedRequest) -> Iterator[str]:
    """The strings of a request that may contain marks."""
    for texts in (request.path_parameters, request.query, request.headers):
        yield from texts.values()
    match request.body:
        case JsonBody(value):
            waiting = [value]
            while waiting:
                current = waiting.pop()
                if isinstance(current, str):
                    yield current
                elif isinstance(current, list):
                    waiting += reversed(current)
                elif isinstance(current, dict):
                    waiting += reversed(current.values())
        case MultipartBody(parts):
            yield from (part.content.decode("latin-1") for part in parts if b"{{" in part.content)
        case RawBody(content) if b"{{" in content:
            yield content.decode("latin-1")
