"""The keywords of a schema in one form, whichever version of OpenAPI it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

#: The pointer of a schema; `own` leaves out what its discriminator selects.
Key = tuple[str, bool]
TYPES = ("null", "boolean", "number", "string", "array", "object")
_KINDS = frozenset(TYPES)


class Limit(NamedTuple):
    """A bound of a number."""

    value: float
    exclusive: bool


class Contains(NamedTuple):
    """How many items of an array must match a schema."""

    key: Key
    least: int
    most: int | None


class Condition(NamedTuple):
    """A schema that applies if a value matches another one, and a schema that applies otherwise."""

    when: Key
    then: Key | None
    otherwise: Key | None


@dataclass(slots=True, eq=False, repr=False)
class Form:
    """The keywords of a schema; immutable once built.

    `fixed` is set for a boolean schema; `present` lists the keywords that evaluate all other items or
    properties, even if they allow everything.
    """

    key: Key = ("", False)
    fixed: bool | None = None
    types: frozenset[str] | None = None
    nullable: bool = False
    values: tuple[Any, ...] | None = None
    #: The JSON types that `types` allows, and those that a value may have.
    kinds: frozenset[str] = _KINDS
    possible: frozenset[str] = _KINDS
    low: Limit | None = None
    high: Limit | None = None
    multiple: float | None = None
    lengths: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    pattern: str | None = None
    prefix: tuple[Key, ...] = ()
    items: Key | None = None
    contains: Contains | None = None
    unique: bool = False
    unevaluated_items: Key | None = None
    properties: dict[str, Key] = field(default_factory=dict)
    patterned: dict[str, Key] = field(default_factory=dict)
    additional: Key | None = None
    present: frozenset[str] = frozenset()
    names: Key | None = None
    required: tuple[str, ...] = ()
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dependents: dict[str, Key] = field(default_factory=dict)
    unevaluated_properties: Key | None = None
    all_of: tuple[Key, ...] = ()
    any_of: tuple[tuple[Key, ...], ...] = ()
    one_of: tuple[Key, ...] = ()
    excluded: Key | None = None
    condition: Condition | None = None

    @property
    def whole(self) -> bool:
        """Whether the types allow only integers among the numbers."""
        return self.types is not None and "integer" in self.types and "number" not in self.types

    def members(self) -> Iterator[Key]:
        """Yield the members of `allOf` and the branches of unions."""
        yield from self.all_of
        for group in self.any_of:
            yield from group
        yield from self.one_of

    def applied(self) -> Iterator[Key]:
        """Yield the schemas that may apply to the same value."""
        yield from self.members()
        if self.condition is not None:
            held = (self.condition.when, self.condition.then, self.condition.otherwise)
            yield from (key for key in held if key is not None)
        yield from self.dependents.values()


@dataclass(slots=True, eq=False, repr=False)
class Mentions:
    """Properties that are mentioned: by name, by pattern, or as the rest.

    `members` are the schemas that apply without a condition, or as a branch of a union.
    """

    names: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)
    rest: bool = False
    members: set[Key] = field(default_factory=set)


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 equals 1.0, but not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    return bool(one == other)


def kind_of(value: Any) -> str:
    """Return the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
