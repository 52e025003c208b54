"""Finds values that are too large to send: bounds that are the largest number of a type, and very long lists.

Generated descriptions often limit every text to 2,147,483,647 characters. A request of that size would only
show the limits of the network, so that the plan lists it as not sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from aoai_specs.schemas.constraints import Located
from aoai_strategies.requests.samples import MOST_CHARACTERS, MOST_ITEMS, MOST_PROPERTIES

#: The most values in all planned requests of one operation; its remaining points are left out.
MOST_PLANNED = 4_000_000
#: Only so many values of a longer enum are sent.
MOST_LISTED = 200
#: JSON parsers read larger numbers as infinity.
LARGEST_NUMBER = 10**300


@dataclass(frozen=True, slots=True)
class UnsendableValues:
    """Candidates of a constraint that cannot be sent: the ends of their ids, and why."""

    where: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Size:
    unit: str
    most: int
    lower: tuple[str, ...] = ("at", "below")
    upper: tuple[str, ...] = ("at", "inside", "above")


_TEXT = _Size("characters", MOST_CHARACTERS, ("at", "inside", "below"))
_LIST = _Size("items", MOST_ITEMS)
_OBJECT = _Size("properties", MOST_PROPERTIES, upper=("at", "above"))
_SIZES = {
    "minLength": _TEXT,
    "maxLength": _TEXT,
    "minItems": _LIST,
    "maxItems": _LIST,
    "minProperties": _OBJECT,
    "maxProperties": _OBJECT,
}
#: Keywords of objects that some descriptions put beside another type.
_OF_OBJECTS = {"required": ("missing",), "minProperties": _OBJECT.lower, "maxProperties": _OBJECT.upper}
_NUMBERS = {
    "minimum": ("at", "inside", "below"),
    "maximum": ("at", "inside", "above"),
    "exclusiveMinimum": ("at", "inside", "below"),
    "exclusiveMaximum": ("at", "inside", "above"),
    "multipleOf": ("at", "between"),
}


def find_unsendable(located: Located) -> UnsendableValues | None:
    """The candidates of a constraint that cannot be sent; None where all of them can."""
    keyword, value = located.constraint.keyword, located.constraint.value
    types = located.place.shape.types if located.constraint.location == "body" else ()
    if keyword in _OF_OBJECTS and types and "object" not in types:
        return UnsendableValues(_OF_OBJECTS[keyword], f"{keyword} has no effect on type {' or '.join(types)}")
    if keyword in _SIZES:
        size = _SIZES[keyword]
        where = size.lower if keyword.startswith("min") else size.upper
        reason = f"{_format(value)} {size.unit} exceed the limit of {size.most:,} for a request"
        return UnsendableValues(where, reason) if value > size.most else None
    if keyword in _NUMBERS and abs(value) > LARGEST_NUMBER:
        return UnsendableValues(
            _NUMBERS[keyword], f"{_format(value)} is a number that JSON parsers cannot represent"
        )
    if keyword == "enum" and len(value) > MOST_LISTED:
        return UnsendableValues(
            ("others",), f"only the first {MOST_LISTED} of {len(value):,} enum values are sent"
        )
    return None


def is_unsendable(located: Located) -> bool:
    """Whether no candidate of a constraint can be sent."""
    return located.constraint.keyword != "enum" and find_unsendable(located) is not None


def _format(number: float) -> str:
    """A number for messages; a very long one is described by the number of its digits."""
    if isinstance(number, float):
        return str(number)
    digits = number.bit_length() * 3 // 10
    return f"{number:,}" if digits <= 40 else f"a number of about {digits} digits"
