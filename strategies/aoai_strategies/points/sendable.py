"""What is too large to be sent: bounds that are only the largest number of some type, and lists without end.

Generated descriptions often bound every text by 2,147,483,647 characters. A request with so many would
show nothing but the limits of the network, so that it is planned as not sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from aoai_model.case import Json
from aoai_specs.schemas.constraints import Located

#: The longest text, the longest list and the widest object of a request, and the values of one in all.
MOST_CHARACTERS = 2**20
MOST_ITEMS = 10_000
MOST_PROPERTIES = 10_000
MOST_VALUES = 20_000
#: How many values the planned requests of one operation hold in all before its remaining points are left out.
MOST_PLANNED = 4_000_000
#: Of a longer list of values so many are sent.
MOST_LISTED = 200
#: Beyond this, readers of JSON take a number for infinite.
LARGEST_NUMBER = 10**300


@dataclass(frozen=True, slots=True)
class Beyond:
    """Candidates of a constraint that cannot be sent: the ends of their names, and why."""

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
_NUMBERS = {
    "minimum": ("at", "inside", "below"),
    "maximum": ("at", "inside", "above"),
    "exclusiveMinimum": ("at", "inside", "below"),
    "exclusiveMaximum": ("at", "inside", "above"),
    "multipleOf": ("at", "between"),
}


def beyond(located: Located) -> Beyond | None:
    """What of a constraint cannot be sent; None where everything can."""
    keyword, value = located.constraint.keyword, located.constraint.value
    if keyword in _SIZES:
        size = _SIZES[keyword]
        where = size.lower if keyword.startswith("min") else size.upper
        reason = f"{shown(value)} {size.unit} are more than the {size.most:,} that a request has at most"
        return Beyond(where, reason) if value > size.most else None
    if keyword in _NUMBERS and abs(value) > LARGEST_NUMBER:
        return Beyond(_NUMBERS[keyword], f"{shown(value)} is a number that readers of JSON cannot hold")
    if keyword == "enum" and len(value) > MOST_LISTED:
        return Beyond(("others",), f"only the first {MOST_LISTED} of {len(value):,} listed values are sent")
    return None


def sends_nothing(located: Located) -> bool:
    """Whether no candidate of a constraint can be sent."""
    return located.constraint.keyword != "enum" and beyond(located) is not None


def shown(number: float) -> str:
    """A number as a reader takes it in, a very long one by its digits."""
    if isinstance(number, float):
        return str(number)
    digits = number.bit_length() * 3 // 10
    return f"{number:,}" if digits <= 40 else f"a number of about {digits} digits"


def size(value: Json) -> int:
    """How many values a value holds, itself included."""
    count, waiting = 0, [value]
    while waiting:
        held = waiting.pop()
        count += 1
        if isinstance(held, dict):
            waiting.extend(held.values())
        elif isinstance(held, list):
            waiting.extend(held)
    return count
