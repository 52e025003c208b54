"""Keywords where they say nothing, or something else than their author meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, told
from aoai_specs.pointers import join

_NUMBERS = frozenset({"number", "integer"})
_FITTING: dict[str, frozenset[str]] = {
    **dict.fromkeys(("minLength", "maxLength", "pattern"), frozenset({"string"})),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _NUMBERS),
    **dict.fromkeys(
        ("items", "minItems", "maxItems", "uniqueItems", "prefixItems", "contains"), frozenset({"array"})
    ),
    **dict.fromkeys(
        (
            "properties", "required", "additionalProperties", "minProperties", "maxProperties",
            "patternProperties", "propertyNames", "dependentRequired",
        ),
        frozenset({"object"}),
    ),
}  # fmt: skip
_LATER = frozenset(
    {
        "const", "if", "then", "else", "prefixItems", "contains", "patternProperties", "propertyNames",
        "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "examples",
        "$defs",
    }
)  # fmt: skip
#: What may stand beside a reference in OpenAPI 3.0 without anybody missing it.
_HARMLESS = frozenset({"$ref", "description", "title", "summary", "deprecated", "example"})


def types_of(schema: dict[str, Any]) -> tuple[str, ...]:
    """The types that a schema states, none where it states none."""
    stated = schema.get("type")
    if isinstance(stated, str):
        return (stated,)
    return tuple(each for each in stated if isinstance(each, str)) if isinstance(stated, list) else ()


@check
def keyword_on_wrong_type(subject: Subject) -> Iterator[Mistake]:
    """A keyword on a type that it says nothing about, such as `required` on a string."""
    for place in subject.survey.schemas:
        types = [each for each in types_of(place.schema) if each != "null"]
        for keyword in place.schema if types else ():
            fitting = _FITTING.get(keyword)
            if fitting and not fitting & set(types):
                stated, wanted = " or ".join(types), " or ".join(sorted(fitting))
                yield Mistake(
                    join(place.pointer, keyword),
                    f"{keyword} {told(place.schema[keyword])} says nothing where the type is {stated}; "
                    f"it is for {wanted}.",
                )


@check
def properties_without_type(subject: Subject) -> Iterator[Mistake]:
    """Properties without a type, so that anything that is no object passes."""
    for place in subject.survey.schemas:
        if isinstance(place.schema.get("properties"), dict) and not {"type", "$ref"} & place.schema.keys():
            yield Mistake(
                join(place.pointer, "properties"),
                "There are properties but no type, so whatever is no object passes here.",
            )


@check
def array_without_items(subject: Subject) -> Iterator[Mistake]:
    """An array that does not say what it holds, as OpenAPI 3.0 demands."""
    for place in subject.survey.schemas:
        if subject.legacy and place.schema.get("type") == "array" and "items" not in place.schema:
            yield Mistake(place.pointer, "The array does not say what its items are.")


@check
def keyword_of_another_version(subject: Subject) -> Iterator[Mistake]:
    """A keyword that the description's version of OpenAPI does not know, or reads otherwise."""
    version = subject.content.get("openapi")
    for place in subject.survey.schemas:
        for keyword, value in place.schema.items():
            flag = isinstance(value, bool)
            exclusive = keyword in ("exclusiveMinimum", "exclusiveMaximum")
            foreign = (
                (
                    keyword in _LATER
                    or (keyword == "type" and isinstance(value, list))
                    or (exclusive and not flag)
                )
                if subject.legacy
                else (keyword == "nullable" or (exclusive and flag))
            )
            if foreign:
                yield Mistake(
                    join(place.pointer, keyword),
                    f"OpenAPI {version} does not know {keyword} {told(value)}, so it binds nobody.",
                )


@check
def ignored_beside_reference(subject: Subject) -> Iterator[Mistake]:
    """A keyword beside `$ref`, which OpenAPI 3.0 ignores."""
    for place in subject.survey.schemas:
        if not subject.legacy or not isinstance(place.schema.get("$ref"), str):
            continue
        for keyword, value in place.schema.items():
            if keyword not in _HARMLESS and not keyword.startswith("x-"):
                yield Mistake(
                    join(place.pointer, keyword),
                    f"{keyword} {told(value)} stands beside $ref, where it is ignored.",
                )
