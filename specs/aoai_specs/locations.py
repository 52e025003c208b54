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
    pointers: dict[Location, str] = {}
    places: dict[str, dict[Location, None]] = {}
    for side, root in _roots(operation):
        for steps, pointer in _walk(operation.document, root, (), frozenset()):
            pointers.setdefault((side, steps), pointer)
            places.setdefault(pointer, {})[side, steps] = None
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


def _walk(
    document: Document, pointer: str, steps: tuple[str, ...], above: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    last, schema = document.follow(pointer)
    if last in above or len(steps) > _DEEPEST or not isinstance(schema, dict):
        return
    yield steps, last
    inner = above | {last}
    for name in schema.get("properties") or {}:
        yield from _walk(document, join(last, "properties", name), (*steps, name), inner)
    if isinstance(schema.get("items"), dict):
        yield from _walk(document, f"{last}/items", (*steps, "*"), inner)
    for union in _UNIONS:
        for number in range(len(schema.get(union) or ())):
            yield from _walk(document, f"{last}/{union}/{number}", steps, inner)
    for chosen in document.selected_at(last):
        yield from _walk(document, chosen, steps, inner)
