"""Drift: content of a body that its description does not list, although the schema allows it.

These are undeclared fields, and values that an open list of values does not contain: `x-ms-enum` with
`modelAsString`, or a union (`anyOf`, `oneOf`) of the list with any text, as TypeSpec writes it. Where several
branches are possible, a field of any of them counts as declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from aoai_conformance.json_access import elements, members
from aoai_specs.pointers import join

if TYPE_CHECKING:
    from aoai_specs.document import Document

_UNIONS = ("oneOf", "anyOf")
BRANCHES = ("allOf", *_UNIONS)
#: Keywords without which a string schema accepts any string.
SAYS_NOTHING = frozenset({"type", "nullable", "title", "description", "example", "examples", "deprecated"})


@dataclass(frozen=True, slots=True)
class Drift:
    """One undeclared field or value. `declared` are the values of the open list, empty for a field."""

    pointer: str
    kind: Literal["field", "value"]
    value: Any
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Declared:
    """The declarations of all branches of a schema: the pointers of the fields' and elements' schemas."""

    properties: dict[str, tuple[str, ...]]
    items: tuple[str, ...]
    open_values: tuple[str, ...]
    free: bool


def drift(document: Document, schema_pointer: str, value: Any, *, deepest: int = 40) -> Iterator[Drift]:
    """Yield what `value` has beyond the schema at a pointer of the document, in the order of the body."""
    yield from _walk(document, (schema_pointer,), value, "", deepest)


def _walk(
    document: Document, schemas: tuple[str, ...], value: Any, pointer: str, deepest: int
) -> Iterator[Drift]:
    if not schemas or deepest == 0:
        return
    declared = _declared(document, schemas)
    if isinstance(value, dict):
        for name, held in value.items():
            place = join(pointer, name)
            if name in declared.properties:
                yield from _walk(document, declared.properties[name], held, place, deepest - 1)
            elif not declared.free:
                yield Drift(place, "field", held)
    elif isinstance(value, list):
        for index, held in enumerate(value):
            yield from _walk(document, declared.items, held, f"{pointer}/{index}", deepest - 1)
    elif isinstance(value, str) and declared.open_values and value not in declared.open_values:
        yield Drift(pointer, "value", value, declared.open_values)


@lru_cache(maxsize=1024)
def _declared(document: Document, schemas: tuple[str, ...]) -> _Declared:
    properties: dict[str, tuple[str, ...]] = {}
    items: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    every_list_is_open = True
    free = False
    for pointer, schema, beside_any_text in branches_of(document, schemas):
        for name in members(schema.get("properties")):
            place = join(pointer, "properties", name)
            properties[name] = (*properties.get(name, ()), place)
        if isinstance(schema.get("items"), dict):
            items = (*items, f"{pointer}/items")
        listed = [each for each in elements(schema.get("enum")) if isinstance(each, str)]
        values = (*values, *listed)
        as_text = members(schema.get("x-ms-enum")).get("modelAsString") is True
        if listed and not (as_text or beside_any_text):
            every_list_is_open = False
        additional = schema.get("additionalProperties", False)
        free = free or additional is True or isinstance(additional, dict)
    return _Declared(properties, items, values if every_list_is_open else (), free or not properties)


def branches_of(document: Document, schemas: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield once each schema object that may apply, following references, unions and discriminators.

    Each is paired with whether it is a branch of a union with another branch that accepts any string.
    """
    waiting = [(pointer, False) for pointer in schemas]
    seen: set[str] = set()
    while waiting:
        place, beside_any_text = waiting.pop(0)
        pointer, schema = document.follow(place)
        if pointer in seen or not isinstance(schema, dict):
            continue
        seen.add(pointer)
        yield pointer, schema, beside_any_text
        for keyword in BRANCHES:
            branches = [f"{pointer}/{keyword}/{place}" for place in range(len(elements(schema.get(keyword))))]
            is_open = keyword in _UNIONS and any(_takes_any_text(document, branch) for branch in branches)
            waiting.extend((branch, beside_any_text or is_open) for branch in branches)
        waiting.extend((each, beside_any_text) for each in document.selected_at(pointer))


def _takes_any_text(document: Document, pointer: str) -> bool:
    """Whether the schema at a pointer accepts any string."""
    _, schema = document.follow(pointer)
    kinds = members(schema).get("type")
    is_text = kinds == "string" or "string" in elements(kinds)
    return is_text and all(name in SAYS_NOTHING or name.startswith("x-") for name in members(schema))
