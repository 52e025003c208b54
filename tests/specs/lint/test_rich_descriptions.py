"""Descriptions that use what each version offers, correctly, have no finding."""

from __future__ import annotations

import copy
import json
from typing import Any

from aoai_specs.lint import Subject, lint
from aoai_specs.loading.files import load

TEXT = {"type": "string"}
OK = {"200": {"description": ""}, "default": {"description": "x"}}
ITEM = "#/components/schemas/Item"


def rich() -> dict[str, Any]:
    """A description in OpenAPI 3.0 with most of its objects."""
    form = {
        "schema": {
            "type": "object",
            "properties": {"a": {"type": "string", "format": "binary"}, "m": {"type": "object"}},
        },
        "encoding": {
            "a": {"contentType": "image/png, image/*", "headers": {"X-R": {"schema": TEXT}}},
            "m": {"style": "form", "explode": True, "allowReserved": True},
        },
    }
    put = {
        "tags": ["t"],
        "operationId": "put.Item",
        "deprecated": True,
        "externalDocs": {"url": "docs.html"},
        "security": [{"oauth": ["read"]}, {"key": [], "bearer": []}, {}],
        "parameters": [
            {"name": "X-Id", "in": "header", "schema": TEXT},
            {
                "name": "f",
                "in": "query",
                "style": "deepObject",
                "schema": {"type": "object", "properties": {"a": TEXT}},
            },
            {"name": "h", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
            {
                "name": "e",
                "in": "query",
                "allowEmptyValue": True,
                "schema": TEXT,
                "examples": {"a": {"value": ""}},
            },
            {"name": "c", "in": "cookie", "style": "form", "schema": TEXT},
        ],
        "requestBody": {
            "content": {
                "application/json": {"schema": {"$ref": ITEM}, "example": {"kind": "item", "items": []}},
                "multipart/form-data": form,
                "application/vnd.x.y+json; version=1": {},
                "*/*": {},
            }
        },
        "responses": {
            "200": {
                "description": "",
                "headers": {
                    "X-R": {"required": True, "schema": {"type": "array", "items": TEXT}, "example": ["a"]}
                },
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Both"}}},
                "links": {
                    "self": {
                        "operationRef": "#/paths/~1items~1%7Bid%7D/get",
                        "parameters": {"path.id": "$response.body#/id"},
                    },
                    "put": {"operationId": "put.Item", "requestBody": {"kind": "item"}},
                    "else": {"operationRef": "https://x/other.json#/paths/~1a/get"},
                },
            },
            "4XX": {"description": ""},
            "default": {"description": ""},
        },
        "callbacks": {
            "done": {"https://x/{$request.body#/url}?id={$request.query.id}": {"post": {"responses": OK}}}
        },
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "x", "version": "1", "contact": {"email": "a@b.c"}, "license": {"name": "MIT"}},
        "servers": [
            {
                "url": "https://{region}.x:{port}/v1",
                "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}, "port": {"default": "443"}},
            },
            {"url": "/relative"},
        ],
        "tags": [{"name": "t", "externalDocs": {"url": "https://x"}}],
        "security": [{"key": []}],
        "paths": {
            "/items": {
                "parameters": [
                    {"name": "X-Id", "in": "header", "schema": {"type": "string", "format": "uuid"}}
                ],
                "put": put,
            },
            "/items/mine": {"get": {"operationId": "mine", "responses": OK}},
            "/items/{id}": {
                "get": {
                    "operationId": "get",
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "style": "matrix", "schema": TEXT}
                    ],
                    "responses": {"204": {"description": ""}, "404": {"description": ""}},
                }
            },
        },
        "components": {
            "schemas": {
                "Item": {
                    "type": "object",
                    "required": ["items", "kind"],
                    "properties": {
                        "items": {"type": "array", "items": {"$ref": ITEM}},
                        "parent": {"$ref": ITEM},
                        "kind": {"type": "string", "enum": ["item"], "xml": {"attribute": True}},
                        "url": {"type": "string", "format": "uri", "example": "https://x"},
                    },
                },
                "Both": {
                    "allOf": [
                        {"$ref": ITEM},
                        {
                            "type": "object",
                            "required": ["z"],
                            "properties": {
                                "z": {"type": "number", "readOnly": True},
                                "w": {"type": "string", "writeOnly": True},
                            },
                        },
                    ]
                },
            },
            "securitySchemes": {
                "key": {"type": "apiKey", "name": "api-key", "in": "header"},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "oauth": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {"read": ""}}},
                },
            },
        },
        "x-anything": {"$ref": "#/nowhere"},
    }


