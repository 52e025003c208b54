"""The ways through a document from a body to one of its fields: each pointer that is passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aoai_specs.document import Document, MediaDescription, Operation
from aoai_specs.errors import ConformanceError
from aoai_specs.pointers import canonical, escape

#: A field that is reached in more ways is one about which nothing is said.
MOST_WAYS = 500
EVERY = "*"
_UNIONS = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Way:
    """One way: the pointers that are passed, and those of the schema that it ends in, parts included."""

    passed: tuple[str, ...]
    ends: frozenset[str]


def ways(document: Document, roots: Iterable[tuple[str, ...]], tokens: Sequence[str]) -> tuple[Way, ...]:
    """The ways from schemas to the field that the tokens lead to; `*` stands for each item or member.

    A root is the pointers passed before and, as its last, the schema. There are none where the field is not
    described, or in too many ways.
    """
    trails = list(roots)
    for token in tokens:
        trails = [further for trail in trails for further in _step(document, trail, token)]
        if len(trails) > MOST_WAYS:
            return ()
    return tuple(Way(trail, _ends(document, trail)) for trail in trails)


def response_roots(operation: Operation, status_class: int, *, chunk: bool) -> tuple[tuple[str, ...], ...]:
    """Where the bodies, or the chunks, of the answers of a class of statuses begin."""
    exact = [each for each in operation.responses.values() if each.status[:1] == str(status_class)]
    described = exact or [each for each in operation.responses.values() if each.status == "default"]
    return tuple(
        (operation.pointer, f"{operation.pointer}/responses/{each.status}", each.pointer, schema)
        for each in described
        for media in each.media.values()
        if (schema := _schema(media, chunk=chunk)) is not None
    )


def request_roots(operation: Operation) -> tuple[tuple[str, ...], ...]:
    """Where the bodies of the requests of an operation begin."""
    return tuple((operation.pointer, schema) for schema in dict.fromkeys(operation.request_media.values()))


def field_tokens(text: str) -> tuple[str, ...]:
    """The tokens of a field as ids of points and errors write it: `messages[user].content[0].text`.

    An index, a name of a branch and empty brackets all stand for any item.
    """
    tokens: list[str] = []
    for part in text.replace("]", "").split("."):
        name, *inside = part.split("[")
        tokens += [*([name] if name else []), *(EVERY for _ in inside)]
    return tuple(tokens)


def _schema(media: MediaDescription, *, chunk: bool) -> str | None:
    return media.item_schema_pointer if chunk else media.schema_pointer


def _step(document: Document, trail: tuple[str, ...], token: str) -> Iterator[tuple[str, ...]]:
    for opened in _opened(document, trail):
        for place in _below(_mapping(document, opened[-1]), token):
            yield (*opened, f"{opened[-1]}/{place}")


def _below(schema: Mapping[str, Any], token: str) -> Iterator[str]:
    if token == EVERY:
        if isinstance(schema.get("items"), dict):
            yield "items"
        if isinstance(schema.get("additionalProperties"), dict):
            yield "additionalProperties"
    elif token in (schema.get("properties") or {}):
        yield f"properties/{escape(token)}"


def _opened(document: Document, trail: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The trail, and its ways on through references and unions; a recursion ends."""
    yield trail
    schema = _mapping(document, trail[-1])
    further: list[str] = []
    if isinstance(schema.get("$ref"), str):
        further.append(canonical(schema["$ref"]))
    for key in _UNIONS:
        branches = schema.get(key)
        further += [
            f"{trail[-1]}/{key}/{n}" for n in range(len(branches) if isinstance(branches, list) else 0)
        ]
    for pointer in further:
        if pointer not in trail:
            yield from _opened(document, (*trail, pointer))


def _ends(document: Document, trail: tuple[str, ...]) -> frozenset[str]:
    return frozenset(each[-1] for each in _opened(document, trail))


def _mapping(document: Document, pointer: str) -> Mapping[str, Any]:
    try:
        found = document.resolve(pointer)
    except ConformanceError:
        return {}
    return found if isinstance(found, dict) else {}
