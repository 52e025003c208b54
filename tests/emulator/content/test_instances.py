"""Instances match their schemas and stay small for any schema."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aoai_emulator.content.instances import compact, instance, object_instance
from aoai_emulator.content.patterns import matching
from aoai_emulator.content.seeding import chance
from claims import for_each

SCHEMAS = [
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"type": "object", "properties": {"a": {}, "b": {}}, "minProperties": 2},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "number"}},
    {"type": "array", "items": {"type": "integer"}, "minItems": 5, "uniqueItems": True},
    {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
    {"type": "array", "contains": {"const": 7}},
    {"type": "string", "minLength": 40, "maxLength": 41},
    {"type": "string", "maxLength": 2},
    {"type": "string", "format": "date-time"},
    {"type": "string", "pattern": r"^[A-Z]{3}-\d{2,4}$"},
    {"type": "string", "pattern": r"^(north|south)\.(\w+)?$", "minLength": 3},
    {"type": "integer", "minimum": 5, "maximum": 5},
    {"type": "integer", "exclusiveMinimum": -3, "exclusiveMaximum": -1},
    {"type": "integer", "maximum": -7},
    {"type": "integer", "minimum": 3, "multipleOf": 7},
    {"type": "number", "minimum": 0.1, "maximum": 0.2},
    {"type": "number", "exclusiveMaximum": 0},
    {"type": "number", "exclusiveMinimum": 12.5},
    {"type": "number", "minimum": 4, "multipleOf": 0.5},
    {"type": ["null", "boolean"]},
    {"type": ["string", "null"], "enum": ["a", None]},
    {"const": {"deep": [1]}},
    {"anyOf": [{"type": "null"}, {"type": "string"}]},
    {"oneOf": [{"type": "integer"}, {"type": "string"}]},
    {
        "allOf": [
            {"properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer", "minimum": 3}}, "required": ["b"]},
        ],
        "type": "object",
    },
    {
        "$defs": {"node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"},
         {"type": "null"}]}}, "required": ["next"], "additionalProperties": False}},
        "$ref": "#/$defs/node",
    },
    {
        "$defs": {"tree": {"type": "object", "properties": {"kids": {"type": "array",
         "items": {"$ref": "#/$defs/tree"}}}, "required": ["kids"]}},
        "$ref": "#/$defs/tree",
    },
    {"type": "object", "properties": {"self": {"$ref": "#"}, "a": {"type": "boolean"}}, "required": ["a"]},
    {},
    {"required": ["x"]},
]  # fmt: skip


@for_each(SCHEMAS, group=lambda schema: str(schema.get("type", "any")), name=str)
def test_an_instance_matches_its_schema(schema):
    for seed in range(4):
        built = instance(schema, chance(seed))
        jsonschema.Draft202012Validator(schema).validate(built)


SCALARS = st.one_of(
    st.builds(
        lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span},
        st.integers(-1000, 1000),
        st.integers(0, 50),
    ),
    st.builds(
        lambda low, span: {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + span},
        st.floats(-1e6, 1e6),
        st.floats(0.01, 1e6),
    ),
    st.builds(
        lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
        st.integers(0, 60),
        st.integers(0, 60),
    ),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.builds(lambda values: {"enum": values}, st.lists(st.text(max_size=3), min_size=1)),
)


def nested(inner):
    properties = st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    return st.one_of(
        st.builds(
            lambda fields: {
                "type": "object",
                "properties": fields,
                "required": list(fields),
                "additionalProperties": False,
            },
            properties,
        ),
        st.builds(
            lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)
        ),
        st.builds(lambda first, second: {"anyOf": [first, second]}, inner, inner),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(SCALARS, nested, max_leaves=6), st.integers(0, 3))
def test_instances_match_any_schema_of_the_subset(schema, seed):
    jsonschema.Draft202012Validator(schema).validate(instance(schema, chance(seed)))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["type", "enum", "items", "properties", "required", "anyOf", "oneOf", "allOf", "$ref", "minItems",
             "minLength", "pattern", "minimum", "multipleOf", "prefixItems", "contains", "maximum", "const",
             "minProperties", "additionalProperties", "exclusiveMinimum", "format", "maxLength", "maxItems"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_an_inconsistent_schema_does_no_harm(schema):
    assert len(compact(instance(schema, chance(0)))) < 100_000
    assert isinstance(object_instance(schema, chance(0)), dict)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 10**9, "items": {"type": "array", "minItems": 10**9, "items": {}}},
        {"type": "string", "minLength": 10**12},
        {"type": "object", "minProperties": 10**9},
        {"type": "string", "pattern": "((((a{400}){400}){400}){400})"},
        {"type": "string", "pattern": "(((){400}){400}){400}"},
        {"type": "string", "pattern": "(" * 5000},
        {"type": "number", "minimum": 10**2000, "multipleOf": 1e-300},
        {"type": "integer", "minimum": 10**4000},
        {"type": "integer", "multipleOf": 5e-324, "minimum": 1e300},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}},
        {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"properties": {str(n): {"$ref": "#/$defs/a"} for n in range(9)},
                            "required": [str(n) for n in range(9)]}},
        },
    ],
    ids=lambda schema: str(schema)[:60],
)  # fmt: skip
def test_the_size_of_an_instance_is_bounded(schema, count_calls):
    with count_calls() as work:
        made = instance(schema, chance(0))
    assert len(compact(made)) < 200_000
    assert work.calls < 100_000


@pytest.mark.parametrize(
    "pattern",
    [r"^\d{4}-\d\d$", "a|b", "^(?:x|y)+z?$", "[^a-z]", r"[]a]", r"\(\d+\)", "^$", "a{2,}", "x{0,2}y",
     r"^[\w.]+@\w+\.co$",
     "[a-c]{3}", "(a(b(c)?)*)+", "a+?b", "^{$", r"^\s\S$"],
)  # fmt: skip
def test_a_text_is_generated_from_a_pattern(pattern):
    import re

    made = matching(pattern)
    assert made is not None
    assert re.search(pattern, made)


def test_a_text_from_a_pattern_respects_a_length():
    assert matching("^a+$", 7, 9) in ("a" * 7, "a" * 8, "a" * 9)
    assert matching("^a{3}$", 7, 9) is None
    assert matching(r"^(?=a)a$") is None
    assert matching(r"(a)\1") is None
