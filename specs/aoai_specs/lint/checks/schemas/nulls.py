"""Null that is declared but rejected elsewhere, or declared without effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.json_values import as_object
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, schema_name
from aoai_specs.pointers import join

_COMPOSED = {"allOf", "anyOf", "oneOf", "not", "$ref"}


@check(severity="warning")
def nullable_without_type(subject: Subject) -> Iterator[Mistake]:
    """`nullable` without `type`: no effect in OpenAPI 3.0, and some tools reject the schema."""
    for place in subject.survey.schemas:
        schema = place.schema
        if subject.legacy and schema.get("nullable") is True and not {"type", "$ref"} & schema.keys():
            beside = sorted(_COMPOSED & schema.keys()) or ["no other type"]
            yield Mistake(
                join(place.pointer, "nullable"),
                f"nullable has no effect without type; beside it: {', '.join(beside)}.",
                None,
            )


@check
def null_type_of_later_version(subject: Subject) -> Iterator[Mistake]:
    """`type: null` in OpenAPI 3.0 or Swagger 2.0, which have no such type."""
    nullable = "x-nullable" if subject.swagger else "nullable"
    for node in subject.outline.nodes("schema") if subject.outline.version <= 30 else ():
        if node.value.get("type") == "null":
            yield Mistake(
                join(node.pointer, "type"),
                f"The type null exists since OpenAPI 3.1; use {nullable} beside another type.",
                None,
            )


@check(severity="warning")
def null_not_in_enum(subject: Subject) -> Iterator[Mistake]:
    """Null that is declared but missing in the enumeration beside it."""
    for place in subject.survey.schemas:
        schema = place.schema
        keyword = declares_null(schema, legacy=subject.legacy)
        listed = schema.get("enum", [schema["const"]] if "const" in schema else None)
        if keyword and isinstance(listed, list) and None not in listed:
            yield Mistake(
                join(place.pointer, keyword),
                "Null is declared but not listed in the enumeration, so strict validators reject it.",
                None,
            )


@check
def null_refused(subject: Subject) -> Iterator[Mistake]:
    """Null that is declared but rejected by another part of the same schema."""
    for place in subject.survey.schemas:
        schema = place.schema
        keyword = declares_null(schema, legacy=subject.legacy)
        if not keyword or not _COMPOSED & schema.keys() or ("$ref" in schema and subject.legacy):
            continue
        if not subject.fits(place.pointer, None):
            yield Mistake(
                join(place.pointer, keyword),
                "Null is declared, but another part of the schema rejects it.",
                None,
            )


@check(severity="warning")
def allof_cancels_null(subject: Subject) -> Iterator[Mistake]:
    """A property that one member of an `allOf` declares nullable and another does not."""
    for place in subject.survey.schemas:
        if not isinstance(place.schema.get("allOf"), list):
            continue
        by_name: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for pointer, member in subject.members(place.pointer):
            for name, schema in as_object(member.get("properties")).items():
                if isinstance(schema, dict):
                    by_name.setdefault(name, []).append((join(pointer, "properties", name), schema))
        for name, places in by_name.items():
            yield from _cancellations(subject, name, places)


def _cancellations(
    subject: Subject, name: str, places: list[tuple[str, dict[str, Any]]]
) -> Iterator[Mistake]:
    if len(places) < 2:
        return
    keywords = [
        "nullable" if schema.get("nullable") is True else declares_null(schema, legacy=subject.legacy)
        for _, schema in places
    ]
    if not any(keywords):
        return
    rejecting = [pointer for pointer, _ in places if not subject.fits(pointer, None)]
    for (pointer, _), keyword in zip(places, keywords, strict=True):
        others = [each for each in rejecting if each != pointer]
        if keyword and others and pointer not in rejecting:
            owner = schema_name(others[0].rpartition("/properties/")[0])
            yield Mistake(
                join(pointer, keyword),
                f"{name} is nullable here, but not in {owner} of the same allOf, which wins.",
                None,
            )


def declares_null(schema: dict[str, Any], *, legacy: bool) -> str:
    """Return the keyword by which a schema with a type declares null, or ""."""
    stated = schema.get("type")
    if legacy:
        return "nullable" if schema.get("nullable") is True and stated is not None else ""
    return "type" if isinstance(stated, list) and "null" in stated and len(stated) > 1 else ""
