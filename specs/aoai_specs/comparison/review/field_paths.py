"""The way from a body to a changed field, as client code writes it: `choices[].message.refusal`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from aoai_specs.comparison.change import Change, Trail
from aoai_specs.comparison.schemas.fields import place_within
from aoai_specs.comparison.schemas.meaning import IMPLIED, Meaning, Node
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.errors import DocumentError

_INSIDE = {"items": "[]", "contains": "[]", "unevaluatedItems": "[]", "additionalProperties": ".*"}


class FieldPaths:
    """The paths of changed fields in two descriptions; the contents are OpenAPI 3 with valid references."""

    def __init__(self, base: Mapping[str, Any], revision: Mapping[str, Any]) -> None:
        self._base = Meanings(base)
        self._revision = Meanings(revision)

    def path(self, change: Change, trail: Trail | None) -> str:
        """Return the path of a change at the end of a trail; "" for a whole body and outside bodies."""
        steps: list[str] = []
        step = trail
        while step is not None:
            steps.append(step[0] if change.gone else step[1])
            step = step[2]
        if not steps:
            return ""
        steps.reverse()
        meanings = self._base if change.gone else self._revision
        parts = [_label(meanings, parent, child) for parent, child in pairwise(steps)]
        rest = change.pointer.removeprefix(steps[-1])
        if rest != change.pointer:
            inside = place_within(f"#/components/schemas/any{rest}")
        elif change.pointer.startswith("#/components/"):
            inside = place_within(change.pointer)  # a member of an allOf
        else:
            return place_within(change.pointer)  # the same change in the body of another operation
        before = "".join(parts)
        end = inside if not inside or inside.startswith("[") else f".{inside}"
        if rest == change.pointer and end and before.endswith(end):
            end = ""  # the schema of another operation, which has the same field
        return f"{before}{end}".removeprefix(".")


def _label(meanings: Meanings, parent: str, child: str) -> str:
    """Return how one schema holds another: `.name`, `[]`, or "" for a branch of a union."""
    try:
        meaning = meanings.meaning(((parent.partition(f"/{IMPLIED}/")[0], False),))
    except DocumentError:
        return ""
    for name, node in meaning.properties.items():
        if _holds(node, child):
            return f".{name}"
    return _inside(meaning, child)


def _inside(meaning: Meaning, child: str) -> str:
    for keyword, node in meaning.inside.items():
        if _holds(node, child):
            return _INSIDE.get(keyword, "")
    for index, node in enumerate(meaning.prefix):
        if _holds(node, child):
            return f"[{index}]"
    return ""


def _holds(node: Node, pointer: str) -> bool:
    return any(part == pointer for part, _ in node)
