"""The meaning of a schema, in a form where two ways of writing the same thing are equal.

References are followed and `allOf` is merged. These pairs are equal: `nullable` and null types, the bounds of
OpenAPI 3.0 and 3.1, a constant and an enumeration of one value, and a union that only lists types or values
and the list itself. A node is what applies to one value: one or more schemas, each named by its pointer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from aoai_specs.comparison.difference import Fact
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
from aoai_specs.json_values import key_of
from aoai_specs.pointers import unescape
from aoai_specs.schemas.discriminators import SCHEMAS, is_open

if TYPE_CHECKING:
    from aoai_specs.comparison.schemas.unions import Branch

#: Prefix of a part that only restricts types, such as `type:string`.
TYPE_MARK = "type:"
_MOST_PARTS = 400
_TYPE = frozenset({"type"})
_BOUND_KEYWORDS = frozenset({*BOUNDS, "exclusiveMinimum", "exclusiveMaximum"})

#: Annotations of a value that is left out in one direction.
HIDING = frozenset({"readOnly", "writeOnly"})

#: Marks pointers of schemas that a discriminator or a union implies.
IMPLIED = "x-implied-by"

#: The pointer of a schema; `own` leaves out what its discriminator selects.
Part = tuple[str, bool]
Node = tuple[Part, ...]


class Union(NamedTuple):
    """Branches of which one (`oneOf`) or several (`anyOf`) apply; `tags` are their discriminator values."""

    keyword: str
    pointer: str
    branches: tuple[Node, ...]
    tags: tuple[str | None, ...]


@dataclass(slots=True, eq=False, repr=False)
class Meaning:
    """The meaning of a node; immutable once built.

    `types` are the types without null, or None for any; `nullable` is set if null is allowed. `values` are
    the values of an enumeration or constant, without null. `facts` are the keywords that constrain or
    annotate a value, `inside` the schemas under a keyword, `named` those under a keyword and a name.
    `merged` is set if the keywords of several schemas are merged that depend on others beside them.
    `parents` maps the named schemas that `allOf` refers to to the places of the references, `branches` the
    places of unions to their branches as far as they were needed.
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
    merged: bool = False
    parents: dict[str, str] = field(default_factory=dict)
    branches: dict[str, tuple[Branch, ...]] = field(default_factory=dict)

    @property
    def bare(self) -> bool:
        """Whether there is nothing but types, unions and annotations."""
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
        """Whether there are only types."""
        return self.bare and not self.unions and self.types is not None

    def has(self, annotation: str) -> bool:
        """Whether an annotation such as `readOnly` is set."""
        fact = self.facts.get(annotation)
        return fact is not None and fact.value is True


_FIELDS = tuple(each.name for each in fields(Meaning))


def copy_meaning(meaning: Meaning) -> Meaning:
    """Return a meaning that can be restricted while the original stays as it is."""
    copied = object.__new__(Meaning)  # `replace` takes several times as long
    for name in _FIELDS:
        setattr(copied, name, getattr(meaning, name))
    copied.bounds = dict(meaning.bounds)
    copied.facts = dict(meaning.facts)
    copied.patterns = dict(meaning.patterns)
    copied.properties = dict(meaning.properties)
    copied.required = dict(meaning.required)
    copied.inside = dict(meaning.inside)
    copied.named = dict(meaning.named)
    copied.branches = {}
    return copied


def typed(node: Node, types: Iterable[str]) -> Node:
    """Return a node restricted to some types."""
    return (*node, (TYPE_MARK + ",".join(sorted(types)), False))


def is_typed(node: Node) -> bool:
    """Whether a node is restricted to some types."""
    return len(node) > 1 and any(pointer.startswith(TYPE_MARK) for pointer, _ in node)


def types_in(mark: str) -> frozenset[str]:
    """Return the types of a part that only restricts types."""
    return frozenset(mark.removeprefix(TYPE_MARK).split(","))


def only_refers(schema: Any) -> bool:
    """Whether a schema is a reference without other keywords."""
    return isinstance(schema, dict) and len(schema) == 1 and "$ref" in schema


