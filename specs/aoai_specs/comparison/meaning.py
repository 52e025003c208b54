"""What a schema means, in a form in which two ways of writing the same are equal.

References are followed, `allOf` is merged, `nullable` and null types are one thing, as are the bounds of
OpenAPI 3.0 and 3.1, a constant and an enumeration of one value, and unions whose branches only list types or
values. A node is what applies to one value: one or more schemas, each named by its pointer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aoai_specs.comparison.keywords import (
    ANNOTATIONS,
    BOUNDS,
    CONDITIONS,
    INSIDE,
    INSIDE_SET,
    NAMED,
    OF_VALUES,
    RELEVANT,
    TYPES,
    Bound,
    bound_of,
    intersected,
    tighter,
)
from aoai_specs.discriminators import SCHEMAS, Discriminators, is_open
from aoai_specs.errors import DocumentError
from aoai_specs.pointers import canonical, find, join

#: The mark of a part that only restricts types, such as `type:string`.
_TYPE_MARK = "type:"
_MOST_PARTS = 400
_SAID_OF_BOUNDS = frozenset({*BOUNDS, "exclusiveMinimum", "exclusiveMaximum"})

#: What stands in pointers of schemas that no description has, but that a discriminator or a union implies.
_IMPLIED = "x-implied-by"

#: A schema, by its pointer; `own` leaves out what its discriminator selects.
Part = tuple[str, bool]
Node = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a keyword says, and where."""

    value: Any
    pointer: str


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


