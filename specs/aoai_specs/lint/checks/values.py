"""Enumerations, defaults and bounds that contradict their own schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.json_values import is_number, key_of, quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, fits_plainly
from aoai_specs.pointers import join
from aoai_specs.schemas.validators import Validator

#: Lower bounds with their upper bounds, and whether both may be equal.
BOUNDS = (
    ("minimum", "maximum", True), ("exclusiveMinimum", "maximum", False),
    ("minimum", "exclusiveMaximum", False), ("exclusiveMinimum", "exclusiveMaximum", False),
    ("minLength", "maxLength", True), ("minItems", "maxItems", True),
    ("minProperties", "maxProperties", True), ("minContains", "maxContains", True),
)  # fmt: skip
_LOWER = frozenset(low for low, _, _ in BOUNDS)
#: Keywords that can contradict a value of an enumeration.
_JUDGING = {
    "type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "pattern", "minItems", "maxItems", "required", "allOf", "anyOf", "oneOf", "not", "const",
    "items", "properties", "$ref",
}  # fmt: skip


@check
def enum_value_breaks_schema(subject: Subject) -> Iterator[Mistake]:
    """A value of an enumeration, or the value of `const`, that the rest of its schema rejects."""
    for place in subject.survey.schemas:
        if "const" in place.schema and not subject.legacy and len(place.schema) > 1:
            others = subject.validator(place.pointer, "request", frozenset({"const"}))
            value = place.schema["const"]
            if others is not None and not others.is_valid(value):
                message = f"{quote(value)} can never match: {_reason(others, value)}"
                yield Mistake(join(place.pointer, "const"), message, value)
        listed = place.schema.get("enum")
        if not isinstance(listed, list) or not _JUDGING & place.schema.keys():
            continue
        if "$ref" in place.schema and subject.legacy:
            continue  # keywords beside a reference have no effect
        if all(fits_plainly(place.schema, value, legacy=subject.legacy) for value in listed):
            continue
        rest = subject.validator(place.pointer, "request", frozenset({"enum"}))
        for index, value in enumerate(listed):
            if rest is not None and not rest.is_valid(value):
                reason = _reason(rest, value)
                yield Mistake(
                    join(place.pointer, "enum", index), f"{quote(value)} can never match: {reason}", value
                )


@check(severity="warning")
def enum_repeats_value(subject: Subject) -> Iterator[Mistake]:
    """An enumeration that lists a value twice."""
    for place in subject.survey.schemas:
        listed = place.schema.get("enum")
        seen: set[str] = set()
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            key = key_of(value)
            if key in seen:
                yield Mistake(join(place.pointer, "enum", index), f"{quote(value)} is listed twice.", value)
            seen.add(key)


@check
def default_breaks_schema(subject: Subject) -> Iterator[Mistake]:
    """A default that its own schema rejects."""
    for place in subject.survey.schemas:
        if "default" in place.schema and not ("$ref" in place.schema and subject.legacy):
            value = place.schema["default"]
            for error in subject.errors(place.pointer, value, place.direction):
                pointer = join(place.pointer, "default")
                yield Mistake(
                    pointer, f"The default {quote(value)} breaks its schema: {error.message}", value
                )


@check
def bounds_exclude_everything(subject: Subject) -> Iterator[Mistake]:
    """A lower bound above the upper bound."""
    for place in subject.survey.schemas:
        if _LOWER.isdisjoint(place.schema):
            continue
        for low, high, equal in BOUNDS:
            least, most = place.schema.get(low), place.schema.get(high)
            if not is_number(least) or not is_number(most):
                continue
            if least > most or (least == most and not equal):
                relation = "above" if least > most else "equal to"
                message = f"{low} {least} is {relation} {high} {most}, so nothing matches."
                yield Mistake(join(place.pointer, low), message)
        if _excludes_its_bound(place.schema):
            message = f"minimum and maximum are {place.schema['minimum']}, and one is exclusive."
            yield Mistake(join(place.pointer, "minimum"), message)


def _excludes_its_bound(schema: dict[str, Any]) -> bool:
    """Whether the bounds of 3.0 are equal and one is exclusive."""
    exclusive = schema.get("exclusiveMinimum") is True or schema.get("exclusiveMaximum") is True
    return exclusive and is_number(schema.get("minimum")) and schema["minimum"] == schema.get("maximum")


@check(severity="info")
def open_enum(subject: Subject) -> Iterator[Mistake]:
    """An enumeration in a union with an unrestricted string, so that every string is accepted."""
    for place in subject.survey.schemas:
        for union in ("anyOf", "oneOf"):
            listed = place.schema.get(union)
            branches = [
                subject.follow(join(place.pointer, union, index))[1]
                for index in range(len(listed) if isinstance(listed, list) else 0)
            ]
            values = [value for branch in branches for value in _texts(branch)]
            if values and any(_is_any_text(branch) for branch in branches):
                yield Mistake(
                    join(place.pointer, union),
                    f"The values {quote(values)} have no effect: every other string matches the union too.",
                    _another(values),
                )


def _texts(branch: dict[str, Any]) -> list[str]:
    listed = branch.get("enum", [branch["const"]] if "const" in branch else [])
    return [value for value in listed if isinstance(value, str)] if isinstance(listed, list) else []


def _is_any_text(branch: dict[str, Any]) -> bool:
    binding = branch.keys() & {"enum", "const", "pattern", "maxLength", "format", "allOf", "anyOf", "oneOf"}
    return branch.get("type") == "string" and not binding


def _another(values: list[str]) -> str:
    text = "something-else"
    while text in values:
        text += "-again"
    return text


def _reason(rest: Validator, value: Any) -> str:
    errors = rest.errors(value, at_most=1)
    return errors[0].message if errors else "the rest of the schema rejects it."
