"""For each check a small description that has the mistake, and one that has not.

Each is a correct description with a few changed places. A place is written as the tokens of its pointer,
parted by spaces.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

CHAT = "paths /deployments/{deployment-id}/chat/completions post"
BODY = f"{CHAT} requestBody content application/json"
ANSWER = f"{CHAT} responses 200 content application/json"
REQUEST = "components schemas Request properties"
SCHEMAS = "components schemas"
HIGH = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["high"]}}}
LOW = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["low"]}}}


def sound() -> dict[str, Any]:
    """A description without a mistake."""
    version = {"name": "api-version", "in": "query", "required": True, "schema": {"type": "string"}}
    deployment = {"name": "deployment-id", "in": "path", "required": True, "schema": {"type": "string"}}
    failure = {"description": "no", "content": {"application/json": {"schema": ref("Failure")}}}
    answer = {"description": "yes", "content": {"application/json": {"schema": ref("Answer")}}}
    operation = {
        "operationId": "Chat",
        "parameters": [deployment, version],
        "requestBody": {"content": {"application/json": {"schema": ref("Request")}}},
        "responses": {"200": answer, "default": failure},
    }
    other = {"operationId": "List", "parameters": [version], "responses": {"200": answer, "default": failure}}
    text = {"type": "string"}
    return {
        "openapi": "3.0.3",
        "info": {"title": "x", "version": "2024-10-21"},
        "servers": [{"url": "https://x/openai"}],
        "paths": {
            "/deployments/{deployment-id}/chat/completions": {"post": operation},
            "/models": {"get": other},
        },
        "components": {
            "schemas": {
                "Request": {"type": "object", "required": ["text"], "properties": {"text": text}},
                "Answer": {"type": "object", "required": ["text"], "properties": {"text": text}},
                "Failure": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "object", "properties": {"code": text}}},
                },
            }
        },
    }


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


#: In changes: the place is removed.
ABSENT = object()


def with_places(places: dict[str, Any], base: dict[str, Any] | None = None) -> dict[str, Any]:
    """A description, by default the sound one, with these places set."""
    content = sound() if base is None else copy.deepcopy(base)
    for place, value in places.items():
        *way, last = place.split(" ")
        node: Any = content
        for token in way:
            node = node[int(token)] if isinstance(node, list) else node.setdefault(token, {})
        if value is ABSENT:
            del node[last]
        else:
            node[last] = copy.deepcopy(value)
    return content


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A check, and the changes that make a correct description wrong or keep it correct."""

    check: str
    wrong: dict[str, Any]
    right: dict[str, Any]
    base: dict[str, Any] | None = None


def _field(check: str, wrong: Any, right: Any, **more: Any) -> Mistaken:
    """A mistake within one field of the request."""
    place = f"{REQUEST} field"
    return Mistaken(check, {place: wrong, **more}, {place: right, **more})


def _base(extra: dict[str, Any], *names: str) -> dict[str, Any]:
    """A base with a discriminator and its extensions, used by the request."""
    base = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string", "enum": ["high", "low"]}},
    }
    return {
        f"{SCHEMAS} Base": {**base, **extra},
        f"{SCHEMAS} high": {
            "allOf": [ref("Base"), {"type": "object", "properties": {"up": {"type": "integer"}}}]
        },
        f"{SCHEMAS} low": {
            "allOf": [ref("Base"), {"type": "object", "properties": {"down": {"type": "integer"}}}]
        },
        f"{REQUEST} field": ref("Base"),
        **{f"{REQUEST} {name}": ref(name) for name in names},
    }


def _union(discriminator: Any, high: Any = HIGH, low: Any = LOW) -> dict[str, Any]:
    """A union of two named schemas, used by the request."""
    union: dict[str, Any] = {"oneOf": [ref("High"), ref("Low")]}
    if discriminator is not None:
        union["discriminator"] = discriminator
    return {f"{SCHEMAS} High": high, f"{SCHEMAS} Low": low, f"{REQUEST} field": union}


_MAPPING = {"high": "#/components/schemas/High", "low": "#/components/schemas/Low"}
_KIND = {"propertyName": "kind", "mapping": _MAPPING}
_OTHER_KIND = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
_STREAM = {"type": "boolean"}
_EVENTS = {"itemSchema": {"type": "object", "properties": {"data": {"type": "string"}}}}