class Meanings:
    """The meanings of the schemas of one description; `content` is OpenAPI 3, its references sound."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.legacy = str(content.get("openapi", "3.0")).startswith("3.0")
        components = content.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        self.schemas: dict[str, Any] = schemas if isinstance(schemas, dict) else {}
        self._raw: dict[str, Any] = {}
        self.discriminators = Discriminators(self.schemas, self.resolve)
        self._known: dict[Node, Meaning] = {}
        self._building: set[Node] = set()

    def resolve(self, pointer: str) -> Any:
        """The value at a pointer, as it stands there. Raises DocumentError."""
        if pointer not in self._raw:
            self._raw[pointer] = find(self.content, pointer)
        return self._raw[pointer]

    def node(self, pointer: str) -> Node:
        """The node of the schema at a pointer."""
        return ((self._end(pointer), False),)

    def meaning(self, node: Node) -> Meaning:
        """What a node means. Raises DocumentError where a reference leads nowhere."""
        if node not in self._known:
            self._building.add(node)
            meaning = Meaning(_place(node))
            seen: set[Part] = set()
            for part in node:
                self._collect(part, meaning, seen)
            meaning.nullable = all(self._nullable(part, frozenset()) for part in node)
            _tell_types(meaning)
            if any(pointer.startswith(_TYPE_MARK) for pointer, _ in node):
                _keep_relevant(meaning)
            self._building.discard(node)
            self._known[node] = meaning
        return self._known[node]

    def with_value(self, node: Node, name: str, value: Any) -> Node:
        """A node, restricted to one value of a property."""
        place = join(_place(node), _IMPLIED, name, key_of(value))
        self._raw[place] = {"type": "object", "required": [name], "properties": {name: {"enum": [value]}}}
        return (*node, (place, False))

    def _end(self, pointer: str) -> str:
        """Where a chain of references that have nothing beside them ends."""
        for _ in range(20):
            schema = self.resolve(pointer)
            if not isinstance(schema, dict) or schema.keys() != {"$ref"}:
                break
            pointer = canonical(schema["$ref"])
        return pointer

    def _child(self, pointer: str, schema: Any) -> Node:
        self._raw[pointer] = schema
        return self.node(pointer)

    def _collect(self, part: Part, into: Meaning, seen: set[Part]) -> None:
        pointer, own = part
        if part in seen or len(seen) > _MOST_PARTS:
            return
        seen.add(part)
        if pointer.startswith(_TYPE_MARK):
            _restrict(into, frozenset(pointer.removeprefix(_TYPE_MARK).split(",")), into.pointer)
            return
        schema = self.resolve(pointer)
        if schema is False:
            into.never = True
        if not isinstance(schema, dict):
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            self._collect((self._end(canonical(reference)), False), into, seen)
            if self.legacy:
                _annotations(schema, pointer, into)
                return
        if not own and self._selected(pointer, schema, into, seen):
            return
        _values(schema, pointer, into, legacy=self.legacy)
        _annotations(schema, pointer, into)
        self._children(schema, pointer, into)
        for keyword in ("oneOf", "anyOf"):
            branches = schema.get(keyword)
            if isinstance(branches, list) and branches:
                self._union(keyword, pointer, schema, into, seen)
        members = schema.get("allOf")
        for index, member in enumerate(members) if isinstance(members, list) else ():
            place = join(pointer, "allOf", index)
            (end, _), *_ = self._child(place, member)
            takes_own = end != place and self.discriminators.takes_own_part(pointer, end)
            self._collect((end, takes_own), into, seen)
        if not own and isinstance(schema.get("discriminator"), dict):
            into.discriminator = Fact(schema["discriminator"], join(pointer, "discriminator"))
        for name, tags in self.discriminators.bound(pointer).items():
            self._bind(name, tags, pointer, into)

    def _bind(self, name: str, tags: list[str], pointer: str, into: Meaning) -> None:
        """What a discriminator elsewhere says that this schema's property has to hold."""
        if name in into.properties:
            place = join(pointer, _IMPLIED, name)
            self._raw[place] = {"enum": tags}
            into.properties[name] = (*into.properties[name], (place, False))

    def _selected(self, pointer: str, schema: Mapping[str, Any], into: Meaning, seen: set[Part]) -> bool:
        """Whether a base schema means those that its discriminator selects; they are then its union."""
        switch = self.discriminators.switch(pointer, schema)
        if switch is None or switch.union is not None or not switch.targets:
            return False
        branches: list[Node] = []
        for _, target in switch.targets:
            try:
                branches.append(((self._end(target), target == pointer),))
            except DocumentError:
                return False
        tags = tuple(tag for tag, _ in switch.targets)
        if switch.open:
            branches.append(((pointer, True),))
            tags = (*tags, "")
        into.unions.append(Union("discriminator", pointer, tuple(branches), tags))
        into.discriminator = Fact(schema["discriminator"], join(pointer, "discriminator"))
        seen.add((pointer, True))
        return True

    def _children(self, schema: Mapping[str, Any], pointer: str, into: Meaning) -> None:
        properties = schema.get("properties")
        if isinstance(properties, dict):
            for name, held in properties.items():
                place = join(pointer, "properties", name)
                child = self._child(place, held)
                into.properties_at.setdefault(name, place)
                into.properties[name] = _joined(into.properties.get(name, ()), child)
        required = schema.get("required")
        for index, name in enumerate(required) if isinstance(required, list) else ():
            into.required.setdefault(name, join(pointer, "required", index))
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            if schema.get(keyword) is False:
                into.closed = into.closed or join(pointer, keyword)
        for keyword in INSIDE if not schema.keys().isdisjoint(INSIDE_SET) else ():
            held = schema.get(keyword)
            if isinstance(held, dict) and (held or keyword == "not"):
                child = self._child(join(pointer, keyword), held)
                into.inside[keyword] = _joined(into.inside.get(keyword, ()), child)
        for keyword in NAMED:
            held = schema.get(keyword)
            for name, each in held.items() if isinstance(held, dict) else ():
                group = into.named.setdefault(keyword, {})
                child = self._child(join(pointer, keyword, name), each)
                group[name] = _joined(group.get(name, ()), child)
        prefix = schema.get("prefixItems")
        if isinstance(prefix, list):
            into.prefix = tuple(
                self._child(join(pointer, "prefixItems", index), each) for index, each in enumerate(prefix)
            )

    def _union(
        self, keyword: str, pointer: str, schema: Mapping[str, Any], into: Meaning, seen: set[Part]
    ) -> None:
        nodes = [
            self._child(join(pointer, keyword, index), each) for index, each in enumerate(schema[keyword])
        ]
        branches = [node for node in nodes if not self._only_null(node)]
        if len(branches) == 1:
            self._collect(branches[0][0], into, seen)
            return
        if not branches or self._folded(branches, join(pointer, keyword), into):
            return
        switch = self.discriminators.switch(pointer, schema)
        called: dict[str, str] = {}
        for tag, target in switch.targets if switch is not None else ():
            called.setdefault(target, tag)
        tags = tuple(called.get(node[0][0]) for node in branches)
        union = Union(keyword, join(pointer, keyword), tuple(branches), tags)
        for index, other in enumerate(into.unions):
            if other.keyword == keyword and self._alike(other, union):
                joined = (_joined(one, more) for one, more in zip(other.branches, branches, strict=True))
                into.unions[index] = replace(other, branches=tuple(joined))
                return
        into.unions.append(union)

    def _alike(self, one: Union, other: Union) -> bool:
        """Whether two unions that both apply say the same twice, branch by branch."""
        if len(one.branches) != len(other.branches):
            return False
        if any(node in self._building for node in (*one.branches, *other.branches)):
            return False
        outlines = [
            [
                (each.types, each.values, each.properties.keys(), each.required.keys())
                for each in map(self.meaning, union.branches)
            ]
            for union in (one, other)
        ]
        return outlines[0] == outlines[1]

    def _folded(self, branches: list[Node], pointer: str, into: Meaning) -> bool:
        """Take a union that only lists types or values for such a list; tells whether it is one."""
        if any(node in self._building for node in branches):
            return False
        meanings = [self.meaning(node) for node in branches]
        if all(each.plain for each in meanings):
            listed = [each.types for each in meanings if each.types is not None]
            _restrict(into, _joined_types(listed), pointer)
            return True
        texts = [each for each in meanings if each.types in (None, frozenset({"string"})) or each.plain]
        if len(texts) != len(meanings):
            return False
        lists = [each.values for each in meanings if each.values is not None and _lists_only(each)]
        free = [each for each in meanings if each.plain]
        if len(lists) + len(free) != len(meanings) or (free and not _same_type(free, lists)):
            return False
        values = tuple({key_of(value): value for each in lists for value in each}.values())
        _list_values(into, values, pointer, constant=False)
        into.open = into.open or bool(free)
        for each in meanings[:1]:
            if each.types is not None:
                _restrict(into, each.types, pointer)
        return True

    def _only_null(self, node: Node) -> bool:
        schema = self.resolve(node[0][0])
        if not isinstance(schema, dict):
            return False
        return schema.get("type") in ("null", ["null"]) or schema.get("enum") == [None] or _null_const(schema)

    def _nullable(self, part: Part, seen: frozenset[str]) -> bool:
        pointer, _ = part
        if pointer.startswith(_TYPE_MARK):
            return False
        schema = self.resolve(pointer)
        if schema is False:
            return False
        if pointer in seen or not isinstance(schema, dict):
            return True
        seen |= {pointer}
        declared = schema.get("type")
        if self.legacy and schema.get("nullable") is True:
            return True
        if declared is not None:
            allowed = "null" in declared if isinstance(declared, list) else declared == "null"
        else:
            listed = schema.get("enum")
            allowed = not isinstance(listed, list) or None in listed
            allowed = allowed and ("const" not in schema or schema["const"] is None)
        for keyword in ("oneOf", "anyOf"):
            branches = schema.get(keyword)
            if allowed and isinstance(branches, list) and branches:
                places = (join(pointer, keyword, index) for index in range(len(branches)))
                allowed = any(self._nullable((place, False), seen) for place in places)
        members = schema.get("allOf")
        if allowed and isinstance(members, list):
            places = (join(pointer, "allOf", index) for index in range(len(members)))
            allowed = all(self._nullable((place, False), seen) for place in places)
        if allowed and isinstance(schema.get("$ref"), str):
            allowed = self._nullable((canonical(schema["$ref"]), False), seen)
        return allowed


