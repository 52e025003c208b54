"""The keywords of a schema by the way they are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aoai_specs.json_values import is_number
from aoai_specs.schemas.keywords import NAMED_SCHEMAS, SINGLE_SCHEMA

TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
#: Bounds, and whether a greater value allows more.
BOUNDS: Mapping[str, bool] = {
    "maximum": True,
    "minimum": False,
    "maxLength": True,
    "minLength": False,
    "maxItems": True,
    "minItems": False,
    "maxProperties": True,
    "minProperties": False,
    "maxContains": True,
    "minContains": False,
}
#: Bounds without effect, since every value satisfies them.
_IDLE = {"minLength": 0, "minItems": 0, "minProperties": 0}
#: Keywords whose value is compared as a whole.
CONDITIONS = ("format", "multipleOf", "contentEncoding", "contentMediaType", "dependentRequired")
ANNOTATIONS = frozenset(
    {
        "title", "description", "default", "deprecated", "readOnly", "writeOnly", "x-sunset",
        "x-stability-level",
    }
)  # fmt: skip
#: Keywords with one schema, which applies to a part of the value or to the value itself.
INSIDE = SINGLE_SCHEMA
INSIDE_SET = frozenset(INSIDE)
#: Every keyword that constrains the value itself.
OF_VALUES = frozenset(
    {*BOUNDS, *CONDITIONS, "type", "enum", "x-extensible-enum", "const", "pattern", "uniqueItems"}
    | {"exclusiveMinimum", "exclusiveMaximum"}
)
#: Keywords with schemas by name.
NAMED = NAMED_SCHEMAS
NAMED_SET = frozenset(NAMED)

_NUMBERS = frozenset({"integer", "number"})
_TEXTS = frozenset({"string"})
_LISTS = frozenset({"array"})
_OBJECTS = frozenset({"object"})
#: The types that a keyword applies to; other keywords apply to all types.
RELEVANT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("maximum", "minimum", "multipleOf"), _NUMBERS),
    **dict.fromkeys(("maxLength", "minLength", "pattern"), _TEXTS),
    **dict.fromkeys(
        (
            "maxItems", "minItems", "maxContains", "minContains", "contains", "items", "prefixItems",
            "unevaluatedItems", "uniqueItems",
        ),
        _LISTS,
    ),
    **dict.fromkeys(
        (
            "maxProperties", "minProperties", "properties", "required", "additionalProperties",
            "propertyNames", "patternProperties", "unevaluatedProperties", "dependentRequired",
            "dependentSchemas",
        ),
        _OBJECTS,
    ),
}  # fmt: skip


class Bound(NamedTuple):
    """A bound; an exclusive one does not allow its own value."""

    value: float
    exclusive: bool
    pointer: str

    def as_json(self) -> Any:
        """The bound as JSON."""
        return {"exclusive": self.value} if self.exclusive else self.value

    def same(self, other: Bound) -> bool:
        """Whether another bound allows the same values."""
        return self.value == other.value and self.exclusive == other.exclusive


def bound_of(schema: Mapping[str, Any], keyword: str, pointer: str, *, legacy: bool) -> Bound | None:
    """Return the bound that a keyword sets in a schema, in the exclusive form of either OpenAPI version."""
    plain = schema.get(keyword)
    if keyword in ("minimum", "maximum"):
        name = f"exclusiveM{keyword[1:]}"
        strict = schema.get(name)
        if is_number(strict) and not legacy:
            bound = Bound(float(strict), True, f"{pointer}/{name}")
            if not is_number(plain):
                return bound
            return tighter(keyword, Bound(float(plain), False, f"{pointer}/{keyword}"), bound)
        if is_number(plain):
            return Bound(plain, strict is True, f"{pointer}/{keyword}")
        return None
    if not is_number(plain) or _IDLE.get(keyword) == plain:
        return None
    return Bound(plain, False, f"{pointer}/{keyword}")


def tighter(keyword: str, one: Bound, other: Bound) -> Bound:
    """Return the bound that allows less."""
    if one.value == other.value:
        return one if one.exclusive else other
    return one if (one.value < other.value) == BOUNDS[keyword] else other


def intersected(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the types that two sets both allow; every integer is a number."""
    types = one & other
    if ("integer" in one and "number" in other) or ("integer" in other and "number" in one):
        types |= {"integer"}
    return types