def _chunk(**more: Any) -> dict[str, Any]:
    """A chat that can be streamed, with a chunk."""
    delta = {"type": "object", "properties": {"delta": {"type": "object", "properties": {}}}}
    chunk: dict[str, Any] = {
        "type": "object",
        "required": ["object"],
        "properties": {
            "object": {"type": "string", "enum": ["chat.completion.chunk"]},
            "choices": {"type": "array", "items": delta},
            "usage": {"type": "object", "properties": {"total": {"type": "integer"}}},
        },
    }
    chunk["properties"] |= more
    chunk["properties"] = {name: each for name, each in chunk["properties"].items() if each is not None}
    options = {"type": "object", "properties": {"include_usage": {"type": "boolean"}}}
    return {
        f"{REQUEST} stream": _STREAM,
        f"{REQUEST} stream_options": options,
        f"{SCHEMAS} Chunk": chunk,
        f"{CHAT} responses 200 content text/event-stream": {"itemSchema": ref("Chunk")},
    }


def _vectors(embedding: dict[str, Any]) -> dict[str, Any]:
    item = {"type": "object", "properties": {"embedding": embedding}}
    return {
        f"{REQUEST} encoding_format": {"type": "string", "enum": ["float", "base64"]},
        f"{SCHEMAS} Answer properties data": {"type": "array", "items": item},
    }


_NUMBERS = {"type": "array", "items": {"type": "number"}}

