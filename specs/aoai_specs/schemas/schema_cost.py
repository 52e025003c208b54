"""The cost of validating one value: how many schemas are applied to the value itself.

Unions of unions that are each referenced twice are short to write and double the time with each step. A
schema that costs more than `MOST_APPLIED` is rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aoai_specs.json_values import nodes

#: The most schemas applied to one value. Published descriptions need a few hundred.
MOST_APPLIED = 50_000
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_APPLYING = frozenset({"$ref", *_LISTS, *_SINGLE})


def require_bounded(schema: dict[str, Any]) -> None:
    """Raise ValueError if a translated schema costs too much."""
    Costs(schema.get("$defs", {})).require_schema(schema)


class Costs:
    """The costs of definitions, which may grow in number."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._known: dict[str, int] = {}
        self._of_node: dict[int, int] = {}
        self._bounded: set[str] = set()

    def require_bounded(self, names: Iterable[str]) -> None:
        """Raise ValueError if one of some definitions costs too much; each is examined once."""
        for name in names:
            if name not in self._bounded:
                self.require_schema(self._definitions[name])
                self._bounded.add(name)

    def require_schema(self, schema: dict[str, Any]) -> None:
        """Raise ValueError if a schema costs too much."""
        try:
            for node in nodes(schema):
                if isinstance(node, dict) and self.of(node) > MOST_APPLIED:
                    raise ValueError(
                        f"its branches unfold to more than {MOST_APPLIED:,} schemas for one value"
                    )
        except RecursionError:
            raise ValueError("its references are nested too deeply") from None

    def of(self, node: dict[str, Any]) -> int:
        """Return how many schemas a schema applies to one value."""
        if _APPLYING.isdisjoint(node):
            return 1
        known = self._of_node.get(id(node))
        if known is None:
            known = self._of_node[id(node)] = 1 + sum(map(self._of_branch, _applied(node)))
        return known

    def _of_branch(self, branch: Any) -> int:
        if isinstance(branch, dict):
            return self.of(branch)
        return self._of_definition(branch) if isinstance(branch, str) else 1

    def _of_definition(self, reference: str) -> int:
        name = reference.removeprefix("#/$defs/")
        if name not in self._known:
            self._known[name] = 1  # circles are rejected elsewhere
            definition = self._definitions.get(name)
            self._known[name] = self.of(definition) if isinstance(definition, dict) else 1
        return self._known[name]


def _applied(node: dict[str, Any]) -> Iterator[Any]:
    """Yield the schemas that a schema applies to the same value; a string is a reference."""
    if isinstance(node.get("$ref"), str):
        yield node["$ref"]
    for keyword in _LISTS:
        listed = node.get(keyword)
        yield from (each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict))
    yield from (node[keyword] for keyword in _SINGLE if isinstance(node.get(keyword), dict))
