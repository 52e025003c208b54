"""Schemas that contradict or require themselves, and values against their format, with sound counterparts."""

from __future__ import annotations

from typing import Any

from mistakes import ANSWER, BODY, CHAT, REQUEST, SCHEMAS, Mistaken, ref
from structural_mistakes import SWAGGER, parameter, row, swagger

TEXT = {"type": "string"}
NODE = f"{SCHEMAS} Node"
USED = {f"{REQUEST} node": ref("Node")}


def field(check: str, wrong: Any, right: Any, **more: Any) -> Mistaken:
    """A mistake within one field of the request."""
    return row(check, {f"{REQUEST} field": wrong}, {f"{REQUEST} field": right}, **more)


def node(wrong: Any, right: Any, **more: Any) -> Mistaken:
    """A schema that requires itself, and one that does not."""
    return row("self-requiring-schema", {NODE: wrong}, {NODE: right}, **USED, **more)


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


CLOSED = {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}
TAGGED = {"anyOf": [ref("Answer")]}
LIST = {"type": "array", "items": ref("Node")}

CONTRADICTORY: tuple[Mistaken, ...] = (
    field(
        "enum-value-breaks-schema",
        {"type": "integer", "const": "a"},
        {"type": "integer", "const": 1},
        openapi="3.1.0",
    ),
    field(
        "bounds-exclude-everything",
        {"type": "number", "exclusiveMinimum": 5, "maximum": 5},
        {"type": "number", "exclusiveMinimum": 4, "maximum": 5},
        openapi="3.1.0",
    ),
    field(
        "bounds-exclude-everything",
        {"type": "number", "minimum": 5, "maximum": 5, "exclusiveMinimum": True},
        {"type": "number", "minimum": 5, "maximum": 5, "exclusiveMinimum": False},
    ),
    field(
        "example-beside-examples",
        {"type": "string", "example": "a", "examples": ["b"]},
        {"type": "string", "examples": ["b"]},
        openapi="3.1.0",
    ),
    field(
        "all-of-disjoint-types",
        {"allOf": [TEXT, {"type": "integer"}]},
        {"allOf": [{"type": "number"}, {"type": "integer"}]},
    ),
    field(
        "all-of-disjoint-types",
        {"type": "array", "items": TEXT, "allOf": [ref("Answer")]},
        {"allOf": [ref("Answer")]},
    ),
    field(
        "all-of-disjoint-types",
        {"allOf": [{"type": "string", "nullable": True}, {"type": "integer", "nullable": True}]},
        {"allOf": [{"type": "string", "nullable": True}, TEXT]},
    ),
    field(
        "all-of-disjoint-types",
        {**ref("Answer"), "type": "string"},
        {**ref("Answer"), "type": ["object", "string"]},
        openapi="3.1.0",
    ),
    field(
        "all-of-disjoint-types",
        {"allOf": [{"anyOf": [TEXT, {"type": "integer"}]}, {"type": "object"}]},
        {"allOf": [{"anyOf": [TEXT, {"type": "integer"}]}, {"type": "string"}]},
    ),
    swagger("all-of-disjoint-types", {"definitions A allOf": [{"type": "string"}]}),
    field(
        "all-of-disjoint-values",
        {"allOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b"]}]},
        {"allOf": [{"type": "string", "enum": ["a", "c"]}, {"type": "string", "enum": ["b", "c"]}]},
    ),
    field(
        "all-of-disjoint-values",
        {"allOf": [{"enum": [1, 2]}, {"enum": [1.5, 3]}]},
        {"allOf": [{"enum": [1, 2]}, {"enum": [1.0, 3]}]},
    ),
    field(
        "enum-repeats-value",
        {"type": "number", "enum": [1, 1.0]},
        {"type": "string", "enum": ["a" * 20_000 + "b", "a" * 20_000 + "c"]},
    ),
    field(
        "properties-without-type",
        {"then": {"properties": {"a": TEXT}}, "if": True},
        {"type": "object", "if": {"properties": {"a": {"const": "b"}}}, "then": {"not": {"properties": {}}}},
        openapi="3.1.0",
    ),
    field(
        "keyword-of-another-version",
        {"type": "number", "exclusiveMinimum": 1},
        {"type": "number", "minimum": 1, "exclusiveMinimum": True},
    ),
    row(
        "discriminator-mapping-misleads",
        {f"{REQUEST} field": {**TAGGED, "discriminator": {"propertyName": "text", "defaultMapping": "Gone"}}},
        {
            f"{REQUEST} field": {
                **TAGGED,
                "discriminator": {"propertyName": "text", "defaultMapping": "Answer"},
            }
        },
        openapi="3.2.0",
    ),
    field(
        "all-of-disjoint-bounds",
        {"type": "integer", "allOf": [{"minimum": 5}, {"maximum": 4}]},
        {"type": "integer", "allOf": [{"minimum": 5}, {"maximum": 5}]},
    ),
    field(
        "required-property-excluded",
        {"allOf": [CLOSED, _object(["b"], b=TEXT)]},
        {"allOf": [CLOSED, _object(["a"], a=TEXT)]},
    ),
    field(
        "required-property-excluded",
        {**_object(["b"], b=TEXT), "anyOf": [CLOSED, CLOSED]},
        {**_object(["b"], b=TEXT), "anyOf": [CLOSED, {"type": "object"}]},
    ),
    field(
        "required-property-excluded",
        _object(["a"], a=False),
        _object(["b"], a=False, b=True),
        openapi="3.1.0",
    ),
    field(
        "required-property-excluded",
        {**_object(["a"], a=TEXT), "propertyNames": {"pattern": "^x-"}},
        {**_object(["x-a"], **{"x-a": TEXT}), "propertyNames": {"pattern": "^x-"}},
        openapi="3.1.0",
    ),
    *(
        field(
            "required-property-excluded",
            {"allOf": [{**CLOSED, "unevaluatedProperties": False}, _object(["b"], b=TEXT)]},
            {
                "allOf": [
                    {"type": "object", "properties": {"a": TEXT}, "unevaluatedProperties": False, **more},
                    _object(["b"], b=TEXT),
                ]
            },
            openapi="3.1.0",
        )
        for more in ({"dependentSchemas": {"a": {"properties": {"b": TEXT}}}}, {"$dynamicRef": "#node"})
    ),
    field(
        "read-only-and-write-only",
        {"type": "string", "readOnly": True, "writeOnly": True},
        {"type": "string", "readOnly": True, "writeOnly": False},
    ),
    field(
        "read-only-and-write-only",
        {"allOf": [{"type": "string", "readOnly": True}, {"writeOnly": True}]},
        {"allOf": [{"type": "string", "readOnly": True}, {"readOnly": True}]},
    ),
    node(_object(["next"], next=ref("Node")), _object([], next=ref("Node"))),
    node(
        _object(["next"], next=ref("Node")),
        _object(["next"], next={"nullable": True, "type": "object", "allOf": [ref("Node")]}),
    ),
    node(
        {"allOf": [_object(["next"]), _object([], next=ref("Node"))]},
        {"allOf": [_object(["next"], next=TEXT), _object([], other=ref("Node"))]},
    ),
    node(_object(["all"], all={**LIST, "minItems": 1}), _object(["all"], all=LIST)),
    node(
        _object(["next"], next={"anyOf": [ref("Node"), ref("Node")]}),
        _object(["next"], next={"anyOf": [ref("Node"), TEXT]}),
    ),
    node(
        _object(["other"], other=ref("Other")),
        _object(["other"], other={"type": "array", "items": ref("Other")}),
        **{f"{SCHEMAS} Other": _object(["node"], node=ref("Node"))},
    ),
    node(
        {"type": "object", "required": ["x"], "additionalProperties": ref("Node")},
        {"type": "object", "additionalProperties": ref("Node")},
    ),
    node(
        {"type": "array", "contains": ref("Node")},
        {"type": "array", "contains": ref("Node"), "minContains": 0},
        openapi="3.1.0",
    ),
    Mistaken(
        "self-requiring-schema",
        {"definitions A": _object(["a"], a={"$ref": "#/definitions/A"})},
        {},
        SWAGGER,
    ),
    field("null-type-of-later-version", {"type": "null"}, {"type": "string", "nullable": True}),
    field(
        "null-type-of-later-version",
        {"anyOf": [TEXT, {"type": "null"}]},
        {"anyOf": [TEXT, {"type": "integer"}]},
    ),
    *(
        field("example-breaks-format", {**schema, "example": wrong}, {**schema, "example": right})
        for schema, wrong, right in (
            ({"type": "string", "format": "date-time"}, "2024-10-21", "2024-10-21T00:00:00Z"),
            ({"type": "string", "format": "date"}, "21.10.2024", "2024-10-21"),
            ({"type": "string", "format": "uuid"}, "1", "00000000-0000-0000-0000-000000000000"),
            ({"type": "string", "format": "uri"}, "not a uri", "https://x"),
            ({"type": "string", "format": "email"}, "nobody", "a@b.c"),
            ({"type": "string", "format": "ipv4"}, "1.2.3", "1.2.3.4"),
            ({"type": "string", "format": "byte"}, "not base64!", "aGk="),
            ({"type": "integer", "format": "int32"}, 2**31, 2**31 - 1),
        )
    ),
    field(
        "example-breaks-format",
        {"type": "string", "format": "date", "enum": ["today"]},
        {"type": "string", "format": "date", "default": "2024-10-21"},
    ),
    row(
        "example-breaks-format",
        {f"{BODY} example": {"text": "soon"}},
        {f"{BODY} example": {"text": "2024-10-21"}},
        **{f"{REQUEST} text": {"type": "string", "format": "date"}},
    ),
    row(
        "example-breaks-format",
        {f"{ANSWER} examples": {"one": {"value": {"text": "a", "n": [3_000_000_000]}}}},
        {f"{ANSWER} examples": {"one": {"value": {"text": "a", "n": [3]}}}},
        **{
            f"{SCHEMAS} Answer properties n": {
                "type": "array",
                "items": {"type": "integer", "format": "int32"},
            }
        },
    ),
    parameter(
        "example-breaks-format",
        {"name": "q", "in": "query", "schema": {"type": "string", "format": "date"}, "example": "now"},
        {"name": "q", "in": "query", "schema": {"type": "string", "format": "date"}, "example": "2024-10-21"},
    ),
    row(
        "example-breaks-format",
        {
            f"{CHAT} responses 200 headers": {
                "x-d": {"schema": {"type": "string", "format": "date", "example": "d"}}
            }
        },
        {f"{CHAT} responses 200 headers": {"x-d": {"schema": {"type": "string", "format": "date"}}}},
    ),
)