def rich_in_3_1() -> dict[str, Any]:
    """The same in OpenAPI 3.1, with what that version adds."""
    content = copy.deepcopy(rich())
    content |= {
        "openapi": "3.1.0",
        "security": [{"key": ["role"]}],
        "webhooks": {"done": {"post": {"operationId": "hook", "responses": OK}}},
    }
    content["components"]["pathItems"] = {"Shared": {"get": {"operationId": "shared", "responses": OK}}}
    content["paths"]["/shared"] = {"$ref": "#/components/pathItems/Shared"}
    content["components"]["schemas"]["Item"]["properties"]["more"] = {
        "$comment": "c",
        "type": ["object", "null"],
        "$defs": {"d": {"type": "integer"}},
        "properties": {
            "p": {"$ref": f"{ITEM}/properties/more/$defs/d", "description": "beside"},
            "q": {"type": "array", "prefixItems": [TEXT], "items": False, "contains": TEXT},
            "any": True,
            "own": {"custom": 2, "type": "string", "examples": ["a"]},
        },
        "patternProperties": {"^x-": True},
        "dependentRequired": {"p": ["q"]},
        "propertyNames": {"maxLength": 9},
        "unevaluatedProperties": False,
        "if": {"properties": {"p": {"const": 1}}, "required": ["p"]},
        "then": {"required": ["q"]},
        "dependentSchemas": {"q": {"properties": {"r": TEXT}}},
    }
    return content


def rich_in_3_2() -> dict[str, Any]:
    """The same in OpenAPI 3.2, with what that version adds."""
    content = rich_in_3_1()
    content |= {"openapi": "3.2.0", "tags": [{"name": "t", "parent": "p", "kind": "nav"}, {"name": "p"}]}
    whole = {"name": "w", "in": "querystring", "content": {"text/plain": {"schema": TEXT}}}
    events = {"text/event-stream": {"itemSchema": {"type": "object", "properties": {"data": TEXT}}}}
    content["paths"]["/search"] = {
        "query": {
            "operationId": "search",
            "parameters": [whole],
            "requestBody": {"content": {"application/json": {"$ref": "#/components/mediaTypes/Item"}}},
            "responses": {"200": {"summary": "s", "content": events}, "default": {}},
        },
        "additionalOperations": {"COPY": {"operationId": "copy", "responses": OK}},
    }
    content["components"]["mediaTypes"] = {
        "Item": {"schema": {"$ref": ITEM}, "examples": {"e": {"$ref": "#/components/examples/E"}}}
    }
    content["components"]["examples"] = {"E": {"dataValue": {"kind": "item", "items": []}}}
    content["components"]["schemas"] |= {
        "Cat": tagged("cat"),
        "Dog": tagged("dog"),
        "Other": {"type": "object", "properties": {"kind": TEXT}},
        "Pet": union({"cat": "Cat", "dog": "Dog"}, "Cat", "Dog"),
    }
    content["components"]["schemas"]["Item"]["properties"]["pet"] = union(
        {"cat": "Pet", "dog": "Pet"}, "Pet", "Other", defaultMapping="Other"
    )
    return content


def tagged(kind: str) -> dict[str, Any]:
    """An object with a tag."""
    return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}}


def union(mapping: dict[str, str], *names: str, **more: str) -> dict[str, Any]:
    """A union with a discriminator."""
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return {"anyOf": branches, "discriminator": {"propertyName": "kind", "mapping": mapping, **more}}


def rich_swagger() -> dict[str, Any]:
    """A description in Swagger 2.0 with headers and scopes that only OpenAPI 3 treats differently."""
    names = {"type": "array", "items": {**TEXT, "minLength": 1}, "collectionFormat": "multi"}
    item = {"$ref": "#/definitions/Item"}
    response = {"description": "", "schema": item, "headers": {"Content-Type": TEXT}}
    return {
        "swagger": "2.0",
        "info": {"title": "x", "version": "1"},
        "host": "x.example:8080",
        "basePath": "/",
        "schemes": ["https"],
        "produces": ["application/json"],
        "security": [{"oauth": ["read"]}, {}],
        "paths": {
            "/items/{id}": {
                "parameters": [{"$ref": "#/parameters/Id"}],
                "get": {
                    "parameters": [
                        {"name": "Authorization", "in": "header", **TEXT},
                        {"name": "Accept", "in": "header", "enum": ["application/json"], **TEXT},
                        {"name": "names", "in": "query", "allowEmptyValue": True, **names},
                    ],
                    "responses": {"200": response, "default": {"description": ""}},
                },
                "post": {
                    "consumes": ["multipart/form-data"],
                    "parameters": [{"name": "f", "in": "formData", "type": "file"}],
                    "responses": {"204": {"description": ""}, "400": {"description": ""}},
                },
            }
        },
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, **TEXT}},
        "definitions": {"Item": {"type": "object", "properties": {"n": {**TEXT, "x-nullable": True}}}},
        "securityDefinitions": {
            "oauth": {
                "type": "oauth2",
                "flow": "application",
                "tokenUrl": "https://x",
                "scopes": {"read": "", "x-more": True},
            }
        },
    }


def test_correct_descriptions_have_no_finding() -> None:
    found = {
        content.get("openapi", "2.0"): [
            (each.check, each.pointer)
            for each in lint(Subject.of_loaded(load(json.dumps(content), "x.json")))
        ]
        for content in (rich_swagger(), rich(), rich_in_3_1(), rich_in_3_2())
    }
    assert {version: findings for version, findings in found.items() if findings} == {}
