"""Schemas that require themselves, so that no finite value matches."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.json_values import as_list, as_object, is_number
from aoai_specs.lint.checks.keywords import types_of
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import Node, Outline
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, schema_name
from aoai_specs.pointers import canonical, join
from aoai_specs.schemas.patterns import matches

#: How often all schemas are examined; each round settles those that depend on settled ones.
_ROUNDS = 60
#: The keywords by which a schema can need another one.
_NEEDING = frozenset({"$ref", "allOf", "anyOf", "oneOf", "required", "minItems", "contains", "minProperties"})


@check
def self_requiring_schema(subject: Subject) -> Iterator[Mistake]:
    """A schema that requires a value of itself, so that no finite value matches."""
    unsettled = _unsettled(subject.outline)
    if unsettled is None:
        return
    needs = {pointer: unsettled.blocked(node) for pointer, node in unsettled.left.items()}
    for pointer, node in unsettled.left.items():
        named = node.field in ("schemas", "definitions") and node.parent is not None
        if named and (way := _way_back(pointer, needs)) is not None:
            through = ", ".join(schema_name(each) for each in way[:4])
            yield Mistake(
                pointer,
                f"{schema_name(pointer)} requires itself (through {through}), so no finite value matches.",
            )


def _way_back(start: str, needs: dict[str, list[str]]) -> list[str] | None:
    """Return the places on a way from a schema to itself, or None."""
    waiting = [(each, [each]) for each in needs[start]]
    seen: set[str] = set()
    while waiting:
        place, way = waiting.pop()
        if place == start:
            return way[:-1] or [start]
        if place in seen:
            continue
        seen.add(place)
        waiting += [(each, [*way, each][-8:]) for each in needs.get(place, ())]
    return None


class _Unsettled:
    """The schemas that no value is known to match yet."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.left = {node.pointer: node for node in reversed(list(outline.nodes("schema")))}

    def blocked(self, node: Node) -> list[str]:
        """Return the unsettled schemas that a value of a schema needs; empty if a value matches."""
        schema, later = node.value, self.outline.version > 30
        if _NEEDING.isdisjoint(schema):
            return []
        needed: list[str] = []
        target = schema.get("$ref")
        if isinstance(target, str):
            needed += self._among(canonical(target))
            if not later:
                return needed
        if "enum" in schema or "const" in schema:
            return needed
        if schema.get("nullable") is True or schema.get("x-nullable") is True:
            return needed
        for at, _ in enumerate(as_list(schema.get("allOf"))):
            needed += self._among(join(node.pointer, "allOf", at))
        for union in ("anyOf", "oneOf"):
            branches = [
                self._among(join(node.pointer, union, at)) for at, _ in enumerate(as_list(schema.get(union)))
            ]
            if branches and all(branches):
                needed += [each for branch in branches for each in branch]
        return needed + self._blocked_value(node)

    def _blocked_value(self, node: Node) -> list[str]:
        combines = "allOf" in node.value or "$ref" in node.value
        listed = self.outline.parts(node.pointer) if combines else (node,)
        types: set[str] | None = None
        for stated in (types_of(part.value) for part in listed):
            if stated:
                types = set(stated) if types is None else types & set(stated)
        if types is None and any({"properties", "required"} & part.value.keys() for part in listed):
            types = {"object"}
        if not types or types - {"object", "array"}:
            return []
        ways = [
            self._of_object(listed) if each == "object" else self._of_array(listed) for each in sorted(types)
        ]
        return ways[0] if all(ways) else []

    def _of_object(self, listed: tuple[Node, ...]) -> list[str]:
        required = {
            name for part in listed for name in as_list(part.value.get("required")) if isinstance(name, str)
        }
        needed: list[str] = []
        for part in listed:
            properties = as_object(part.value.get("properties"))
            patterns = as_object(part.value.get("patternProperties"))
            further = self._among(join(part.pointer, "additionalProperties"))
            for name in required:
                if name in properties:
                    needed += self._among(join(part.pointer, "properties", name))
                elif further and not any(matches(each, name) for each in patterns):
                    needed += further
            least = part.value.get("minProperties")
            if not required and further and is_number(least) and least > 0:
                ways = [self._among(join(part.pointer, "properties", name)) for name in properties]
                needed += further if all(ways) else []
        return needed

    def _of_array(self, listed: tuple[Node, ...]) -> list[str]:
        needed: list[str] = []
        counts = [part.value["minItems"] for part in listed if is_number(part.value.get("minItems"))]
        least = min(max(counts, default=0), 100)
        for part in listed:
            first = as_list(part.value.get("prefixItems"))
            for at in range(min(len(first), int(least))):
                needed += self._among(join(part.pointer, "prefixItems", at))
            if least > len(first):
                needed += self._among(join(part.pointer, "items"))
            if part.value.get("minContains") != 0:
                needed += self._among(join(part.pointer, "contains"))
        return needed

    def _among(self, pointer: str) -> list[str]:
        return [pointer] if pointer in self.left else []


def _unsettled(outline: Outline) -> _Unsettled | None:
    """Return the schemas that no value matches, or None if that takes too long to find out."""
    unsettled = _Unsettled(outline)
    for _ in range(_ROUNDS):
        before = len(unsettled.left)
        for pointer, node in list(unsettled.left.items()):
            if not unsettled.blocked(node):
                del unsettled.left[pointer]
        if not unsettled.left or len(unsettled.left) == before:
            return unsettled
    return None
