"""Places of schemas in the messages of an operation.

A location is a side of the exchange and the steps into its JSON: `("chunk", ("choices", "*", "index"))`.
Documents that name their schemas differently have equal locations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from aoai_specs.document import Document, Operation
from aoai_specs.pointers import join

Side: TypeAlias = Literal["request", "answer", "chunk", "error"]
Location: TypeAlias = tuple[Side, tuple[str, ...]]

_DEEPEST = 14
_UNIONS = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Locations:
    """The schema at each location of an operation, and the locations of each schema pointer."""

    pointers: Mapping[Location, str]
    places: Mapping[str, tuple[Location, ...]]


@lru_cache(maxsize=512)
def locations(operation: Operation) -> Locations:
    """Return the locations of an operation's bodies and chunks, following references.

    The last 512 results are cached; operations are immutable.
    """
    schemas = _schemas_of(operation.document)
    pointers: dict[Location, str] = {}
    places: dict[str, dict[Location, None]] = {}
    above: set[str] = set()

    def visit(side: Side, steps: tuple[str, ...], pointer: str) -> None:
        location = side, steps
        pointers.setdefault(location, pointer)
        places.setdefault(pointer, {})[location] = None
        above.add(pointer)
        for further, inner in schemas.below(pointer):
            if inner not in above and len(steps) + len(further) <= _DEEPEST:
                visit(side, steps + further, inner)
        above.remove(pointer)

    for side, root in _roots(operation):
        pointer = schemas.follow(root)
        if pointer is not None:
            visit(side, (), pointer)
    return Locations(pointers, {pointer: tuple(found) for pointer, found in places.items()})


def _roots(operation: Operation) -> Iterator[tuple[Side, str]]:
    for pointer in operation.request_media.values():
        yield "request", pointer
    for response in operation.responses.values():
        side: Side = "answer" if response.status.startswith("2") else "error"
        for media in response.media.values():
            if media.schema_pointer is not None:
                yield side, media.schema_pointer
            if media.item_schema_pointer is not None:
                yield "chunk", media.item_schema_pointer


class _Schemas:
    """The schemas of a document, each read once, however many operations contain it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._below: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}

    def follow(self, pointer: str) -> str | None:
        """Return the pointer of the schema that a pointer refers to; None if there is no object."""
        last, schema = self._document.follow(pointer)
        return last if isinstance(schema, dict) else None

    def below(self, pointer: str) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Return the schemas directly inside a schema: the steps to each in a message, and its pointer."""
        found = self._below.get(pointer)
        if found is None:
            followed = ((steps, self.follow(inner)) for steps, inner in self._members(pointer))
            found = tuple((steps, inner) for steps, inner in followed if inner is not None)
            self._below[pointer] = found
        return found

    def _members(self, pointer: str) -> Iterator[tuple[tuple[str, ...], str]]:
        schema = self._document.resolve(pointer)
        for name in schema.get("properties") or {}:
            yield (name,), join(pointer, "properties", name)
        if isinstance(schema.get("items"), dict):
            yield ("*",), f"{pointer}/items"
        for union in _UNIONS:
            for number in range(len(schema.get(union) or ())):
                yield (), f"{pointer}/{union}/{number}"
        for chosen in self._document.selected_at(pointer):
            yield (), chosen


@lru_cache(maxsize=32)
def _schemas_of(document: Document) -> _Schemas:
    return _Schemas(document)
