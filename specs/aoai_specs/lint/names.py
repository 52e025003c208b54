"""Names that are required and that no property has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.keywords import types_of
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.lint.survey import SchemaPlace
from aoai_specs.pointers import join
from aoai_specs.schemas.patterns import matches

#: By these keywords a schema applies to the same value as the one around it.
_SAME_VALUE = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}


@check
def required_without_property(subject: Subject) -> Iterator[Mistake]:
    """A required name that no property has, so that nothing but an undeclared field can satisfy it."""
    for place in subject.survey.schemas:
        required = place.schema.get("required")
        types = types_of(place.schema)
        if not isinstance(required, list) or not required or (types and "object" not in types):
            continue
        declared = _Declared(subject, place)
        for index, name in enumerate(required):
            if isinstance(name, str) and not declared.has(name):
                yield Mistake(
                    join(place.pointer, "required", index),
                    f"{name!r} is required, but no property has that name.",
                )


class _Declared:
    """The properties of the value that a schema applies to, as all schemas that apply to it declare them."""

    def __init__(self, subject: Subject, place: SchemaPlace) -> None:
        outermost = place
        while outermost.around is not None and outermost.keyword in _SAME_VALUE:
            outermost = outermost.around
        self._schemas = [
            schema for _, schema in subject.members(outermost.pointer, "anyOf", "oneOf", "then", "else")
        ]
        if not any(schema is place.schema for schema in self._schemas):
            self._schemas += [schema for _, schema in subject.members(place.pointer, "anyOf", "oneOf")]

    def has(self, name: str) -> bool:
        return any(_declares(schema, name) for schema in self._schemas)


def _declares(schema: dict[str, Any], name: str) -> bool:
    properties = schema.get("properties")
    if isinstance(properties, dict) and name in properties:
        return True
    patterns = schema.get("patternProperties")
    if isinstance(patterns, dict) and any(matches(pattern, name) for pattern in patterns):
        return True
    others = schema.get("additionalProperties")
    return others is True or (isinstance(others, dict) and bool(others))
