"""Keywords, required names and formats that have no effect, or another one than their author intended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.json_values import quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.lint.survey import SchemaPlace
from aoai_specs.pointers import join
from aoai_specs.schemas.patterns import matches

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
#: Keywords of OpenAPI 3.1 that earlier versions do not define.
LATER = frozenset(
    {
        "const", "if", "then", "else", "prefixItems", "contains", "patternProperties", "propertyNames",
        "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "examples",
        "$defs",
    }
)  # fmt: skip
#: Keywords of OpenAPI 3.0, or of earlier drafts of JSON Schema, that 3.1 does not define.
_FORMER = frozenset({"nullable", "additionalItems", "dependencies"})
#: What becomes of a keyword that is not defined, unless it simply has no effect.
_EFFECTS = {
    "nullable": "validators ignore it",
    "$defs": "some tools cannot resolve references to its schemas",
}
#: Keywords that have no effect without another one.
_PARTNERS = {
    "then": "if", "else": "if", "minContains": "contains", "maxContains": "contains",
    "contentSchema": "contentMediaType",
}  # fmt: skip
#: Keywords beside a reference that OpenAPI 3.0 may ignore without harm.
_HARMLESS = frozenset({"$ref", "description", "title", "summary", "deprecated", "example"})

#: Keywords with a condition, or with a schema that applies on a condition.
_CONDITIONAL = {"not", "if", "then", "else", "dependentSchemas"}
#: Keywords whose schema applies to the same value as the schema around it.
_SAME_VALUE = {"allOf", "anyOf", "oneOf", *_CONDITIONAL}


def types_of(schema: dict[str, Any]) -> tuple[str, ...]:
    """Return the types that a schema states, or an empty tuple."""
    stated = schema.get("type")
    if isinstance(stated, str):
        return (stated,)
    return tuple(each for each in stated if isinstance(each, str)) if isinstance(stated, list) else ()


@check(severity="warning")
def required_without_property(subject: Subject) -> Iterator[Mistake]:
    """A required name without a property, so that only an undeclared field can satisfy it."""
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
                    f"{name!r} is required, but there is no property of this name.",
                )


class _Declared:
    """The properties of a value, as declared by all schemas that apply to it."""

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


@check(severity="warning")
def keyword_on_wrong_type(subject: Subject) -> Iterator[Mistake]:
    """A keyword that has no effect on the type beside it, such as `required` on a string."""
    for place in subject.survey.schemas:
        types = [each for each in types_of(place.schema) if each != "null"]
        for keyword in place.schema if types else ():
            fitting = _FITTING.get(keyword)
            if fitting and not fitting & set(types):
                stated, wanted = " or ".join(types), " or ".join(sorted(fitting))
                yield Mistake(
                    join(place.pointer, keyword),
                    f"{keyword} {quote(place.schema[keyword])} has no effect on type {stated}; "
                    f"it applies to {wanted}.",
                )


@check(severity="warning")
def properties_without_type(subject: Subject) -> Iterator[Mistake]:
    """Properties without a type, so that values other than objects are accepted."""
    for place in subject.survey.schemas:
        untyped = not {"type", "$ref"} & place.schema.keys() and not _is_typed_around(place)
        if untyped and isinstance(place.schema.get("properties"), dict):
            yield Mistake(
                join(place.pointer, "properties"),
                "There are properties but no type, so values other than objects are accepted.",
            )


def _is_typed_around(place: SchemaPlace) -> bool:
    """Whether a condition, or what follows from it, concerns only values whose type is stated around it."""
    around: SchemaPlace | None = place
    while around is not None and around.keyword in _CONDITIONAL:
        if around.keyword == "dependentSchemas":
            return True
        around = around.around
        if around is not None and types_of(around.schema):
            return True
    return False


@check
def array_without_items(subject: Subject) -> Iterator[Mistake]:
    """An array without `items`, which OpenAPI 3.0 requires."""
    for place in subject.survey.schemas:
        if subject.legacy and place.schema.get("type") == "array" and "items" not in place.schema:
            yield Mistake(place.pointer, "The array does not declare its items.")


@check(severity="warning")
def keyword_of_another_version(subject: Subject) -> Iterator[Mistake]:
    """A keyword that this OpenAPI version does not define, or defines differently."""
    version = subject.outline.version_name
    foreign = LATER if subject.legacy else _FORMER
    for place in subject.survey.schemas:
        for keyword, value in place.schema.items():
            wanted = _wanted(keyword, value, legacy=subject.legacy)
            if wanted:
                message = f"{version} allows only {wanted}, not {quote(value)}."
                yield Mistake(join(place.pointer, keyword), message)
            elif keyword in foreign:
                effect = _EFFECTS.get(keyword, "it has no effect")
                message = f"{version} does not define {keyword} {quote(value)}, so {effect}."
                yield Mistake(join(place.pointer, keyword), message)


def _wanted(keyword: str, value: Any, *, legacy: bool) -> str:
    """Return what this version allows for a keyword if only another version allows the value, or ""."""
    if keyword in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, bool) != legacy:
        return f"{'true or false' if legacy else 'a number'} for {keyword}"
    return "one type" if legacy and keyword == "type" and isinstance(value, list) else ""


@check(severity="warning")
def keyword_without_partner(subject: Subject) -> Iterator[Mistake]:
    """A keyword that has no effect without another one, such as `then` without `if`."""
    for place in subject.survey.schemas:
        for keyword, partner in _PARTNERS.items() if not subject.legacy else ():
            if keyword in place.schema and partner not in place.schema:
                yield Mistake(join(place.pointer, keyword), f"{keyword} has no effect without {partner}.")


@check(severity="warning")
def ignored_beside_reference(subject: Subject) -> Iterator[Mistake]:
    """A keyword beside `$ref`, which OpenAPI 3.0 ignores."""
    for place in subject.survey.schemas:
        if not subject.legacy or not isinstance(place.schema.get("$ref"), str):
            continue
        for keyword, value in place.schema.items():
            if keyword not in _HARMLESS and not keyword.startswith("x-"):
                yield Mistake(
                    join(place.pointer, keyword),
                    f"{keyword} {quote(value)} is beside $ref, where it is ignored.",
                )


_INTEGERS = frozenset(
    {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "double-int", "sf-integer"}
)
_NUMBER_FORMATS = frozenset({"float", "double", "decimal", "decimal128", "sf-decimal"})
_TEXT = frozenset(
    {
        "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4",
        "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "json-pointer",
        "relative-json-pointer", "regex", "byte", "binary", "password", "base64url", "char", "commonmark",
        "html", "http-date", "media-range", "decimal", "decimal128", "int64", "uint64", "sf-binary",
        "sf-string", "sf-token", "sf-boolean", "date-time-local", "time-local",
    }
)  # fmt: skip
_KNOWN = {"integer": _INTEGERS | _NUMBER_FORMATS, "number": _INTEGERS | _NUMBER_FORMATS, "string": _TEXT}


@check(severity="info")
def unknown_format(subject: Subject) -> Iterator[Mistake]:
    """A format that is not defined for the type beside it."""
    for place in subject.survey.schemas:
        form, types = place.schema.get("format"), types_of(place.schema)
        stated = [each for each in types if each != "null"]
        if isinstance(form, str) and stated and not any(form in _KNOWN.get(each, ()) for each in stated):
            yield Mistake(
                join(place.pointer, "format"),
                f"The format {form!r} is not defined for {' or '.join(stated)}, so it is not checked.",
            )
