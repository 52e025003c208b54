"""The meanings of all schemas of a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aoai_specs.comparison.difference import Fact
from aoai_specs.comparison.keywords import INSIDE, INSIDE_SET, NAMED, NAMED_SET
from aoai_specs.comparison.schemas.meaning import (
    HIDING,
    IMPLIED,
    TYPE_MARK,
    Meaning,
    Node,
    Part,
    Union,
    component_of,
    copy_meaning,
    depends,
    is_typed,
    joined,
    joined_types,
    keep_relevant,
    list_values,
    lists_only,
    matters,
    null_const,
    only_refers,
    overlap,
    place_of,
    restrict,
    restricts_null,
    same_type,
    say_annotations,
    say_values,
    tell_types,
    types_in,
)
from aoai_specs.errors import DocumentError
from aoai_specs.json_values import key_of
from aoai_specs.pointers import canonical, escape, find, join
from aoai_specs.schemas.discriminators import SCHEMAS, Discriminators

_NOTHING: frozenset[str] = frozenset()
_MOST_PARTS = 400
_MOST_FOLDED = 60
#: Keywords with which another schema may state something about the same value, and those that list values.
_WITH_SCHEMAS = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "discriminator", "prefixItems", "properties", "required"}
    | INSIDE_SET
    | NAMED_SET
)
_REFERRING = frozenset({"$ref", "allOf", "anyOf", "oneOf", "discriminator"})
_LISTING = _REFERRING | {"enum", "x-extensible-enum", "const"}


class Meanings:
    """The meanings of the schemas of a description; `content` is OpenAPI 3 with valid references."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.legacy = str(content.get("openapi", "3.0")).startswith("3.0")
        components = content.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        self.schemas: dict[str, Any] = schemas if isinstance(schemas, dict) else {}
        self._raw: dict[str, Any] = {}
        self.discriminators = Discriminators(self.schemas, self.resolve)
        self._known: dict[Node, Meaning] = {}
        #: The nodes that references alone lead to.
        self._targets: dict[str, Node] = {}
        self._building: set[Node] = set()
        #: Whether a schema applies itself to the same value: its meaning depends on what is read first.
        self.entangled = False
        self._implied: dict[str, Any] = {}

    @property
    def has_discriminators(self) -> bool:
        """Whether any component schema has a discriminator."""
        return any(isinstance(each, dict) and "discriminator" in each for each in self.schemas.values())

    def resolve(self, pointer: str) -> Any:
        """Return the value at a pointer, cached. Raises DocumentError."""
        if pointer not in self._raw:
            if pointer.startswith(TYPE_MARK):
                return {"type": pointer.removeprefix(TYPE_MARK).split(",")}
            self._raw[pointer] = find(self.content, pointer)
        return self._raw[pointer]

    def node(self, pointer: str, schema: Any = None) -> Node:
        """Return the node of the schema at a pointer, which need not be looked up if it is given."""
        return ((self._end(pointer), False),) if schema is None else self._child(pointer, schema)

    def meaning(self, node: Node) -> Meaning:
        """Return the meaning of a node. Raises DocumentError if a reference does not resolve."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._of_types(node) or self._built(node)
        return known

    def values(self, node: Node) -> tuple[Any, ...] | None:
        """Return the values that a node lists, without its meaning where possible; None if it lists none."""
        schema = self.resolve(node[0][0]) if len(node) == 1 else None
        if isinstance(schema, dict) and _LISTING.isdisjoint(schema):
            return None
        return self.meaning(node).values

    def hiding(self, node: Node) -> frozenset[str]:
        """Return which of `readOnly` and `writeOnly` a node states, without its meaning where possible."""
        schema = self.resolve(node[0][0]) if len(node) == 1 else None
        if isinstance(schema, dict) and _REFERRING.isdisjoint(schema):
            if HIDING.isdisjoint(schema):
                return _NOTHING
            return frozenset(keyword for keyword in HIDING if schema.get(keyword) is True)
        return frozenset(filter(self.meaning(node).has, HIDING))

    def _of_types(self, node: Node) -> Meaning | None:
        """Return the meaning of a node that only adds types to a node whose meaning is known, or None."""
        mark = node[-1][0]
        whole = self._known.get(node[:-1]) if mark.startswith(TYPE_MARK) else None
        if whole is None or whole.values is not None or is_typed(node[:-1]):
            return None
        meaning = copy_meaning(whole)
        restrict(meaning, types_in(mark), meaning.pointer)
        meaning.nullable = False
        keep_relevant(meaning)
        return meaning

    def _built(self, node: Node) -> Meaning:
        self._building.add(node)
        meaning = Meaning(place_of(node))
        seen: set[Part] = set()
        for part in node:
            self._collect(part, meaning, seen)
        meaning.nullable = all(self._nullable(part, frozenset()) for part in node)
        tell_types(meaning)
        if is_typed(node):
            keep_relevant(meaning)
        self._building.discard(node)
        return meaning

    def with_value(self, node: Node, name: str, value: Any) -> Node:
        """Return a node restricted to one value of a property."""
        place = join(place_of(node), IMPLIED, name, key_of(value))
        self._imply(place, {"type": "object", "required": [name], "properties": {name: {"enum": [value]}}})
        return (*node, (place, False))

    def _imply(self, place: str, schema: dict[str, Any]) -> None:
        """Add a schema that is not in the description, with its properties."""
        self._raw[place] = self._implied[place] = schema
        for name, held in schema.get("properties", {}).items():
            self._imply(join(place, "properties", name), held)

    def take_implied(self) -> dict[str, Any]:
        """Return the implied schemas that are new since the last call, by their places."""
        new, self._implied = self._implied, {}
        return new

    def adopt(self, implied: Mapping[str, Any]) -> None:
        """Take over implied schemas, which nodes from elsewhere refer to."""
        self._raw |= implied

    def _end(self, pointer: str) -> str:
        """Follow references that have no other keywords beside them."""
        for _ in range(20):
            schema = self.resolve(pointer)
            if not only_refers(schema):
                break
            pointer = canonical(schema["$ref"])
        return pointer

    def _child(self, pointer: str, schema: Any) -> Node:
        self._raw[pointer] = schema
        if isinstance(schema, dict) and "$ref" in schema and len(schema) == 1:
            target = schema["$ref"]
            node = self._targets.get(target)
            if node is None:
                node = self._targets[target] = ((self._end(canonical(target)), False),)
            return node
        return ((pointer, False),)

    def _collect(self, part: Part, into: Meaning, seen: set[Part]) -> None:
        pointer, own = part
        if part in seen or len(seen) > _MOST_PARTS:
            return
        seen.add(part)
        if pointer.startswith(TYPE_MARK):
            restrict(into, types_in(pointer), into.pointer)
            return
        schema = self.resolve(pointer)
        if schema is False:
            into.never = True
        if not isinstance(schema, dict):
            return
        if _WITH_SCHEMAS.isdisjoint(schema):
            say_values(schema, pointer, into, legacy=self.legacy)
            say_annotations(schema, pointer, into)
            self._bind(pointer, into)
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            self._collect((self._end(canonical(reference)), False), into, seen)
            if self.legacy:
                say_annotations(schema, pointer, into)
                return
        if not own and "discriminator" in schema and self._selected(pointer, schema, into, seen):
            return
        say_values(schema, pointer, into, legacy=self.legacy)
        say_annotations(schema, pointer, into)
        self._children(schema, pointer, into)
        for keyword in ("oneOf", "anyOf"):
            branches = schema.get(keyword)
            if isinstance(branches, list) and branches:
                self._union(keyword, pointer, schema, into, seen)
        members = schema.get("allOf")
        for index, member in enumerate(members) if isinstance(members, list) else ():
            place = f"{pointer}/allOf/{index}"
            (end, _), *_ = self._child(place, member)
            name = component_of(end) if end != place else None
            if name is not None and end == join(SCHEMAS, name):
                into.parents.setdefault(name, place)
            takes_own = end != place and self.discriminators.takes_own_part(pointer, end)
            self._collect((end, takes_own), into, seen)
        if not own and isinstance(schema.get("discriminator"), dict):
            into.discriminator = Fact(schema["discriminator"], f"{pointer}/discriminator")
        self._bind(pointer, into)

    def _bind(self, pointer: str, into: Meaning) -> None:
        """Add the values that discriminators elsewhere require for the properties of a schema."""
        for name, tags in self.discriminators.bound(pointer).items():
            if name in into.properties:
                place = join(pointer, IMPLIED, name)
                self._imply(place, {"enum": tags})
                into.properties[name] = (*into.properties[name], (place, False))

    def _selected(self, pointer: str, schema: Mapping[str, Any], into: Meaning, seen: set[Part]) -> bool:
        """Whether a base schema means the schemas of its discriminator; they become its union."""
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
        into.discriminator = Fact(schema["discriminator"], f"{pointer}/discriminator")
        seen.add((pointer, True))
        return True

    def _children(self, schema: Mapping[str, Any], pointer: str, into: Meaning) -> None:
        into.merged = into.merged or depends(schema, into)
        properties = schema.get("properties")
        if isinstance(properties, dict):
            around = f"{pointer}/properties/"
            for name, held in properties.items():
                place = around + escape(name)
                child = self._child(place, held)
                if name in into.properties:
                    into.properties[name] = joined(into.properties[name], child)
                else:
                    into.properties[name] = child
                    into.properties_at[name] = place
        required = schema.get("required")
        for index, name in enumerate(required) if isinstance(required, list) else ():
            if not isinstance(name, str):
                continue  # places such as callbacks are not validated
            if name not in into.required:
                into.required[name] = f"{pointer}/required/{index}"
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            rest = keyword == "additionalProperties" or "additionalProperties" not in schema
            if rest and schema.get(keyword) is False:
                into.closed = into.closed or f"{pointer}/{keyword}"
        for keyword in INSIDE if not INSIDE_SET.isdisjoint(schema) else ():
            held = schema.get(keyword)
            if keyword in ("then", "else") and "if" not in schema:
                continue
            if matters(keyword, held):
                child = self._child(f"{pointer}/{keyword}", held)
                into.inside[keyword] = joined(into.inside.get(keyword, ()), child)
        for keyword in NAMED if not NAMED_SET.isdisjoint(schema) else ():
            held = schema.get(keyword)
            for name, each in held.items() if isinstance(held, dict) else ():
                group = into.named.setdefault(keyword, {})
                child = self._child(join(pointer, keyword, name), each)
                group[name] = joined(group.get(name, ()), child)
        prefix = schema.get("prefixItems")
        if isinstance(prefix, list):
            into.prefix = tuple(
                self._child(f"{pointer}/prefixItems/{index}", each) for index, each in enumerate(prefix)
            )

    def _union(
        self, keyword: str, pointer: str, schema: Mapping[str, Any], into: Meaning, seen: set[Part]
    ) -> None:
        nodes = [
            self._child(f"{pointer}/{keyword}/{index}", each) for index, each in enumerate(schema[keyword])
        ]
        branches = [node for node in nodes if not self._only_null(node)]
        if any(restricts_null(self.resolve(node[0][0])) for node in nodes if node not in branches):
            into.merged = True
        if keyword == "oneOf" and len(branches) < len(nodes):
            into.merged = into.merged or any(self._nullable(node[0], frozenset()) for node in branches)
        if len(branches) == 1:
            self._collect(branches[0][0], into, seen)
            return
        if not branches:
            into.merged = True
            restrict(into, frozenset(), f"{pointer}/{keyword}")
            return
        if self._folded(branches, f"{pointer}/{keyword}", into):
            return
        switch = self.discriminators.switch(pointer, schema) if "discriminator" in schema else None
        called: dict[str, str] = {}
        for tag, target in switch.targets if switch is not None else ():
            called.setdefault(target, tag)
        tags = tuple(called.get(node[0][0]) for node in branches)
        union = Union(keyword, f"{pointer}/{keyword}", tuple(branches), tags)
        for index, other in enumerate(into.unions):
            if other.keyword == keyword and self._alike(other, union):
                both = (joined(one, more) for one, more in zip(other.branches, branches, strict=True))
                into.unions[index] = other._replace(branches=tuple(both))
                return
        into.unions.append(union)

    def _alike(self, one: Union, other: Union) -> bool:
        """Whether two unions that both apply have equal branches."""
        if len(one.branches) != len(other.branches):
            return False
        if self._are_entangled((*one.branches, *other.branches)):
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
        """Replace a union that only lists types or values by the list; return whether it is one."""
        if any(map(self._has_more_than_values, branches)) or self._are_entangled(branches):
            return False
        meanings = [self.meaning(node) for node in branches]
        if pointer.endswith("/oneOf") and len(meanings) <= _MOST_FOLDED and overlap(meanings):
            return False
        if all(each.plain for each in meanings):
            listed = [each.types for each in meanings if each.types is not None]
            restrict(into, joined_types(listed), pointer)
            return True
        texts = [each for each in meanings if each.types in (None, frozenset({"string"})) or each.plain]
        if len(texts) != len(meanings):
            return False
        lists = [each.values for each in meanings if each.values is not None and lists_only(each)]
        free = [each for each in meanings if each.plain]
        if len(lists) + len(free) != len(meanings) or (free and not same_type(free, lists)):
            return False
        values = tuple({key_of(value): value for each in lists for value in each}.values())
        list_values(into, values, pointer, constant=False)
        into.open = into.open or bool(free)
        for each in meanings[:1]:
            if each.types is not None:
                restrict(into, each.types, pointer)
        return True

    def _are_entangled(self, branches: Iterable[Node]) -> bool:
        """Whether the meaning of a branch is being built, so that the branch contains its own union."""
        found = any(node in self._building for node in branches)
        self.entangled = self.entangled or found
        return found

    def _has_more_than_values(self, node: Node) -> bool:
        """Whether a branch shows at a glance that it does not only list types or values."""
        schema = self.resolve(node[0][0])
        return isinstance(schema, dict) and bool(schema.get("properties"))

    def _only_null(self, node: Node) -> bool:
        schema = self.resolve(node[0][0])
        if not isinstance(schema, dict):
            return False
        return schema.get("type") in ("null", ["null"]) or schema.get("enum") == [None] or null_const(schema)

    def _nullable(self, part: Part, seen: frozenset[str]) -> bool:
        pointer, _ = part
        if pointer.startswith(TYPE_MARK):
            return False
        schema = self.resolve(pointer)
        if schema is False:
            return False
        if pointer in seen or not isinstance(schema, dict):
            return True
        declared = schema.get("type")
        if schema.get("nullable") is True:
            return True  # OpenAPI 3.0, but many documents of 3.1 still have it
        if isinstance(declared, str) and declared != "null":
            return False
        seen |= {pointer}
        if declared is not None:
            allowed = "null" in declared if isinstance(declared, list) else declared == "null"
        else:
            listed = schema.get("enum")
            allowed = not isinstance(listed, list) or None in listed
            allowed = allowed and ("const" not in schema or schema["const"] is None)
        for keyword in ("oneOf", "anyOf"):
            branches = schema.get(keyword)
            if allowed and isinstance(branches, list) and branches:
                places = (f"{pointer}/{keyword}/{index}" for index in range(len(branches)))
                allowed = any(self._nullable((place, False), seen) for place in places)
        members = schema.get("allOf")
        if allowed and isinstance(members, list):
            places = (f"{pointer}/allOf/{index}" for index in range(len(members)))
            allowed = all(self._nullable((place, False), seen) for place in places)
        if allowed and isinstance(schema.get("$ref"), str):
            allowed = self._nullable((canonical(schema["$ref"]), False), seen)
        return allowed