def typed(node: Node, types: Iterable[str]) -> Node:
    """A node, restricted to some types."""
    return (*node, (_TYPE_MARK + ",".join(sorted(types)), False))


def told_pointer(pointer: str) -> str:
    """The place that is told for a pointer: of an implied schema, that of the schema which implies it."""
    return pointer.partition(f"/{_IMPLIED}/")[0]


def component_of(pointer: str) -> str | None:
    """The name of the component schema that a place lies in, if it lies in one."""
    if not pointer.startswith(f"{SCHEMAS}/"):
        return None
    return pointer.removeprefix(f"{SCHEMAS}/").partition("/")[0].replace("~1", "/").replace("~0", "~")


def key_of(value: Any) -> str:
    """A text that is the same for equal JSON values only."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)


def _place(node: Node) -> str:
    return next((pointer for pointer, _ in node if not pointer.startswith(_TYPE_MARK)), "#")


def _joined(first: Node, second: Node) -> Node:
    return first + tuple(part for part in second if part not in first)


def _joined_types(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    types = frozenset[str]().union(*sets)
    return types - {"integer"} if "number" in types else types


def _restrict(into: Meaning, types: frozenset[str], pointer: str) -> None:
    if into.types is None:
        into.types, into.types_at = types, pointer
    else:
        into.types = intersected(into.types, types)


def _values(schema: Mapping[str, Any], pointer: str, into: Meaning, *, legacy: bool) -> None:
    """What a schema says of the value itself: types, enumerations, bounds."""
    if schema.keys().isdisjoint(OF_VALUES):
        return
    declared = schema.get("type")
    if declared is not None:
        names = declared if isinstance(declared, list) else [declared]
        _restrict(into, _joined_types([frozenset(names) - {"null"}]), join(pointer, "type"))
    for keyword in ("enum", "x-extensible-enum"):
        if isinstance(schema.get(keyword), list):
            values = tuple(value for value in schema[keyword] if value is not None)
            _list_values(into, values, join(pointer, keyword), constant=False)
            into.open = into.open or is_open(schema) or keyword != "enum"
    if "const" in schema and schema["const"] is not None:
        _list_values(into, (schema["const"],), join(pointer, "const"), constant=True)
    for keyword in BOUNDS if schema.keys() & _SAID_OF_BOUNDS else ():
        bound = bound_of(schema, keyword, pointer, legacy=legacy)
        if bound is not None:
            known = into.bounds.get(keyword)
            into.bounds[keyword] = bound if known is None else tighter(keyword, known, bound)
    if isinstance(schema.get("pattern"), str):
        into.patterns.setdefault(schema["pattern"], join(pointer, "pattern"))
    for keyword in CONDITIONS:
        if keyword in schema:
            into.facts.setdefault(keyword, Fact(schema[keyword], join(pointer, keyword)))
    if schema.get("uniqueItems") is True:
        into.facts.setdefault("uniqueItems", Fact(True, join(pointer, "uniqueItems")))


def _annotations(schema: Mapping[str, Any], pointer: str, into: Meaning) -> None:
    for keyword in ANNOTATIONS & schema.keys():
        if schema[keyword] is not False:
            into.facts.setdefault(keyword, Fact(schema[keyword], join(pointer, keyword)))


def _list_values(into: Meaning, values: tuple[Any, ...], pointer: str, *, constant: bool) -> None:
    if into.values is not None:
        allowed = {key_of(value) for value in values}
        values = tuple(value for value in into.values if key_of(value) in allowed)
    else:
        into.values_at = pointer
    into.values = values
    into.constant = into.constant or constant


def _null_const(schema: Mapping[str, Any]) -> bool:
    return "const" in schema and schema["const"] is None


def _lists_only(meaning: Meaning) -> bool:
    return not (
        meaning.bounds
        or meaning.patterns
        or meaning.properties
        or meaning.unions
        or meaning.inside
        or meaning.facts.keys() - ANNOTATIONS
    )


def _same_type(free: list[Meaning], lists: Iterable[tuple[Any, ...]]) -> bool:
    named = free[0].types
    return (
        len(free) == 1
        and named == frozenset({"string"})
        and all(isinstance(v, str) for each in lists for v in each)
    )


def _tell_types(meaning: Meaning) -> None:
    """Where only values are listed, their types are the types."""
    if meaning.types is None and meaning.values:
        meaning.types = frozenset(_types_of(meaning.values))
        meaning.types_at = meaning.values_at


def _keep_relevant(meaning: Meaning) -> None:
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
