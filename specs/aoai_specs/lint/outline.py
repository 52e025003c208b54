"""Every object of a description as it is written, with its kind and place.

One walk along the grammar of the version feeds all checks of the structure. It needs no sound structure: what
has the wrong form is listed and not entered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aoai_specs.json_values import is_number
from aoai_specs.lint.grammar import PLAIN, VERSIONS, Field, Grammar, grammar, map_kind, version_of
from aoai_specs.operations import METHODS
from aoai_specs.pointers import canonical, join

#: The beginning of names that are extensions.
EXTENSION = "x-"
#: The most schemas that are looked at for one value.
MOST_PARTS = 200


@dataclass(slots=True, eq=False)  # not frozen: there are tens of thousands, and freezing doubles the time
class Node:
    """An object of a description. `key` is the name or index under which its parent holds it in `field`."""

    kind: str
    pointer: str
    value: dict[str, Any] = field(repr=False)
    parent: Node | None = field(default=None, repr=False)
    field: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A `$ref` where an object of a kind is expected; `holder` is the object with the `$ref`."""

    kind: str
    pointer: str
    target: str
    holder: dict[str, Any] = field(repr=False)
    parent: Node | None = field(default=None, repr=False)
    field: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that has not the form of its field."""

    pointer: str
    name: str
    expected: str
    value: Any


class Outline:
    """The objects of a description by kind, its references and its misfits, in document order.

    `kinds` maps the pointer of each object to its kind, and of each container of components to `map of …`.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.grammar: Grammar = grammar(version_of(content))
        self.version = self.grammar.version
        self.references: list[Reference] = []
        self.misfits: list[Misfit] = []
        self.kinds: dict[str, str] = {}
        self._nodes: dict[str, list[Node]] = {}
        self._by_pointer: dict[str, Node] = {}
        self._parts: dict[str, tuple[Node, ...]] = {}
        self._walk()

    @property
    def version_name(self) -> str:
        """The version as a message names it."""
        return VERSIONS[self.version]

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """Yield the objects of some kinds."""
        for kind in kinds:
            yield from self._nodes.get(kind, ())

    def every(self) -> Iterator[Node]:
        """Yield all objects."""
        yield from self._by_pointer.values()

    def at(self, pointer: str) -> Node | None:
        """Return the object at a pointer, or None."""
        return self._by_pointer.get(pointer)

    def follow(self, pointer: str) -> Node | None:
        """Return the object that a pointer leads to through references, or None."""
        for _ in range(50):
            node = self._by_pointer.get(pointer)
            if node is not None and not isinstance(node.value.get("$ref"), str):
                return node
            holder = node.value if node is not None else self._holders.get(pointer)
            if holder is None:
                return None
            pointer = canonical(holder["$ref"])
        return None

    def items(self, node: Node, name: str) -> Iterator[tuple[str, Node]]:
        """Yield the objects in a list or map of a node with their places, references followed."""
        held = node.value.get(name)
        keys: Any = held if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ()
        for key in keys:
            place = join(node.pointer, name, key)
            found = self.follow(place)
            if found is not None:
                yield place, found

    def parts(self, pointer: str) -> tuple[Node, ...]:
        """Return the schemas that apply to one value: that at a pointer, its references, `allOf` members."""
        if pointer not in self._parts:
            self._parts[pointer] = tuple(self._applied(pointer))
        return self._parts[pointer]

    def _applied(self, pointer: str) -> list[Node]:
        found: list[Node] = []
        waiting, seen = [pointer], {pointer}
        while waiting and len(found) < MOST_PARTS:
            node = self._by_pointer.get(waiting.pop(0))
            if node is None or node.kind != "schema":
                continue
            inner: list[str] = []
            target = node.value.get("$ref")
            if isinstance(target, str):
                inner.append(canonical(target))
            if not isinstance(target, str) or self.version > 30:
                found.append(node)
                members = node.value.get("allOf")
                if isinstance(members, list):
                    inner += [join(node.pointer, "allOf", at) for at in range(len(members))]
            waiting += [each for each in inner if each not in seen]
            seen.update(inner)
        return found

    def _walk(self) -> None:
        self._holders: dict[str, dict[str, Any]] = {}
        waiting: list[Node] = [Node("document", "#", self.content)]
        while waiting:
            node = waiting.pop()
            self._by_pointer[node.pointer] = node
            self._nodes.setdefault(node.kind, []).append(node)
            self.kinds[node.pointer] = node.kind
            inside: list[Node] = []
            self._enter_fields(node, inside)
            waiting += reversed(inside)

    def _enter_fields(self, node: Node, inside: list[Node]) -> None:
        """Add the objects right inside a node."""
        free = map_kind(node.kind)
        if free is not None:
            for name, value in node.value.items():
                if not name.startswith(EXTENSION) and name != "$ref":
                    self._enter(node, free, join(node.pointer, name), value, "", name, inside)
            return
        fields = self.grammar.fields.get(node.kind, {})
        for name, value in node.value.items():
            known = fields.get(name)
            if known is not None:
                self._enter_field(node, name, known, value, inside)

    def _enter_field(self, node: Node, name: str, known: Field, value: Any, inside: list[Node]) -> None:
        pointer = join(node.pointer, name)
        if known.form == "one" and known.kind in PLAIN:
            self._take_plain(known.kind, pointer, value, name)
        elif known.form == "one":
            self._enter(node, known.kind, pointer, value, name, name, inside)
        elif known.form == "list" and isinstance(value, list):
            self.kinds[pointer] = "list"
            if known.kind == "any":
                return
            for index, each in enumerate(value):
                self._enter(node, known.kind, join(pointer, index), each, name, str(index), inside)
        elif known.form == "map" and isinstance(value, dict):
            self.kinds[pointer] = "map"
            for key, each in value.items():
                if node.kind != "components" or not key.startswith(EXTENSION) or known.kind == "schema":
                    self._enter(node, known.kind, join(pointer, key), each, name, key, inside)
        else:
            self.misfits.append(Misfit(pointer, name, known.described, value))

    def _enter(
        self, parent: Node, kind: str, pointer: str, value: Any, name: str, key: str, inside: list[Node]
    ) -> None:
        if kind in PLAIN:
            self._take_plain(kind, pointer, value, key)
            return
        if not isinstance(value, dict):
            if not (kind == "schema" and isinstance(value, bool) and self._allows_truth(name)):
                self.misfits.append(Misfit(pointer, key, Field(kind, "one", False).described, value))
            return
        target = value.get("$ref")
        if isinstance(target, str):
            self.references.append(
                Reference(kind, join(pointer, "$ref"), canonical(target), value, parent, name, key)
            )
            if kind in self.grammar.references and kind not in ("schema", "path-item"):
                self._holders[pointer] = value
                return
        inside.append(Node(kind, pointer, value, parent, name, key))

    def _take_plain(self, kind: str, pointer: str, value: Any, name: str) -> None:
        if not _fits(kind, value):
            self.misfits.append(Misfit(pointer, name, Field(kind, "one", False).described, value))
        elif kind == "any" and isinstance(value, dict | list):
            self.kinds[pointer] = "data"

    def _allows_truth(self, name: str) -> bool:
        return self.version >= 31 or name == "additionalProperties"


def operations(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the method and the tokens of the place of each operation of a path item."""
    for method in (*METHODS, "query"):
        if isinstance(item.get(method), dict):
            yield method.upper(), method
    further = item.get("additionalOperations")
    for method in further if isinstance(further, dict) else ():
        yield method, f"additionalOperations/{method}"


def _fits(kind: str, value: Any) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "number":
        return is_number(value)
    if kind == "count":
        return is_number(value) and value >= 0 and value == int(value)
    return True
