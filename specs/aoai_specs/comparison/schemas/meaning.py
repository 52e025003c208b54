"""What a schema means, in a form in which two ways of writing the same are equal.

References are followed, `allOf` is merged, `nullable` and null types are one thing, as are the bounds of
OpenAPI 3.0 and 3.1, a constant and an enumeration of one value, and unions whose branches only list types or
values. A node is what applies to one value: one or more schemas, each named by its pointer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aoai_specs.comparison.difference import Fact, key_of
from aoai_specs.comparison.keywords import (
    ANNOTATIONS,
    BOUNDS,
    CONDITIONS,
    OF_VALUES,
    RELEVANT,
    TYPES,
    Bound,
    bound_of,
    intersected,
    tighter,
)
from aoai_specs.pointers import unescape
from aoai_specs.schemas.discriminators import SCHEMAS, is_open

#: The mark of a part that only restricts types, such as `type:string`.
TYPE_MARK = "type:"
_MOST_PARTS = 400
_SAID_OF_BOUNDS = frozenset({*BOUNDS, "exclusiveMinimum", "exclusiveMaximum"})

#: What stands in pointers of schemas that no description has, but that a discriminator or a union implies.
IMPLIED = "x-implied-by"

#: A schema, by its pointer; `own` leaves out what its discriminator selects.
Part = tuple[str, bool]
Node = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """Branches of which one (`oneOf`) or some (`anyOf`) apply; `tags` are what a discriminator calls them."""

    keyword: str
    pointer: str
    branches: tuple[Node, ...]
    tags: tuple[str | None, ...]


@dataclass(slots=True)
class Meaning:
    """What a node means; built once and not changed after that.

    `types` are the types without null, None for any; `nullable` tells whether null is allowed. `values` are
    the values that an enumeration or a constant lists, without null. `facts` holds the keywords that bound
    or annotate a value, `inside` the schemas under a keyword, `named` those under a keyword and a name.
    """

    pointer: str
    types: frozenset[str] | None = None
    types_at: str = ""
    nullable: bool = True
    values: tuple[Any, ...] | None = None
    values_at: str = ""
    constant: bool = False
    open: bool = False
    never: bool = False
    bounds: dict[str, Bound] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    properties_at: dict[str, str] = field(default_factory=dict)
    required: dict[str, str] = field(default_factory=dict)
    closed: str = ""
    inside: dict[str, Node] = field(default_factory=dict)
    named: dict[str, dict[str, Node]] = field(default_factory=dict)
    prefix: tuple[Node, ...] = ()
    unions: list[Union] = field(default_factory=list)
    discriminator: Fact | None = None

    @property
    def bare(self) -> bool:
        """Whether nothing but types, unions and annotations is said."""
        return not (
            self.bounds
            or self.patterns
            or self.properties
            or self.required
            or self.closed
            or self.inside
            or self.named
            or self.prefix
            or self.never
            or self.values is not None
            or self.facts.keys() - ANNOTATIONS
        )

    @property
    def plain(self) -> bool:
        """Whether only types are said."""
        return self.bare and not self.unions and self.types is not None

    def has(self, annotation: str) -> bool:
        """Whether an annotation such as `readOnly` is set."""
        fact = self.facts.get(annotation)
        return fact is not None and fact.value is True


def typed(node: Node, types: Iterable[str]) -> Node:
    """A node, restricted to some types."""
    return (*node, (TYPE_MARK + ",".join(sorted(types)), False))


def told_pointer(pointer: str) -> str:
    """The place that is told for a pointer: of an implied schema, that of the schema which implies it."""
    return pointer.partition(f"/{IMPLIED}/")[0]


def component_of(pointer: str) -> str | None:
    """The name of the component schema that a place lies in, if it lies in one."""
    if not pointer.startswith(f"{SCHEMAS}/"):
        return None
    return unescape(pointer.removeprefix(f"{SCHEMAS}/").partition("/")[0])


def place_of(node: Node) -> str:
    """The pointer of the first schema of a node."""
    return next((pointer for pointer, _ in node if not pointer.startswith(TYPE_MARK)), "#")


def joined(first: Node, second: Node) -> Node:
    """The node of what applies in two nodes, each schema once."""
    return first + tuple(part for part in second if part not in first)


def joined_types(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """The types that one of several sets allows; an integer is a number."""
    types = frozenset[str]().union(*sets)
    return types - {"integer"} if "number" in types else types


def restrict(into: Meaning, types: frozenset[str], pointer: str) -> None:
    """Take into a meaning that only these types are allowed."""
    if into.types is None:
        into.types, into.types_at = types, pointer
    else:
        into.types = intersected(into.types, types)


def say_values(schema: Mapping[str, Any], pointer: str, into: Meaning, *, legacy: bool) -> None:
    """Take what a schema says of the value itself into a meaning: types, enumerations, bounds."""
    if schema.keys().isdisjoint(OF_VALUES):
        return
    declared = schema.get("type")
    if declared is not None:
        names = declared if isinstance(declared, list) else [declared]
        named = frozenset(name for name in names if isinstance(name, str))
        restrict(into, joined_types([named - {"null"}]), f"{pointer}/type")
    for keyword in ("enum", "x-extensible-enum"):
        if isinstance(schema.get(keyword), list):
            values = tuple(value for value in schema[keyword] if value is not None)
            list_values(into, values, f"{pointer}/{keyword}", constant=False)
            into.open = into.open or is_open(schema) or keyword != "enum"
    if "const" in schema and schema["const"] is not None:
        list_values(into, (schema["const"],), f"{pointer}/const", constant=True)
    for keyword in BOUNDS if schema.keys() & _SAID_OF_BOUNDS else ():
        bound = bound_of(schema, keyword, pointer, legacy=legacy)
        if bound is not None:
            known = into.bounds.get(keyword)
            into.bounds[keyword] = bound if known is None else tighter(keyword, known, bound)
    if isinstance(schema.get("pattern"), str):
        into.patterns.setdefault(schema["pattern"], f"{pointer}/pattern")
    for keyword in CONDITIONS:
        if keyword in schema:
            into.facts.setdefault(keyword, Fact(schema[keyword], f"{pointer}/{keyword}"))
    if schema.get("uniqueItems") is True:
        into.facts.setdefault("uniqueItems", Fact(True, f"{pointer}/uniqueItems"))


def say_annotations(schema: Mapping[str, Any], pointer: str, into: Meaning) -> None:
    """Take the annotations of a schema into a meaning; the first that says one counts."""
    for keyword in ANNOTATIONS & schema.keys():
        if schema[keyword] is not False:
            into.facts.setdefault(keyword, Fact(schema[keyword], f"{pointer}/{keyword}"))


def list_values(into: Meaning, values: tuple[Any, ...], pointer: str, *, constant: bool) -> None:
    """Take into a meaning that only these values are allowed."""
    if into.values is not None:
        allowed = {key_of(value) for value in values}
        values = tuple(value for value in into.values if key_of(value) in allowed)
    else:
        into.values_at = pointer
    into.values = values
    into.constant = into.constant or constant


def null_const(schema: Mapping[str, Any]) -> bool:
    """Whether a schema admits null alone, by a constant."""
    return "const" in schema and schema["const"] is None


def lists_only(meaning: Meaning) -> bool:
    """Whether a meaning lists values and bounds them no further."""
    return not (
        meaning.bounds
        or meaning.patterns
        or meaning.properties
        or meaning.unions
        or meaning.inside
        or meaning.facts.keys() - ANNOTATIONS
    )


def same_type(free: list[Meaning], lists: Iterable[tuple[Any, ...]]) -> bool:
    """Whether lists of texts stand beside one schema that allows any text."""
    named = free[0].types
    return (
        len(free) == 1
        and named == frozenset({"string"})
        and all(isinstance(v, str) for each in lists for v in each)
    )


def tell_types(meaning: Meaning) -> None:
    """Where only values are listed, their types are the types."""
    if meaning.types is None and meaning.values:
        meaning.types = frozenset(_types_of(meaning.values))
        meaning.types_at = meaning.values_at


def keep_relevant(meaning: Meaning) -> None:
    """Forget what cannot matter to a value of the types that a branch is restricted to.

    Elsewhere a keyword that cannot matter beside its type is compared like any other: the type is as likely
    to be the mistake.
    """
    if meaning.types is None or meaning.types == TYPES:
        return
    unknown = {keyword for keyword, types in RELEVANT.items() if not types & meaning.types}
    for held in (meaning.bounds, meaning.facts, meaning.inside, meaning.named):
        for keyword in unknown & held.keys():
            del held[keyword]
    if "pattern" in unknown:
        meaning.patterns.clear()
    if "properties" in unknown:
        meaning.properties.clear()
        meaning.required.clear()
        meaning.closed = ""
    if "prefixItems" in unknown:
        meaning.prefix = ()


def _types_of(values: Iterable[Any]) -> Iterator[str]:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    found = {names[type(value)] for value in values}
    yield from found - ({"integer"} if "number" in found else set())
