"""Checking the structure of an OpenAPI or Swagger description, as far as this package reads it.

Only the skeleton is checked: lists are lists, schemas are schemas. The rest of the package relies on it, and
mistakes are reported with file and line before anything else happens.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import Any, Literal, NamedTuple

import jsonschema_rs

from aoai_specs.json_values import quote
from aoai_specs.loading.files import Loaded
from aoai_specs.operations import METHODS
from aoai_specs.pointers import find, join

_MAX_REASON = 120
_MOST_MISTAKES = 1000
#: What a response is named after.
STATUS = "[1-5][0-9X][0-9X]|default|x-.*"
_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_TEXTS = {"type": "array", "items": _TEXT}
_TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"]


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _map(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _ref(name)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    described: dict[str, Any] = {"type": "object", "properties": properties}
    return {**described, "required": required} if required else described


def _schema(discriminator: dict[str, Any], types: list[str]) -> dict[str, Any]:
    return {"type": ["object", "boolean"], "properties": _keywords(discriminator, types)}


def _keywords(discriminator: dict[str, Any], types: list[str]) -> dict[str, Any]:
    keywords: dict[str, Any] = {
        "$ref": _TEXT,
        "type": {"type": ["string", "array"], "enum": types} if "file" in types else _ref("type"),
        "nullable": _FLAG,
        "x-nullable": _FLAG,
        "readOnly": _FLAG,
        "writeOnly": _FLAG,
        "uniqueItems": _FLAG,
        "enum": {"type": "array"},
        "required": {**_TEXTS, "uniqueItems": True},
        "pattern": {"type": "string", "format": "regex"},
        "multipleOf": {"type": "number", "exclusiveMinimum": 0},
        "properties": _map("schema"),
        "patternProperties": {**_map("schema"), "propertyNames": {"format": "regex"}},
        "dependentSchemas": _map("schema"),
        "dependentRequired": {"type": "object", "additionalProperties": {**_TEXTS, "uniqueItems": True}},
        "discriminator": discriminator,
    }
    keywords |= dict.fromkeys(("minimum", "maximum"), _NUMBER)
    keywords |= {key: {"type": ["boolean", "number"]} for key in ("exclusiveMinimum", "exclusiveMaximum")}
    counts = "minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains"
    keywords |= dict.fromkeys(counts.split(), _COUNT)
    keywords |= {
        key: {**_list("schema"), "minItems": 1} for key in ("allOf", "oneOf", "anyOf", "prefixItems")
    }
    single = (
        "items additionalProperties not if then else contains propertyNames unevaluatedItems contentSchema"
    )
    keywords |= {key: _ref("schema") for key in (*single.split(), "unevaluatedProperties")}
    return keywords


_SHARED: dict[str, Any] = {
    "type": {
        "type": ["string", "array"],
        "if": _TEXT,
        "then": {"enum": _TYPES},
        "items": {"enum": _TYPES},
        "minItems": 1,
        "uniqueItems": True,
    },
    "security": {"type": "array", "items": {"type": "object", "additionalProperties": _TEXTS}},
    "paths": {"type": "object", "patternProperties": {"^/": _ref("path")}},
    "path": _object(
        {"$ref": _TEXT, "parameters": _list("parameter"), **{each: _ref("operation") for each in METHODS}}
    ),
    "responses": {
        "type": "object",
        "patternProperties": {"^([1-5][0-9X][0-9X]|default)$": _ref("response")},
        "propertyNames": {"pattern": f"^({STATUS})$"},
    },
    "object": {"type": "object"},
    "named": {
        "type": "object",
        "properties": {"name": _TEXT, "in": _TEXT, "$ref": _TEXT},
        "if": {"not": {"required": ["$ref"]}},
        "then": {"required": ["name", "in"]},
    },
}
_OPENAPI: dict[str, Any] = {
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {
        "info": {"type": "object"},
        "servers": {"type": "array", "items": _object({"url": _TEXT}, ["url"])},
        "security": _ref("security"),
        "paths": _ref("paths"),
        "components": _object(
            {
                "schemas": _map("schema"),
                "parameters": _map("parameter"),
                "headers": _map("header"),
                "responses": _map("response"),
                "requestBodies": _map("body"),
            }
        ),
    },
    "$defs": {
        **_SHARED,
        "schema": _schema(
            _object(
                {
                    "propertyName": _TEXT,
                    "mapping": {"type": "object", "additionalProperties": _TEXT},
                    "defaultMapping": _TEXT,
                },
                ["propertyName"],
            ),
            _TYPES,
        ),
        "operation": _object(
            {
                "operationId": _TEXT,
                "parameters": _list("parameter"),
                "requestBody": _ref("body"),
                "responses": _ref("responses"),
                "security": _ref("security"),
            }
        ),
        "parameter": {"allOf": [_ref("named"), _ref("header")]},
        "header": _object(
            {"$ref": _TEXT, "required": _FLAG, "schema": _ref("schema"), "content": _map("media")}
        ),
        "body": _object({"$ref": _TEXT, "required": _FLAG, "content": _map("media")}),
        "response": _object({"$ref": _TEXT, "headers": _map("header"), "content": _map("media")}),
        "media": _object({"schema": _ref("schema"), "itemSchema": _ref("schema")}),
    },
}
_SWAGGER: dict[str, Any] = {
    "type": "object",
    "required": ["swagger", "info", "paths"],
    "properties": {
        "info": {"type": "object"},
        "host": _TEXT,
        "basePath": _TEXT,
        "schemes": {**_TEXTS, "minItems": 1},
        "consumes": _TEXTS,
        "produces": _TEXTS,
        "security": _ref("security"),
        "paths": _ref("paths"),
        "definitions": _map("schema"),
        "parameters": _map("parameter"),
        "responses": _map("response"),
        "securityDefinitions": _map("object"),
    },
    "$defs": {
        **_SHARED,
        "schema": _schema(_TEXT, [*_TYPES, "file"]),
        "operation": _object(
            {
                "operationId": _TEXT,
                "consumes": _TEXTS,
                "produces": _TEXTS,
                "parameters": _list("parameter"),
                "responses": _ref("responses"),
                "security": _ref("security"),
            }
        ),
        "parameter": {
            "allOf": [_ref("named")],
            "if": {"properties": {"in": {"const": "body"}}},
            "then": {"properties": {"schema": _ref("schema")}},
            "else": {"properties": {**_keywords(_TEXT, [*_TYPES, "file"]), "required": _FLAG}},
        },
        "header": _ref("schema"),
        "response": _object({"$ref": _TEXT, "schema": _ref("schema"), "headers": _map("header")}),
    },
}


def openapi_kind(loaded: Loaded) -> Literal["openapi", "swagger"]:
    """Return the format of a description. Raises DocumentError with file and line for an unknown one."""
    openapi, swagger = loaded.content.get("openapi"), loaded.content.get("swagger")
    if isinstance(openapi, str) and openapi.startswith(("3.0", "3.1", "3.2")):
        return "openapi"
    if openapi is not None:
        raise loaded.error(
            f"OpenAPI {openapi} is not supported; supported are 3.0, 3.1, 3.2 and Swagger 2.0.", "#/openapi"
        )
    if str(swagger) not in ("2.0", "2"):
        raise loaded.error("this is not an API description; it has neither 'openapi' nor 'swagger: 2.0'.")
    return "swagger"


class Mistake(NamedTuple):
    """A malformed part: the path to it and the reason.

    `expected` names what should be there ("schema", "parameter", ...), or is empty for a keyword. `names` are
    the names within the part that are not allowed. `is_type` is set for an unknown type,
    `repeats` for a list with repeated items.
    """

    path: tuple[str | int, ...]
    reason: str
    expected: str = ""
    names: tuple[str, ...] = ()
    is_type: bool = False
    repeats: bool = False


def is_sound(kind: Literal["openapi", "swagger"], content: dict[str, Any]) -> bool:
    """Whether a description has neither malformed parts nor unreadable patterns."""
    return _validator(kind, patterns=True).is_valid(content)


def mistakes(
    kind: Literal["openapi", "swagger"], content: dict[str, Any], *, patterns: bool = False
) -> list[Mistake]:
    """Return the malformed parts of a description, at most 1000; with `patterns`, its unreadable patterns."""
    checker = _validator(kind, patterns=patterns)
    if checker.is_valid(content):
        return []
    return [_mistake(content, error) for error in islice(checker.iter_errors(content), _MOST_MISTAKES)]


def _mistake(content: dict[str, Any], error: jsonschema_rs.ValidationError) -> Mistake:
    path = tuple(error.instance_path)
    rule = [str(each) for each in error.schema_path]
    reason = error.message if len(error.message) <= _MAX_REASON else f"… {error.message[-_MAX_REASON:]}"
    if "propertyNames" in rule and "pattern" in rule[-1:]:
        names = tuple(name for name in find(content, join("#", *path)) if not re.fullmatch(STATUS, str(name)))
        return Mistake(path, f"{quote(names[0])} is no status" if names else reason, names=names)
    if rule[-1] == "uniqueItems":
        return Mistake(path, "it lists an item twice", repeats=True)
    if rule[:2] == ["$defs", "type"] or (rule[-1] == "enum" and path and path[-1] == "type"):
        return Mistake(path, reason, is_type=True)
    expected = ""
    if rule[0] == "$defs" and (rule[2:] == ["type"] or rule[2:] == ["then", "required"]):
        expected = rule[1]
    return Mistake(path, reason, expected=expected)


def check_structure(loaded: Loaded, *, patterns: bool = True) -> None:
    """Require a sound structure. Raises DocumentError with file and line.

    Without `patterns`, patterns may be any text, for callers that do not use them.
    """
    for error in _validator(openapi_kind(loaded), patterns=patterns).iter_errors(loaded.content):
        pointer = join("#", *error.instance_path)
        reason = error.message if len(error.message) <= _MAX_REASON else f"… {error.message[-_MAX_REASON:]}"
        place = "the description" if pointer == "#" else pointer
        raise loaded.error(f"{place} is malformed: {reason}.", pointer)


def is_pattern(text: str) -> bool:
    """Whether a pattern can be used: some are well formed but too large to compile."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text})
    except ValueError:
        return False
    return True


@cache
def _validator(kind: Literal["openapi", "swagger"], *, patterns: bool) -> jsonschema_rs.Draft202012Validator:
    skeleton = _OPENAPI if kind == "openapi" else _SWAGGER
    return jsonschema_rs.Draft202012Validator(
        skeleton, validate_formats=patterns, formats={"regex": is_pattern}
    )
