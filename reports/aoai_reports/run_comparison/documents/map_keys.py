"""Decides which members of response objects are keys of a map, not fields.

A map is an object whose document declares no properties, or describes unnamed members. The model or the user
chooses its keys, such as tokens with their log probabilities, so they differ from run to run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias

from aoai_reports.results.findings import is_known_map
from aoai_reports.run_comparison.documents.schema_paths import response_roots, schema_paths
from aoai_reports.run_comparison.sides import Side
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError
from aoai_specs.pointers import tokens

#: Whether a member, given by the place of its object and its name, is a key of a map.
IsKey: TypeAlias = Callable[[str, str], bool]


def by_known_names(place: str, name: str) -> bool:
    """Whether a member is a key of a map, without a document."""
    del name
    return is_known_map(place)


def keys_of_maps(sides: Iterable[Side], operations: Iterable[str], scope: str) -> IsKey:
    """A predicate for keys of maps in the responses of one operation.

    `operations` are its names on the two sides; `scope` is that of a shape, such as `2xx body`. A side whose
    document is not in the catalogue is ignored.
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
        ends = (end for path in schema_paths(document, roots, tokens(f"#{place}")) for end in path.ends)
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
    """The operation in the packaged document; None if the run used another description."""
    if side.record.header.options.get("specs"):
        return None
    try:
        return Catalogue.packaged().load(side.document).operation(name)
    except ConformanceError:
        return None


def _schema(document: Document, pointer: str) -> Mapping[str, Any]:
    """The schema at a pointer; empty for a reference or a union, whose branches are separate ends."""
    try:
        found = document.resolve(pointer)
    except ConformanceError:
        return {}
    schema = found if isinstance(found, dict) else {}
    is_composed = any(keyword in schema for keyword in ("$ref", "allOf", "oneOf", "anyOf"))
    return {} if is_composed and not schema.get("properties") else schema


def _may_be_object(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type", "object")
    return kinds == "object" or (isinstance(kinds, list) and "object" in kinds)


def _members(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    found = schema.get(keyword)
    return found if isinstance(found, dict) else {}
