"""Paths through the schemas of a document from a body to one of its fields, and comparing their pointers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aoai_specs.comparison import Change
from aoai_specs.document import Document, MediaDescription, Operation
from aoai_specs.errors import ConformanceError
from aoai_specs.pointers import canonical, escape

#: If more paths lead to a field, none is returned.
MOST_PATHS = 500
EVERY = "*"
_UNIONS = ("allOf", "oneOf", "anyOf")
#: Keywords that hold a list of schemas or values.
_LISTS = frozenset({"oneOf", "anyOf", "allOf", "required", "enum"})
#: Keywords whose members are names, not keywords.
_NAMED = frozenset({"properties", "patternProperties", "schemas", "responses", "headers", "parameters"})
_SCHEMAS = frozenset({"items", "additionalProperties", "schema", "itemSchema"})


@dataclass(frozen=True, slots=True)
class SchemaPath:
    """One path: the pointers that it passes, and those of the schema in which it ends, with its branches."""

    passed: tuple[str, ...]
    ends: frozenset[str]


def schema_paths(
    document: Document, roots: Iterable[tuple[str, ...]], tokens: Sequence[str]
) -> tuple[SchemaPath, ...]:
    """The paths from schemas to the field that the tokens lead to; `*` stands for each item or member.

    A root is a tuple of pointers whose last one is the schema. Returns nothing if the field is not described
    or if too many paths lead to it.
    """
    trails = list(roots)
    for token in tokens:
        trails = [further for trail in trails for further in _step(document, trail, token)]
        if len(trails) > MOST_PATHS:
            return ()
    return tuple(SchemaPath(trail, _ends(document, trail)) for trail in trails)


def response_roots(operation: Operation, status_class: int, *, chunk: bool) -> tuple[tuple[str, ...], ...]:
    """The roots of the bodies, or of the chunks, of responses of a status class."""
    exact = [each for each in operation.responses.values() if each.status[:1] == str(status_class)]
    described = exact or [each for each in operation.responses.values() if each.status == "default"]
    return tuple(
        (operation.pointer, f"{operation.pointer}/responses/{each.status}", each.pointer, schema)
        for each in described
        for media in each.media.values()
        if (schema := _schema(media, chunk=chunk)) is not None
    )


def request_roots(operation: Operation) -> tuple[tuple[str, ...], ...]:
    """The roots of the request bodies of an operation."""
    return tuple((operation.pointer, schema) for schema in dict.fromkeys(operation.request_media.values()))


def field_tokens(text: str) -> tuple[str, ...]:
    """The tokens of a field as ids of points and errors name it: `messages[user].content[0].text`.

    An index, the name of a branch and empty brackets all stand for any item.
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
    """The trail and its continuations through references and unions; recursion ends."""
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


def schema_of(pointer: str) -> str:
    """The schema whose keyword a pointer leads to; the pointer itself if it leads to a schema."""
    head, _, last = pointer.rpartition("/")
    above, _, holder = head.rpartition("/")
    if holder in _NAMED:
        return pointer
    if last.isdecimal() and holder in _LISTS:
        return above
    return pointer if last in _SCHEMAS or not head.startswith("#/") else head


def contains(place: str, pointer: str) -> bool:
    """Whether a pointer leads to a place or to something inside it."""
    return bool(place) and (pointer == place or pointer.startswith(f"{place}/"))


def has_place(change: Change, base: str, revision: str, place_of: Callable[[str], str] = str) -> bool:
    """Whether a change is at a place, given by its pointers in the two documents; empty ones do not match.

    `place_of` is applied to the pointers of the change before they are compared.
    """
    at_base = bool(base) and place_of(change.base_pointer) == base
    at_revision = bool(revision) and not change.gone and place_of(change.pointer) == revision
    return at_base or at_revision


def passes_on_all(pointer: str, paths: Collection[SchemaPath]) -> bool:
    """Whether every path passes a pointer; False without paths."""
    return bool(paths) and all(pointer in path.passed for path in paths)


def stands_at_all_ends(pointer: str, paths: Collection[SchemaPath]) -> bool:
    """Whether every path ends in the schema to which a pointer belongs; False without paths."""
    places = {pointer, schema_of(pointer)}
    return bool(paths) and all(places & path.ends for path in paths)
