"""Verdicts where keywords depend on each other: what is lost decides, not which keyword changed."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import changes, description

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
LIST: dict[str, Any] = {"type": "array"}
OBJECT: dict[str, Any] = {"type": "object"}
MAP = {**OBJECT, "additionalProperties": NUMBER}
CLOSED = {**OBJECT, "additionalProperties": False}
NAMED = {**OBJECT, "required": ["a"], "properties": {"a": TEXT}}
NUMBERED = {**OBJECT, "required": ["b"], "properties": {"b": NUMBER}}
PREFIXED = {"patternProperties": {"^x-": TEXT}}

LOST, GAINED, BOTH, NONE = {"request"}, {"response"}, {"request", "response"}, set[str]()

#: Two schemas, and the directions in which the change from the first to the second breaks clients.
BREAKING: list[tuple[str, Any, Any, set[str]]] = [
    ("a name in a typed map", MAP, {**MAP, "properties": {"b": TEXT}}, BOTH),
    ("a forbidden property", OBJECT, {**OBJECT, "properties": {"a": False}}, LOST),
    ("no further items", {**LIST, "prefixItems": [NUMBER]}, {**LIST, "prefixItems": [NUMBER], "items": False},
     LOST),
    ("a pattern of names in a closed object", CLOSED, {**CLOSED, **PREFIXED}, GAINED),
    ("a first item of another type", {**LIST, "items": TEXT},
     {**LIST, "items": TEXT, "prefixItems": [NUMBER]}, BOTH),
    ("any number of matches", {**LIST, "contains": NUMBER}, {**LIST, "contains": NUMBER, "minContains": 0},
     GAINED),
    ("a branch that overlaps another", {"oneOf": [{"type": "number"}, TEXT]},
     {"oneOf": [{"type": "number"}, TEXT, NUMBER]}, LOST),
    ("an object that becomes a union", OBJECT, {"anyOf": [NAMED, NUMBERED]}, LOST),
    ("a wider branch that overlaps", {"oneOf": [{"const": 1}, {"minimum": 5}]},
     {"oneOf": [{"enum": [1, 7]}, {"minimum": 5}]}, LOST),
    ("a wider pattern", {**TEXT, "pattern": "^[a-c]$"}, {**TEXT, "pattern": "^[a-z]$"}, GAINED),
    ("a pattern written differently", {**TEXT, "pattern": "^(a|b)+$"}, {**TEXT, "pattern": "^[ab]+$"}, NONE),
    ("null that an enumeration excludes", {"type": ["string", "null"], "enum": ["a"]},
     {"type": ["string", "null"], "enum": ["a", None]}, GAINED),
    ("properties that closed members exclude",
     {"allOf": [{**CLOSED, "properties": {"a": TEXT}}]},
     {"allOf": [{**CLOSED, "properties": {"a": TEXT}}, {"required": ["b"], "properties": {"b": TEXT}}]},
     LOST),
    ("two conditions", {"allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}}]},
     {"allOf": [{"contains": {"const": 1}}]}, GAINED),
    ("true instead of 1", {"const": 1}, {"const": True}, BOTH),
    ("true in a list instead of 1", {"enum": [[1]]}, {"enum": [[True]]}, BOTH),
    ("a condition that never applies", {"if": {"type": "string"}, "then": {"maximum": 3}},
     {"if": {"type": "string"}, "then": {"maximum": 4}}, NONE),
]  # fmt: skip

#: Two ways to write the same.
EQUAL: list[tuple[str, Any, Any]] = [
    ("a length of a number", NUMBER, {**NUMBER, "maxLength": 15}),
    ("`then` without `if`", NUMBER, {**NUMBER, "then": TEXT}),
    ("a bound of integers", {**NUMBER, "minimum": 1}, {**NUMBER, "exclusiveMinimum": 0}),
    ("a bound between integers", {**NUMBER, "maximum": 3}, {**NUMBER, "maximum": 3.5}),
    ("a limit that listed values respect", {**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["a"], "maxLength": 3}),
    ("`nullable` in 3.1", {"type": ["string", "null"]}, {**TEXT, "nullable": True}),
    ("numbers in a default", {**LIST, "default": [1.0]}, {**LIST, "default": [1], "items": {}}),
    ("a member that repeats another", {"allOf": [NAMED, NAMED]}, {"allOf": [NAMED]}),
]


def breaking(base: Any, revision: Any) -> set[str]:
    sides = (description(request=each, response=each, openapi="3.1.0") for each in (base, revision))
    return {
        other.direction
        for each in changes(*sides)
        for other in each.operations
        if other.verdict == "breaking"
    }


@pytest.mark.parametrize("back", [False, True])
def test_what_is_lost_or_gained_is_breaking(back: bool) -> None:
    other_way = {"request": "response", "response": "request"}
    wrong = {}
    for name, base, revision, expected in BREAKING:
        found = breaking(revision, base) if back else breaking(base, revision)
        if found != ({other_way[each] for each in expected} if back else expected):
            wrong[name] = found
    assert wrong == {}


def test_what_allows_the_same_values_is_no_change() -> None:
    different = {}
    for name, *pair in EQUAL:
        sides = [description(request=each, response=each, openapi="3.1.0") for each in pair]
        found = [each.id for each in (*changes(*sides), *changes(*sides[::-1]))]
        if found:
            different[name] = found
    assert different == {}


def test_a_loss_that_no_keyword_explains_shows_a_lost_value() -> None:
    before = description(request={**OBJECT, "properties": {"type": TEXT}}, openapi="3.1.0")
    union = {
        "oneOf": [
            {**OBJECT, "required": ["type"], "properties": {"type": {"const": name}, name: TEXT}}
            for name in ("a", "b")
        ]
    }
    found = changes(before, description(request=union, openapi="3.1.0"))
    assert {each.verdict for each in found} >= {"breaking"}


def test_the_order_of_a_mapping_does_not_matter() -> None:
    refs = {name: f"#/components/schemas/{name}" for name in ("One", "Two")}
    either = {"anyOf": [TEXT, {}]}
    parts = {"One": {}, "Two": {}, "Kept": {"properties": {"list": either},
                                           "allOf": [{"$ref": "#/components/schemas/Base"}]}}  # fmt: skip
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}
    base = {"properties": {"list": {"anyOf": [items]}}, "discriminator": {"propertyName": "role"}}
    sides = [
        description(
            request={"$ref": "#/components/schemas/Base"},
            schemas={
                **parts,
                "Base": base,
                "Part": {"discriminator": {"propertyName": "type", "mapping": mapping}},
            },
        )
        for mapping in (refs, dict(reversed(refs.items())))
    ]
    assert changes(*sides) == ()
