"""Finding schemas that are written identically with everything they refer to, and need no comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.comparison.schemas.meaning import Node, only_refers
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.json_values import CONTAINERS, are_identical
from aoai_specs.pointers import canonical, join
from aoai_specs.schemas.discriminators import SCHEMAS


class Equality:
    """The identical parts of two descriptions; none if their dialects differ."""

    def __init__(self, base: Meanings, revision: Meanings) -> None:
        self._base = base
        self._revision = revision
        self._comparable = base.legacy == revision.legacy
        #: The component schemas that are written identically with everything they refer to.
        self.components = self._same_components() if self._comparable else frozenset()
        self._known: dict[tuple[str, str], bool] = {}

    def nodes(self, base: Node, revision: Node) -> bool:
        """Whether two nodes are written identically."""
        if not self._comparable or len(base) != len(revision):
            return False
        if len(base) == 1:
            return base[0][1] == revision[0][1] and self._places(base[0][0], revision[0][0])
        return all(
            own == other_own and self._places(pointer, other)
            for (pointer, own), (other, other_own) in zip(base, revision, strict=True)
        )

    def schemas(self, one: Any, other: Any, pointers: tuple[str, str]) -> bool:
        """Whether two schemas at or inside two places are certainly written identically.

        This is faster than making and comparing their nodes, which may be identical nevertheless.
        """
        if not self._comparable or not are_identical(one, other):
            return False
        named = pointers[0] != pointers[1] and any(each.startswith(SCHEMAS) for each in pointers)
        return (not named or only_refers(one)) and self._refers_to_same(one)

    def _places(self, base: str, revision: str) -> bool:
        key = (base, revision)
        if key not in self._known:
            self._known[key] = self._same_places(base, revision)
        return self._known[key]

    def _same_places(self, base: str, revision: str) -> bool:
        if base.startswith("type:") or revision.startswith("type:"):
            return base == revision
        if base == revision and base in self.components:
            return True
        one, other = self._base.resolve(base), self._revision.resolve(revision)
        if not are_identical(one, other):
            return False
        if base != revision and (base.startswith(SCHEMAS) or revision.startswith(SCHEMAS)):
            return False  # discriminators refer to schemas by name
        return self._refers_to_same(one)

    def _refers_to_same(self, schema: Any) -> bool:
        """Whether everything that a schema refers to is identical."""
        if isinstance(schema, dict) and CONTAINERS.isdisjoint(map(type, schema.values())):
            target = schema.get("$ref")
            return not isinstance(target, str) or canonical(target) in self.components
        return all(target in self.components for target in _references(schema))

    def _same_components(self) -> frozenset[str]:
        same: dict[str, set[str]] = {}
        for name, schema in self._base.schemas.items():
            pointer = join(SCHEMAS, name)
            if name not in self._revision.schemas:
                continue
            if not are_identical(schema, self._revision.schemas[name]):
                continue
            selected, other = (_selected(each, pointer, schema) for each in (self._base, self._revision))
            if selected == other:
                same[pointer] = {*_references(schema), *(target for _, target in selected)}
        users: dict[str, list[str]] = {}
        for pointer, needs in same.items():
            for each in needs:
                users.setdefault(each, []).append(pointer)
        unequal = [each for each in users if each not in same]
        while unequal:
            using = users.get(unequal.pop(), ())
            unequal += [pointer for pointer in using if same.pop(pointer, None) is not None]
        return frozenset(same)


def _selected(meanings: Meanings, pointer: str, schema: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(schema, dict):
        return ()
    switch = meanings.discriminators.switch(pointer, schema) if "discriminator" in schema else None
    targets = () if switch is None else switch.targets
    tags_of = meanings.discriminators.bound(pointer)
    if not tags_of:
        return targets
    return targets + tuple((f"{name}={tag}", pointer) for name, tags in tags_of.items() for tag in tags)


def _references(value: Any) -> Iterator[str]:
    """Yield each reference in a schema, however it is written; extra ones, as in examples, are harmless."""
    stack = [value]
    while stack:
        held = stack.pop()
        if type(held) is list:
            stack += [each for each in held if type(each) in CONTAINERS]
        elif type(held) is dict:
            for key, each in held.items():
                if type(each) is str:
                    if key == "$ref":
                        yield canonical(each)
                elif type(each) in CONTAINERS:
                    stack.append(each)
