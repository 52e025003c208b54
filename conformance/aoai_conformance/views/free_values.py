"""Values of a chunk on which neither its validity nor its drift depends: one chunk stands for many."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import elements, members
from aoai_conformance.views.drift import BRANCHES, SAYS_NOTHING, branches_of
from aoai_specs.pointers import join, tokens

if TYPE_CHECKING:
    from aoai_model.event_slots import Number, Spread
    from aoai_specs.document import Document

_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_LENGTHS = frozenset({"minItems", "maxItems"})
#: Keywords that do not look at the text of a string, nor compare values.
_OF_STRUCTURE = (
    SAYS_NOTHING
    | {*BRANCHES, "default", "readOnly", "writeOnly", "format", "externalDocs", "xml", "discriminator"}
    | {"properties", "required", "additionalProperties", "minProperties", "maxProperties", "items"}
    | _BOUNDS
    | _LENGTHS
)


@lru_cache(maxsize=1024)
def is_free_text(document: Document, schema_pointer: str, pointer: str) -> bool:
    """Whether neither validity nor drift depends on the text at a pointer into a value, if it is not empty.

    That is certain if no schema that may apply to the value or the text has any other keywords than those
    listed here.
    """
    schemas = _schemas_at(document, schema_pointer, pointer)
    return schemas is not None and all(_is_listed(each) for each in _followed(document, schemas))


def is_free_number(document: Document, schema_pointer: str, pointer: str, spread: Spread) -> bool:
    """Whether validity is the same for all numbers of a spread at a pointer into a value.

    That is certain if no schema that may apply has any other keywords than those listed here, and each bound
    treats the least and the most of the numbers alike. If the value is a list, so must be the bounds of its
    length, and those of its elements.
    """
    found = _schemas_at(document, schema_pointer, pointer)
    if found is None:
        return False
    schemas = list(_followed(document, found))
    items = tuple(f"{place}/items" for place, schema, _ in branches_of(document, found) if "items" in schema)
    of_items = list(_followed(document, items))
    return all(
        _is_listed(schema)
        and _treats_alike(schema, spread.least, spread.most)
        and (spread.whole or not _requires_integer(schema))
        and all(
            (spread.shortest < limit) == (spread.longest < limit)
            and (spread.shortest > limit) == (spread.longest > limit)
            for name in _LENGTHS
            if isinstance(limit := schema.get(name), int)
        )
        for schema in (*schemas, *of_items)
    )


@lru_cache(maxsize=1024)
def _schemas_at(document: Document, schema_pointer: str, pointer: str) -> tuple[str, ...] | None:
    """Return the schemas that may apply at a pointer; None if one around it looks at more than structure."""
    schemas: tuple[str, ...] = (schema_pointer,)
    for token in tokens(pointer):
        branches = [(place, schema) for place, schema, _ in branches_of(document, schemas)]
        if not all(_is_listed(schema) for _, schema in branches):
            return None
        if any(isinstance(schema.get("additionalProperties"), dict) for _, schema in branches):
            return None
        inner = [
            join(place, "properties", token)
            for place, schema in branches
            if token in members(schema.get("properties"))
        ]
        items = [f"{place}/items" for place, schema in branches if isinstance(schema.get("items"), dict)]
        schemas = tuple(items if token.isdigit() else inner)
    return schemas


def _followed(document: Document, schemas: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    return (schema for _, schema, _ in branches_of(document, schemas))


def _is_listed(schema: dict[str, Any]) -> bool:
    return all(name in _OF_STRUCTURE or name.startswith("x-") for name in schema)


def _requires_integer(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type")
    return kinds == "integer" or "integer" in elements(kinds)


def _treats_alike(schema: dict[str, Any], least: Number, most: Number) -> bool:
    """Whether each bound of a schema treats two numbers, and so all between them, alike."""
    limits = [schema[name] for name in _BOUNDS if name in schema]
    return all(
        (least < limit) == (most < limit) and (least > limit) == (most > limit)
        for limit in limits
        if isinstance(limit, int | float) and not isinstance(limit, bool)
    )