MISTAKES: tuple[Mistaken, ...] = (
    _field(
        "unusable-schema",
        {"allOf": [{"$ref": "#/components/schemas/Request/properties/field"}]},
        {"allOf": [{"$ref": "#/components/schemas/Answer"}]},
    ),
    Mistaken("repeated-operation-id", {"paths /models get operationId": "Chat"}, {}),
    Mistaken(
        "path-parameter-undeclared",
        {f"{CHAT} parameters 0 name": "deployment"},
        {f"{CHAT} parameters 0 name": "deployment-id"},
    ),
    _field(
        "example-breaks-schema",
        {"type": "number", "maximum": 2, "example": 42.5},
        {"type": "number", "example": 2},
    ),
    Mistaken("example-breaks-schema", {f"{BODY} example": {"text": 1}}, {f"{BODY} example": {"text": "a"}}),
    Mistaken(
        "example-breaks-schema",
        {f"{ANSWER} examples": {"one": {"value": {}}}},
        {f"{ANSWER} examples": {"one": {"value": {"text": ""}}}},
    ),
    Mistaken(
        "example-breaks-schema",
        {"openapi": "3.1.0", f"{REQUEST} field": {"type": "string", "examples": ["a", 1]}},
        {"openapi": "3.1.0", f"{REQUEST} field": {"type": "string", "examples": ["a", "b"]}},
    ),
    Mistaken(
        "example-breaks-schema",
        {f"{CHAT} parameters 1 example": 1},
        {f"{CHAT} parameters 1 example": "2024-10-21"},
    ),
    Mistaken(
        "example-breaks-schema",
        {f"{CHAT} responses 200 headers": {"x-count": {"schema": {"type": "integer"}, "example": "many"}}},
        {f"{CHAT} responses 200 headers": {"x-count": {"schema": {"type": "integer"}, "example": 3}}},
    ),
    Mistaken("example-elsewhere", {f"{CHAT} x-ms-examples": {"one": {"$ref": "./examples/one.json"}}}, {}),
    _field(
        "enum-value-breaks-schema",
        {"type": "string", "enum": ["a", 1]},
        {"type": "string", "enum": ["a", "b"]},
    ),
    _field(
        "enum-value-breaks-schema",
        {"type": "integer", "maximum": 2, "enum": [1, 3]},
        {"type": "integer", "maximum": 3, "enum": [1, 3]},
    ),
    _field(
        "enum-repeats-value", {"type": "string", "enum": ["a", "a"]}, {"type": "string", "enum": ["a", "A"]}
    ),
    _field("default-breaks-schema", {"type": "integer", "default": "1"}, {"type": "integer", "default": 1}),
    _field(
        "default-breaks-schema",
        {"type": "string", "enum": ["a", "b"], "default": "c"},
        {"type": "string", "enum": ["a", "b"], "default": "b"},
    ),
    _field(
        "bounds-exclude-everything",
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "integer", "minimum": 2, "maximum": 2},
    ),
    _field(
        "open-enum",
        {"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a"]}]},
        {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "array", "items": {"type": "string"}}]},
    ),
    _field(
        "nullable-without-type",
        {"nullable": True, "oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"oneOf": [{"type": "string", "nullable": True}, {"type": "integer"}]},
    ),
    _field(
        "null-not-in-enum",
        {"type": "string", "nullable": True, "enum": ["a"]},
        {"type": "string", "nullable": True, "enum": ["a", None]},
    ),
    Mistaken(
        "null-not-in-enum",
        {"openapi": "3.1.0", f"{REQUEST} field": {"type": ["string", "null"], "enum": ["a"]}},
        {"openapi": "3.1.0", f"{REQUEST} field": {"type": ["string", "null"], "enum": ["a", None]}},
    ),
    _field(
        "null-refused",
        {"type": "object", "nullable": True, "allOf": [{"type": "object"}]},
        {"type": "object", "nullable": True, "allOf": [{"type": "object", "nullable": True}]},
    ),
    _field(
        "allof-cancels-null",
        {
            "allOf": [
                {"type": "object", "properties": {"n": {"type": "integer"}}},
                {"type": "object", "properties": {"n": {"type": "integer", "nullable": True}}},
            ]
        },
        {
            "allOf": [
                {"type": "object", "properties": {"n": {"type": "integer", "nullable": True}}},
                {"type": "object", "properties": {"n": {"type": "integer", "nullable": True}}},
            ]
        },
    ),
    _field(
        "required-without-property",
        {"type": "object", "required": ["b"], "properties": {"a": {"type": "string"}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
    ),
    _field(
        "required-without-property",
        {"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["b"]}]},
        {"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}]},
    ),
    _field(
        "keyword-on-wrong-type", {"type": "string", "required": ["a"]}, {"type": "string", "maxLength": 1}
    ),
    _field(
        "properties-without-type",
        {"properties": {"a": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"type": "string"}}},
    ),
    _field("array-without-items", {"type": "array"}, {"type": "array", "items": {"type": "string"}}),
    _field("keyword-of-another-version", {"type": ["string"]}, {"type": "string"}),
    Mistaken(
        "keyword-of-another-version",
        {"openapi": "3.1.0", f"{REQUEST} field": {"type": "string", "nullable": True}},
        {"openapi": "3.1.0", f"{REQUEST} field": {"type": ["string", "null"]}},
    ),
    *(
        Mistaken(
            check,
            {"openapi": "3.1.0", f"{REQUEST} field": {**wrong, **more}},
            {"openapi": "3.1.0", f"{REQUEST} field": more | (right or {})},
        )
        for check, wrong, more, right in (
            ("keyword-of-another-version", {"additionalItems": False}, {"type": "array", "items": {}}, None),
            ("keyword-of-another-version", {"dependencies": {"a": ["b"]}}, {"type": "object"}, None),
            (
                "keyword-without-partner",
                {},
                {"then": {"minLength": 1}, "type": "string"},
                {"if": {"minLength": 1}},
            ),
            ("keyword-without-partner", {}, {"minContains": 1, "type": "array"}, {"contains": {}}),
            ("negation-of-everything", {"not": {}}, {"type": "string"}, {"not": {"const": "a"}}),
        )
    ),
    _field(
        "ignored-beside-reference", {**ref("Answer"), "nullable": True}, {**ref("Answer"), "description": "x"}
    ),
    _field(
        "unknown-format", {"type": "integer", "format": "unixtime"}, {"type": "integer", "format": "int64"}
    ),
    _field("unknown-format", {"type": "string", "format": "string"}, {"type": "string", "format": "uuid"}),
    Mistaken("overlapping-branches", _union(None, high=_OTHER_KIND), _union(None)),
    Mistaken(
        "overlapping-branches",
        {
            f"{REQUEST} field": {
                "oneOf": [
                    {"type": "array", "items": {"type": "string"}},
                    {"type": "array", "items": {"type": "integer"}},
                ]
            }
        },
        {
            f"{REQUEST} field": {
                "oneOf": [
                    {"type": "array", "minItems": 1, "items": {"type": "string"}},
                    {"type": "array", "minItems": 1, "items": {"type": "integer"}},
                ]
            }
        },
    ),
    _field(
        "overlapping-branches",
        {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "number", "maximum": 0}]},
        {"oneOf": [{"type": "integer", "minimum": 1}, {"type": "number", "maximum": 0}]},
    ),
    Mistaken("discriminator-without-mapping", _union({"propertyName": "kind"}), _union(_KIND)),
    Mistaken(
        "discriminator-without-property",
        _union(_KIND, high={"type": "object", "properties": {"up": {"type": "string"}}}),
        _union(_KIND),
    ),
    Mistaken(
        "discriminator-value-unmapped",
        _base({"discriminator": {"propertyName": "kind", "mapping": {"high": "#/components/schemas/high"}}}),
        _base(
            {
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {"high": "#/components/schemas/high", "low": "#/components/schemas/low"},
                }
            }
        ),
    ),
    Mistaken(
        "discriminator-mapping-misleads",
        _union({"propertyName": "kind", "mapping": {**_MAPPING, "low": "#/components/schemas/High"}}),
        _union(_KIND),
    ),
    Mistaken(
        "discriminator-mapping-misleads",
        _union({"propertyName": "kind", "mapping": {**_MAPPING, "middle": "Middle"}}),
        _union(_KIND),
    ),
    Mistaken(
        "discriminator-without-union", _base({"discriminator": {"propertyName": "kind"}}), _union(_KIND)
    ),
    Mistaken(
        "unmapped-subtype",
        _base({"discriminator": {"propertyName": "kind"}}, "low"),
        _base({"discriminator": {"propertyName": "kind"}}, "low", "high"),
    ),
    Mistaken("unreferenced-schema", {f"{SCHEMAS} Alone": {"type": "object"}}, {}),
    Mistaken(
        "unreferenced-schema",
        {
            f"{SCHEMAS} A": {"allOf": [ref("B")]},
            f"{SCHEMAS} B": {"type": "object", "properties": {"a": ref("A")}},
        },
        {f"{SCHEMAS} B": {"type": "object", "properties": {"b": ref("B")}}, f"{REQUEST} field": ref("B")},
    ),
    Mistaken("unreferenced-component", {"components responses Gone": {"description": "x"}}, {}),
    Mistaken("no-error-response", {f"{CHAT} responses": {"200": {"description": "x"}}}, {}),
    Mistaken("no-success-response", {f"{CHAT} responses": {"default": {"description": "x"}}}, {}),
    Mistaken(
        "error-requires-nothing",
        {f"{SCHEMAS} Failure required": []},
        {f"{SCHEMAS} Failure required": ["error"]},
    ),
    Mistaken("api-version-missing", {"paths /models get parameters": []}, {}),
    Mistaken(
        "stream-undeclared",
        {f"{REQUEST} stream": _STREAM},
        {f"{REQUEST} stream": _STREAM, f"{CHAT} responses 200 content text/event-stream": _EVENTS},
    ),
    Mistaken(
        "chunk-named-as-whole-answer",
        _chunk(object={"type": "string", "enum": ["chat.completion"]}),
        _chunk(),
    ),
    Mistaken(
        "chunk-needs-a-choice",
        _chunk(
            choices={
                "type": "array",
                "minItems": 1,
                "items": {"type": "object", "properties": {"delta": {"type": "object"}}},
            }
        ),
        _chunk(),
    ),
    Mistaken("chunk-without-usage", _chunk(usage=None), _chunk()),
    Mistaken("base64-without-text", _vectors(_NUMBERS), _vectors({"oneOf": [_NUMBERS, {"type": "string"}]})),
    _field(
        "values-only-in-prose",
        {"type": "string", "description": "How it comes: either `float` or `base64`."},
        {"type": "string", "description": "Either `float` or `base64`.", "enum": ["float", "base64"]},
    ),
    Mistaken(
        "bytes-in-32-bits",
        {f"{REQUEST} bytes": {"type": "integer", "format": "int32"}},
        {f"{REQUEST} bytes": {"type": "integer", "format": "int64"}},
    ),
    _field("unknown-type", {"type": "text"}, {"type": "string"}),
    _field("malformed-part", {"type": "number", "multipleOf": 0}, {"type": "number", "multipleOf": 1}),
    _field("value-of-wrong-type", {"type": "string", "minLength": "1"}, {"type": "string", "minLength": 1}),
    Mistaken("unresolved-reference", {f"{REQUEST} field": ref("Anser")}, {f"{REQUEST} field": ref("Answer")}),
    Mistaken(
        "circular-reference",
        {f"{SCHEMAS} A": ref("B"), f"{SCHEMAS} B": ref("A"), f"{REQUEST} field": ref("A")},
        {f"{SCHEMAS} A": ref("B"), f"{SCHEMAS} B": {"type": "string"}, f"{REQUEST} field": ref("A")},
    ),
)