def reported_pointer(pointer: str) -> str:
    """Return the place to report for a pointer: for an implied schema, the schema that implies it."""
    return pointer.partition(f"/{IMPLIED}/")[0]


def component_of(pointer: str) -> str | None:
    """Return the name of the component schema that contains a place, or None."""
    if not pointer.startswith(f"{SCHEMAS}/"):
        return None
    return unescape(pointer.removeprefix(f"{SCHEMAS}/").partition("/")[0])


def place_of(node: Node) -> str:
    """Return the pointer of the first schema of a node."""
    first = node[0][0] if node else ""
    if first and not first.startswith(TYPE_MARK):
        return first
    return next((pointer for pointer, _ in node if not pointer.startswith(TYPE_MARK)), "#")


def joined(first: Node, second: Node) -> Node:
    """Return the node of everything that applies in two nodes, each schema once."""
    return first + tuple(part for part in second if part not in first)


def joined_types(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return the types that any of several sets allows; an integer is a number."""
    types = frozenset[str]().union(*sets)
    return types - {"integer"} if "number" in types else types


def restrict(into: Meaning, types: frozenset[str], pointer: str) -> None:
    """Restrict a meaning to some types."""
    if into.types is None:
        into.types, into.types_at = types, pointer
    else:
        into.types = intersected(into.types, types)


def say_values(schema: Mapping[str, Any], pointer: str, into: Meaning, *, legacy: bool) -> None:
    """Add the types, enumerations and bounds of a schema to a meaning."""
    stated = OF_VALUES.intersection(schema)
    declared = schema.get("type")
    if declared is not None:
        restrict(into, _stated_types(declared), f"{pointer}/type")
    if stated <= _TYPE:
        return
    for keyword in ("enum", "x-extensible-enum"):
        if isinstance(schema.get(keyword), list):
            values = tuple(value for value in schema[keyword] if value is not None)
            list_values(into, values, f"{pointer}/{keyword}", constant=False)
            into.open = into.open or is_open(schema) or keyword != "enum"
    if restricts_null(schema):
        into.merged = True
    if "const" in schema and schema["const"] is not None:
        list_values(into, (schema["const"],), f"{pointer}/const", constant=True)
    for keyword in BOUNDS if stated & _BOUND_KEYWORDS else ():
        bound = bound_of(schema, keyword, pointer, legacy=legacy)
        if bound is not None:
            known = into.bounds.get(keyword)
            into.bounds[keyword] = bound if known is None else tighter(keyword, known, bound)
    if isinstance(schema.get("pattern"), str):
        into.patterns.setdefault(schema["pattern"], f"{pointer}/pattern")
    for keyword in CONDITIONS:
        if keyword in stated:
            into.facts.setdefault(keyword, Fact(schema[keyword], f"{pointer}/{keyword}"))
    if schema.get("uniqueItems") is True:
        into.facts.setdefault("uniqueItems", Fact(True, f"{pointer}/uniqueItems"))


def _stated_types(declared: Any) -> frozenset[str]:
    """Return the types that a schema states, without null."""
    if isinstance(declared, str):
        return frozenset({declared} - {"null"})
    names = declared if isinstance(declared, list) else []
    return joined_types([frozenset(name for name in names if isinstance(name, str)) - {"null"}])


def restricts_null(schema: Mapping[str, Any]) -> bool:
    """Whether null and the other values may be restricted in different ways."""
    declared = schema.get("type")
    allowed = declared is None or declared == "null" or (isinstance(declared, list) and "null" in declared)
    if "const" in schema:
        return schema["const"] is None or (declared is not None and allowed)
    listed = schema.get("enum")
    return isinstance(listed, list) and declared is not None and allowed != (None in listed)


def say_annotations(schema: Mapping[str, Any], pointer: str, into: Meaning) -> None:
    """Add the annotations of a schema to a meaning; the first of each name counts."""
    for keyword in ANNOTATIONS.intersection(schema):
        if schema[keyword] is not False:
            into.facts.setdefault(keyword, Fact(schema[keyword], f"{pointer}/{keyword}"))


def list_values(into: Meaning, values: tuple[Any, ...], pointer: str, *, constant: bool) -> None:
    """Restrict a meaning to some values."""
    if into.values is not None:
        allowed = {key_of(value) for value in values}
        values = tuple(value for value in into.values if key_of(value) in allowed)
    else:
        into.values_at = pointer
    into.values = values
    into.constant = into.constant or constant


def null_const(schema: Mapping[str, Any]) -> bool:
    """Whether a schema allows only null, by a constant."""
    return "const" in schema and schema["const"] is None


def lists_only(meaning: Meaning) -> bool:
    """Whether a meaning only lists values."""
    return not (
        meaning.bounds
        or meaning.patterns
        or meaning.properties
        or meaning.unions
        or meaning.inside
        or meaning.facts.keys() - ANNOTATIONS
    )


def same_type(free: list[Meaning], lists: Iterable[tuple[Any, ...]]) -> bool:
    """Whether lists of strings are beside one schema that allows any string."""
    named = free[0].types
    return (
        len(free) == 1
        and named == frozenset({"string"})
        and all(isinstance(v, str) for each in lists for v in each)
    )


def tell_types(meaning: Meaning) -> None:
    """Derive the types from the values, if only values are listed."""
    if meaning.types is None and meaning.values:
        meaning.types = frozenset(_types_of(meaning.values))
        meaning.types_at = meaning.values_at


def keep_relevant(meaning: Meaning) -> None:
    """Remove the keywords that do not apply to the types of a branch.

    Elsewhere a keyword that does not apply to its type is compared like any other, since the type may be the
    mistake.
    """
    types = meaning.types
    if types is None or types == TYPES:
        return
    for held in (meaning.bounds, meaning.facts, meaning.inside, meaning.named):
        for keyword in [each for each in held if not _applies(each, types)]:
            del held[keyword]
    if not _applies("pattern", types):
        meaning.patterns.clear()
    if not _applies("properties", types):
        meaning.properties.clear()
        meaning.required.clear()
        meaning.closed = ""
    if not _applies("prefixItems", types):
        meaning.prefix = ()


def _applies(keyword: str, types: frozenset[str]) -> bool:
    relevant = RELEVANT.get(keyword)
    return relevant is None or not relevant.isdisjoint(types)


def _types_of(values: Iterable[Any]) -> Iterator[str]:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    found = {names[type(value)] for value in values}
    yield from found - ({"integer"} if "number" in found else set())


#: Keywords whose meaning depends on others in the same schema, or that several schemas cannot share.
_DEPENDENT = frozenset(
    {"additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems", "prefixItems", "contains"}
    | {"if", "not", "patternProperties", "dependentSchemas", "propertyNames"}
)


def depends(schema: Mapping[str, Any], into: Meaning) -> bool:
    """Whether adding a schema to a meaning loses which keywords were beside each other."""
    if not (into.properties or into.inside or into.named or into.prefix or into.closed):
        return False
    if into.closed or into.inside or into.named or into.prefix:
        return bool(schema.keys() & (_DEPENDENT | {"properties"}))
    return bool(schema.keys() & _DEPENDENT)


def matters(keyword: str, held: Any) -> bool:
    """Whether the schema under a keyword constrains anything."""
    if keyword in ("additionalProperties", "unevaluatedProperties") and held is False:
        return False  # the object is closed
    if held is True or held == {}:
        return keyword in ("not", "if", "contains")
    return isinstance(held, dict | bool)


def overlap(meanings: list[Meaning]) -> bool:
    """Whether a value may match several schemas that list types or values."""
    for index, one in enumerate(meanings):
        for other in meanings[index + 1 :]:
            if one.types is not None and other.types is not None and not intersected(one.types, other.types):
                continue
            if one.values is None or other.values is None:
                return True
            if {key_of(each) for each in one.values} & {key_of(each) for each in other.values}:
                return True
    return False
