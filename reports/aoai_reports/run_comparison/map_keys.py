"""Which members of answers are keys of a map, and no fields: as the documents say, else by known names.

A map is an object of which the document declares no property, or describes the members that it does not
name. Its keys come from the model or the user: tokens and their likelihoods, for one. They differ from run
to run though nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias

from aoai_reports.results.maps import is_known_map
from aoai_reports.run_comparison.schema_ways import response_roots, ways
from aoai_reports.run_comparison.sides import Side
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError
from aoai_specs.pointers import tokens

#: Whether a member (a place, and a name there) is a key of a map.
IsKey: TypeAlias = Callable[[str, str], bool]


def by_known_names(place: str, name: str) -> bool:
    """Whether a member is a key of a map, where no document is at hand."""
    del name
    return is_known_map(place)


def keys_of_maps(sides: Iterable[Side], operations: Iterable[str], scope: str) -> IsKey:
    """Tells the keys of maps in the answers of one operation.

    `operations` are its names on the sides, and `scope` is that of a shape, such as `2xx body`. A side whose
    description the catalogue does not hold says nothing.
    """
    described = [
        _described(operation, int(scope[0]), chunk=scope.endswith("chunk"))
        for side, name in zip(sides, operations, strict=True)
        if (operation := _operation(side, name)) is not None
    ]

    @cache
    def is_key(place: str, name: str) -> bool:
        return is_known_map(place) or any(each(place, name) for each in described)

    return is_key


def _described(operation: Operation, status_class: int, *, chunk: bool) -> IsKey:
    document = operation.document
    roots = response_roots(operation, status_class, chunk=chunk)

    @cache
    def schemas_at(place: str) -> tuple[Mapping[str, Any], ...]:
        ends = (end for way in ways(document, roots, tokens(f"#{place}")) for end in way.ends)
        return tuple(schema for end in dict.fromkeys(ends) if (schema := _schema(document, end)))

    def is_key(place: str, name: str) -> bool:
        schemas = [schema for schema in schemas_at(place) if _may_be_object(schema)]
        if any(name in _members(schema, "properties") for schema in schemas):
            return False
        if any(_members(schema, "additionalProperties") for schema in schemas):
            return True
        return bool(schemas) and not any(_members(schema, "properties") for schema in schemas)

    return is_key


def _operation(side: Side, name: str) -> Operation | None:
    """The operation as the packaged document has it; None where the run had a description of its own."""
    if side.record.header.options.get("specs"):
        return None
    try:
        return Catalogue.packaged().load(side.document).operation(name)
    except ConformanceError:
        return None


def _schema(document: Document, pointer: str) -> Mapping[str, Any]:
    """The schema at a pointer; empty for a reference or a union, whose parts are ends of their own."""
    try:
        found = document.resolve(pointer)
    except ConformanceError:
        return {}
    said = found if isinstance(found, dict) else {}
    is_joint = any(keyword in said for keyword in ("$ref", "allOf", "oneOf", "anyOf"))
    return {} if is_joint and not said.get("properties") else said


def _may_be_object(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type", "object")
    return kinds == "object" or (isinstance(kinds, list) and "object" in kinds)


def _members(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    found = schema.get(keyword)
    return found if isinstance(found, dict) else {}
