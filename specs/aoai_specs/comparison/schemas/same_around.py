"""Objects and arrays that are the same on both sides apart from the schemas of their properties and items.

What differs is inside, so that their meanings need not be compared. Large descriptions have many such pairs.
"""

from __future__ import annotations

from typing import Any

from aoai_specs.comparison.keywords import ANNOTATIONS
from aoai_specs.comparison.schemas.meaning import Node, matters
from aoai_specs.comparison.schemas.pairs import Inside, Schemas
from aoai_specs.json_values import are_identical
from aoai_specs.pointers import escape

#: Keywords with schemas, in the order in which differences are reported, and the type that each applies to.
_HOLDING = {"properties": "object", "items": "array", "additionalProperties": "object"}
#: The other keywords that such a schema may have, which have to be identical.
_SAME = ANNOTATIONS | {"type", "required", "nullable", "format", "pattern"}
_IGNORED = frozenset({"example", "examples", "externalDocs", "xml"})


def changed_inside(base: Node, revision: Node, schemas: Schemas) -> tuple[Inside, ...] | None:
    """Return the changed pairs inside two nodes that differ in nothing else.

    The result is None if the nodes differ in something else, and where finding that out takes more than a
    look at their keywords: the meanings of these nodes have to be compared.
    """
    if len(base) != 1 or len(revision) != 1 or base[0][1] or revision[0][1] or not schemas.comparable:
        return None
    sides = ((schemas.base, base[0][0]), (schemas.revision, revision[0][0]))
    one, other = (meanings.resolve(pointer) for meanings, pointer in sides)
    if not _are_same_around(one, other) or any(side.discriminators.bound(place) for side, place in sides):
        return None
    found: list[Inside] = []
    pointers = (base[0][0], revision[0][0])
    for name, held in one.get("properties", {}).items():
        beside = other["properties"][name]
        if schemas.identical(held, beside, pointers):
            continue
        place = f"/properties/{escape(name)}"
        before = schemas.base.node(pointers[0] + place, held)
        after = schemas.revision.node(pointers[1] + place, beside)
        if not schemas.unchanged(before, after):
            hidden = schemas.base.hiding(before)
            if hidden != schemas.revision.hiding(after):
                return None
            found.append(Inside(before, after, hidden=hidden, keyword="properties"))
    for keyword in ("items", "additionalProperties"):
        if matters(keyword, one.get(keyword)) and matters(keyword, other.get(keyword)):
            before = schemas.base.node(f"{pointers[0]}/{keyword}", one[keyword])
            after = schemas.revision.node(f"{pointers[1]}/{keyword}", other[keyword])
            if not schemas.unchanged(before, after):
                found.append(Inside(before, after, keyword=keyword))
        elif one.get(keyword) != other.get(keyword):
            return None
    return tuple(found)


def _are_same_around(one: Any, other: Any) -> bool:
    """Whether two schemas are objects or arrays with the same simple keywords and the same properties."""
    if type(one) is not dict or type(other) is not dict or one.keys() != other.keys():
        return False
    return all(_is_same(keyword, one, other) for keyword in one) and _closes_with_all_required(one)


def _is_same(keyword: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    if keyword in _HOLDING:
        if "type" in one and _stated_types(one) != [_HOLDING[keyword]]:
            return False
        return keyword != "properties" or _have_same_names(one[keyword], other[keyword])
    if keyword in _SAME:
        return are_identical(one[keyword], other[keyword])
    return keyword in _IGNORED or (keyword.startswith("x-") and keyword != "x-extensible-enum")


def _have_same_names(one: Any, other: Any) -> bool:
    return type(one) is dict and type(other) is dict and one.keys() == other.keys()


def _stated_types(schema: dict[str, Any]) -> list[str]:
    """Return the types that a schema states, without null."""
    stated = schema["type"]
    return [each for each in (stated if isinstance(stated, list) else [stated]) if each != "null"]


def _closes_with_all_required(schema: dict[str, Any]) -> bool:
    """Whether an object that allows no further properties has all those that it requires."""
    closed = schema.get("additionalProperties") is False
    return not closed or set(schema.get("required", ())) <= schema.get("properties", {}).keys()
