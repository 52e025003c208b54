"""Marks: which values of earlier answers a planned request takes, told by the marks that stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from aoai_model.case import (
    Body,
    Json,
    JsonBody,
    MultipartBody,
    Placeholder,
    PlannedRequest,
    RawBody,
)

_MARK = re.compile(r"\{\{([^#{}]*)#([^{}]+)\}\}")


def taken_in(request: PlannedRequest) -> tuple[Placeholder, ...]:
    """What a request takes, each once, in the order in which the marks stand in it.

    Only for requests whose every text is our own: a text that merely looks like a mark is taken for one.
    """
    found: dict[Placeholder, None] = {}
    for text in _texts(request):
        for match in _MARK.finditer(text):
            found[Placeholder(match[1], match[2])] = None
    return tuple(found)


def still_taken(takes: tuple[Placeholder, ...], request: PlannedRequest) -> tuple[Placeholder, ...]:
    """Those of `takes` whose marks stand in a request, which may hold what merely looks like others."""
    if not takes:
        return ()
    texts = tuple(text for text in _texts(request) if "{{" in text)
    return tuple(taken for taken in takes if any(taken.mark in text for text in texts))


def sources_renamed(request: PlannedRequest, names: Mapping[str, str]) -> PlannedRequest:
    """The request with the sources of its marks called by other names; those not listed keep theirs."""

    def text(value: str) -> str:
        return _MARK.sub(lambda match: Placeholder(names.get(match[1], match[1]), match[2]).mark, value)

    def texts(values: Mapping[str, str]) -> dict[str, str]:
        return {name: text(value) for name, value in values.items()}

    def json(value: Json) -> Json:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, list):
            return [json(item) for item in value]
        if isinstance(value, dict):
            return {name: json(item) for name, item in value.items()}
        return value

    body: Body = request.body
    if isinstance(body, JsonBody):
        body = JsonBody(json(body.value))
    elif isinstance(body, MultipartBody):
        # bytes that are no text hold no mark, and go through latin-1 unharmed
        body = MultipartBody(
            tuple(
                replace(part, content=text(part.content.decode("latin-1")).encode("latin-1"))
                for part in body.parts
            )
        )
    return replace(
        request,
        query=texts(request.query),
        headers=texts(request.headers),
        path_parameters=texts(request.path_parameters),
        body=body,
    )


def _texts(request: PlannedRequest) -> Iterator[str]:
    for values in (request.path_parameters, request.query, request.headers):
        yield from values.values()
    match request.body:
        case JsonBody(value):
            yield from _strings(value)
        case MultipartBody(parts):
            for part in parts:
                if b"{{" in part.content:
                    yield part.content.decode("latin-1")
        case RawBody(content, _):
            if b"{{" in content:
                yield content.decode("latin-1")
        case None:
            pass


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
