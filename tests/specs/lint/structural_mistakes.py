"""For each check of the structure a mistake, and the same description without it."""

from __future__ import annotations

from typing import Any

from mistakes import ABSENT, ANSWER, BODY, CHAT, REQUEST, SCHEMAS, Mistaken, ref

SIMPLE = {"schema": {"type": "string"}}
MODELS = "paths /models get"
QUERY = {"name": "q", "in": "query", **SIMPLE}
HEADER = {"name": "x-a", "in": "header", **SIMPLE}
KEY = {"type": "apiKey", "name": "api-key", "in": "header"}
FLOW = {"tokenUrl": "https://x/token", "scopes": {"read": ""}}
OAUTH = {"type": "oauth2", "flows": {"clientCredentials": FLOW}}
SCHEMES = "components securitySchemes"
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "x", "version": "1"},
    "host": "x.example",
    "basePath": "/openai",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "paths": {
        "/a/{id}": {
            "post": {
                "operationId": "A",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "type": "string"},
                    {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/A"}},
                ],
                "responses": {
                    "200": {"description": "x", "schema": {"$ref": "#/definitions/A"}},
                    "default": {"description": "x"},
                },
            }
        }
    },
    "definitions": {"A": {"type": "object", "properties": {"a": {"type": "string"}}}},
}
POST = "paths /a/{id} post"
FORM = {"name": "f", "in": "formData", "type": "string"}


def row(check: str, wrong: dict[str, Any], right: dict[str, Any] | None = None, **more: Any) -> Mistaken:
    """A mistake in the sound description; `more` are places of both."""
    return Mistaken(check, {**more, **wrong}, {**more, **(right or {})})


def swagger(check: str, wrong: dict[str, Any], right: dict[str, Any] | None = None) -> Mistaken:
    """A mistake in a sound Swagger 2.0 description."""
    return Mistaken(check, wrong, right or {}, SWAGGER)


def parameter(check: str, wrong: dict[str, Any], right: dict[str, Any], **more: Any) -> Mistaken:
    """A mistake within one parameter of a component."""
    place = "components parameters P"
    return row(check, {place: wrong}, {place: right}, **more)


def link(check: str, wrong: dict[str, Any], right: dict[str, Any]) -> Mistaken:
    """A mistake within one link."""
    place = f"{CHAT} responses 200 links next"
    return row(check, {place: wrong}, {place: right})


def server(check: str, wrong: dict[str, Any], right: dict[str, Any]) -> Mistaken:
    """A mistake within a server of a path item."""
    place = "paths /models servers"
    return row(check, {place: [wrong]}, {place: [right]})


REGION = {"url": "https://{region}.x", "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}}}

STRUCTURAL: tuple[Mistaken, ...] = (
    row("missing-field", {f"{CHAT} responses 200": {}}, {f"{CHAT} responses 200": {"description": ""}}),
    row("missing-field", {"info": {"title": "x"}}),
    row("missing-field", {"tags": [{"description": "x"}]}, {"tags": [{"name": "x"}]}),
    row("missing-field", {"servers": [{"url": "https://{a}", "variables": {"a": {"enum": ["b"]}}}]}),
    row("missing-field", {MODELS: {}}, openapi="3.0.0"),
    row("undeclared-tag", {f"{MODELS} tags": ["b"]}, {f"{MODELS} tags": ["a"]}, tags=[{"name": "a"}]),
    row(
        "malformed-address", {"jsonSchemaDialect": "x"}, {"jsonSchemaDialect": "https://x/d"}, openapi="3.1.0"
    ),
    parameter("malformed-parameter-name", {**HEADER, "name": "x a"}, HEADER),
    parameter("malformed-parameter-name", {**QUERY, "name": ""}, QUERY),
    row(
        "malformed-parameter-name",
        {f"{CHAT} responses 200 headers": {"x y": SIMPLE}},
        {f"{CHAT} responses 200 headers": {"x-y": SIMPLE}},
    ),
    row(
        "body-without-media-type",
        {f"{CHAT} requestBody content": {}},
        {f"{CHAT} requestBody content": {"text/plain": SIMPLE}},
    ),
    row("unreferenced-component", {f"{SCHEMES} S": KEY}, {f"{SCHEMES} S": KEY, "security": [{"S": []}]}),
    row(
        "unreferenced-component",
        {"components links L": {"operationId": "List"}},
        {f"{CHAT} responses 200 links": {"next": {"$ref": "#/components/links/L"}}},
    ),
    *(
        row(
            check,
            {"components mediaTypes M": {key: {**SIMPLE["schema"], field: 1}}},
            {"components mediaTypes M": {key: {**SIMPLE["schema"], field: "1"}}},
            **{f"{CHAT} requestBody content text/plain": {"$ref": "#/components/mediaTypes/M"}},
            openapi="3.2.0",
        )
        for check, key, field in (
            ("example-breaks-schema", "schema", "example"),
            ("default-breaks-schema", "itemSchema", "default"),
        )
    ),
    *(
        row(
            "default-breaks-schema",
            {f"{CHAT} requestBody content multipart/mixed": encoded({"type": "string", "default": 1})},
            {f"{CHAT} requestBody content multipart/mixed": encoded({"type": "string", "default": "1"})},
            openapi="3.2.0",
        )
        for encoded in (
            lambda schema: {"itemEncoding": {"headers": {"x-a": {"schema": schema}}}},
            lambda schema: {
                "prefixEncoding": [{"encoding": {"a": {"headers": {"x-a": {"schema": schema}}}}}]
            },
        )
    ),
    row("misspelt-keyword", {f"{REQUEST} text": {"type": "string", "maxLenght": 3}}),
    row("misspelt-keyword", {f"{REQUEST} text": {"type": "string", "read_only": True}}, openapi="3.1.0"),
    row("misspelt-keyword", {f"{MODELS} operationID": "List"}),
    row("misspelt-keyword", {f"{CHAT} requestBody require": True}),
    row("misspelt-keyword", {"info descripton": "x"}),
    row("misspelt-keyword", {"paths /models GET": {}}),
    row("unknown-keyword", {f"{ANSWER} banana": 1}, {f"{ANSWER} x-banana": 1}),
    row("unknown-keyword", {f"{REQUEST} text": {"type": "string", "banana": 1}}),
    row(
        "field-of-another-version",
        {"openapi": "3.0.3", "webhooks": {}},
        {"openapi": "3.1.0", "webhooks": {}},
    ),
    row("field-of-another-version", {"host": "x"}),
    swagger("field-of-another-version", {"definitions A oneOf": [{"type": "object"}]}),
    swagger("field-of-another-version", {"definitions A nullable": True}, {"definitions A x-nullable": True}),
    row("value-of-wrong-type", {"info description": 1}, {"info description": "1"}),
    row("value-of-wrong-type", {f"{CHAT} deprecated": "yes"}, {f"{CHAT} deprecated": True}),
    row("unknown-choice", {f"{SCHEMES} S": {**KEY, "in": "body"}}, {f"{SCHEMES} S": KEY}),
    row("unknown-choice", {f"{SCHEMES} S": {"type": "basic"}}),
    parameter("unknown-choice", {**QUERY, "in": "body"}, QUERY),
    parameter("unknown-choice", {**QUERY, "style": "deepobject"}, {**QUERY, "style": "form"}),
    row("empty-list", {f"{REQUEST} text": {"allOf": []}}, {f"{REQUEST} text": {"allOf": [ref("Answer")]}}),
    row("empty-list", {"servers": [{**REGION, "variables": {"region": {"default": "", "enum": []}}}]}),
    row("incomplete-version", {"openapi": "3.0"}, {"openapi": "3.0.0"}),
    row("repeated-entry", {f"{SCHEMAS} Answer required": ["text", "text"]}),
    row("repeated-entry", {f"{CHAT} tags": ["a", "a"]}, {f"{CHAT} tags": ["a", "b"]}),
    row(
        "reference-of-wrong-kind",
        {f"{REQUEST} f": {"$ref": "#/components/parameters/P"}},
        {f"{REQUEST} f": {"$ref": "#/components/parameters/P/schema"}},
        **{"components parameters P": QUERY},
    ),
    row(
        "reference-of-wrong-kind",
        {f"{CHAT} responses 400": {"$ref": "#/components/schemas/Answer"}},
        {f"{CHAT} responses 400": {"$ref": "#/paths/~1models/get/responses/default"}},
    ),
    row("reference-of-wrong-kind", {f"{REQUEST} f": {"$ref": "#/components/schemas"}}),
    swagger("reference-of-wrong-kind", {f"{POST} responses 400": {"$ref": "#/definitions/A"}}),
    swagger("reference-of-wrong-kind", {f"{POST} parameters": [{"$ref": "#/definitions/A"}]}),
    row(
        "reference-not-allowed",
        {f"{CHAT} responses 200 content application/json": {"$ref": f"#/{BODY.replace(' ', '/')}"}},
        **{"components examples E": {"value": 1}},
    ),
    row("reference-not-allowed", {"tags": [{"name": "a", "$ref": "#/info"}]}, {"tags": [{"name": "a"}]}),
    row(
        "lost-beside-reference",
        {f"{MODELS} parameters": [{"$ref": "#/components/parameters/P", "required": True}]},
        {f"{MODELS} parameters": [{"$ref": "#/components/parameters/P"}]},
        **{"components parameters P": QUERY},
    ),
    row("path-without-slash", {"paths models": {}}, {"paths x-models": {}}),
    row("query-in-path", {"paths /a?b=1": {}}, {"paths /a": {}}),
    row("query-in-path", {"paths /a#b": {}}),
    row("malformed-path-template", {"paths /a/{b": {}}, {"paths /a/{b}": {}}),
    row("malformed-path-template", {"paths /a/{}": {}}),
    row("malformed-path-template", {"paths /a/{b}/{b}": {}}),
    row(
        "identical-paths", {"paths /a/{x}": {}, "paths /a/{y}": {}}, {"paths /a/{x}": {}, "paths /b/{x}": {}}
    ),
    row("trailing-slash-twin", {"paths /models/": {}}, {"paths /models/all": {}}),
    row("trailing-slash-twin", {"paths /Models": {}}),
    row(
        "ambiguous-paths",
        {"paths /{x}/a": {"get": {}}, "paths /b/{y}": {"get": {}}},
        {"paths /b/a": {"get": {}}, "paths /b/{y}": {"get": {}}},
    ),
    row(
        "operation-id-used-twice",
        {f"{CHAT} callbacks": {"done": {"{$request.body#/url}": {"post": {"operationId": "Chat"}}}}},
        {f"{CHAT} callbacks": {"done": {"{$request.body#/url}": {"post": {"operationId": "Done"}}}}},
    ),
    row("operation-id-not-url-safe", {f"{CHAT} operationId": "a b"}, {f"{CHAT} operationId": "a.b-c_d"}),
    row(
        "path-parameter-without-placeholder",
        {"paths /b": {"parameters": [{**QUERY, "in": "path", "required": True}]}},
        {"paths /{q}": {"parameters": [{**QUERY, "in": "path", "required": True}]}},
    ),
    row(
        "fields-beside-path-reference",
        {"paths /b": {"$ref": "#/paths/~1models", "get": {}}},
        {"paths /b": {"$ref": "#/paths/~1models"}},
    ),
    parameter("parameter-without-schema", {"name": "q", "in": "query"}, QUERY),
    row("parameter-without-schema", {"components headers H": {}}, {"components headers H": SIMPLE}),
    swagger("parameter-without-schema", {f"{POST} parameters 0 type": ABSENT}),
    parameter("parameter-with-schema-and-content", {**QUERY, "content": {"a/b": {}}}, QUERY),
    parameter(
        "parameter-content-of-several-types",
        {"name": "q", "in": "query", "content": {"text/plain": {}, "text/html": {}}},
        {"name": "q", "in": "query", "content": {"text/plain": {}}},
    ),
    row("path-parameter-not-required", {f"{CHAT} parameters 0 required": ABSENT}),
    swagger("path-parameter-not-required", {f"{POST} parameters 0 required": False}),
    row("repeated-parameter", {f"{MODELS} parameters": [QUERY, QUERY]}, {f"{MODELS} parameters": [QUERY]}),
    row(
        "repeated-parameter",
        {"paths /models parameters": [HEADER], f"{MODELS} parameters": [{**HEADER, "name": "X-A"}]},
        {"paths /models parameters": [HEADER], f"{MODELS} parameters": [HEADER]},
    ),
    row(
        "repeated-parameter",
        {f"{MODELS} parameters": [QUERY, {"$ref": "#/components/parameters/P"}]},
        **{"components parameters P": QUERY},
    ),
    parameter("header-without-effect", {**HEADER, "name": "AUTHORIZATION"}, HEADER),
    row(
        "header-without-effect",
        {f"{CHAT} responses 200 headers": {"content-type": SIMPLE}},
        {f"{CHAT} responses 200 headers": {"content-encoding": SIMPLE}},
    ),
    parameter("flag-without-effect", {**HEADER, "allowEmptyValue": True}, {**QUERY, "allowEmptyValue": True}),
    swagger(
        "swagger-body-beside-form",
        {f"{POST} parameters": [{"name": "b", "in": "body", "schema": {}}, FORM]},
        {f"{POST} parameters": [FORM]},
    ),
    swagger(
        "swagger-form-without-media-type",
        {f"{POST} parameters": [FORM]},
        {f"{POST} parameters": [FORM], f"{POST} consumes": ["multipart/form-data"]},
    ),
    row(
        "querystring-beside-query",
        {f"{MODELS} parameters": [QUERY, {"name": "w", "in": "querystring", "content": {"a/b": {}}}]},
        {f"{MODELS} parameters": [{"name": "w", "in": "querystring", "content": {"a/b": {}}}]},
        openapi="3.2.0",
    ),
    parameter(
        "impossible-style",
        {**QUERY, "in": "path", "required": True, "style": "deepObject"},
        {**QUERY, "schema": {"type": "object"}, "style": "deepObject"},
    ),
    parameter("impossible-style", {**HEADER, "style": "form"}, {**HEADER, "style": "simple"}),
    parameter(
        "style-of-another-type",
        {**QUERY, "style": "deepObject"},
        {**QUERY, "style": "deepObject", "schema": {"type": "object"}},
    ),
    swagger(
        "list-format-outside-query",
        {f"{POST} parameters 0 collectionFormat": "multi"},
        {f"{POST} parameters 0 collectionFormat": "csv"},
    ),
    parameter(
        "style-beside-content",
        {"name": "q", "in": "query", "content": {"a/b": {}}, "style": "form"},
        {"name": "q", "in": "query", "content": {"a/b": {}}},
    ),
    row("body-on-get", {f"{MODELS} requestBody": {"content": {}}}),
    row("body-on-get", {"paths /models delete": {"requestBody": {"content": {}}}}),
    swagger("body-on-get", {"paths /a/{id} get": {"parameters": [{"name": "b", "in": "body"}]}}),
    row(
        "encoding-of-missing-property",
        {f"{CHAT} requestBody content multipart/form-data": {"schema": ref("Answer"), "encoding": {"a": {}}}},
        {
            f"{CHAT} requestBody content multipart/form-data": {
                "schema": ref("Answer"),
                "encoding": {"text": {}},
            }
        },
    ),
    row(
        "encoding-without-effect",
        {f"{BODY} encoding": {"text": {}}},
        {
            f"{CHAT} requestBody content multipart/form-data": {
                "schema": ref("Answer"),
                "encoding": {"text": {}},
            }
        },
    ),
    row(
        "form-without-object",
        {f"{CHAT} requestBody content multipart/form-data": {"schema": {"type": "string"}}},
        {f"{CHAT} requestBody content multipart/form-data": {"schema": ref("Answer")}},
    ),
    *(
        row("impossible-status", {f"{CHAT} responses {status}": {"description": ""}})
        for status in ("600", "ok", "20", "2XXX", "200-299", "2xx", "099")
    ),
    row(
        "impossible-status",
        {f"{CHAT} responses 000": {"description": ""}},
        {f"{CHAT} responses {status}": {"description": ""} for status in ("4XX", "599", "x-600")},
    ),
    swagger("impossible-status", {f"{POST} responses 2XX": {"description": ""}}),
    row("empty-responses", {f"{CHAT} responses": {}}),
    row("content-without-body", {f"{CHAT} responses 204": {"description": "", "content": {"a/b": {}}}}),
    *(
        row("malformed-media-type", {f"{CHAT} responses 400": {"description": "", "content": {name: {}}}})
        for name in (
            "json",
            "application/",
            "application json",
            "application/json;",
            "aplication/json",
            "*/json",
        )
    ),
    row(
        "malformed-media-type",
        {f"{BODY} encoding": {"text": {"contentType": "image/png, image"}}},
        {
            f"{CHAT} responses 400": {
                "description": "",
                "content": {
                    name: {}
                    for name in ("*/*", "text/*", 'text/plain; charset="utf-8"', "application/vnd.a+json;v=1")
                },
            }
        },
    ),
    swagger(
        "malformed-media-type", {"produces": ["json"]}, {"produces": ["text/json", "application/*+json"]}
    ),
    row("repeated-media-type", {f"{CHAT} requestBody content Application/JSON": {}}),
    row("example-beside-examples", {f"{BODY} example": {}, f"{BODY} examples": {}}, {f"{BODY} examples": {}}),
    row(
        "example-with-two-values",
        {"components examples E": {"value": 1, "externalValue": "https://x"}},
        {"components examples E": {"value": 1}},
    ),
    row(
        "example-without-value",
        {"components examples E": {"text": "a"}},
        {"components examples E": {"value": {"text": "a"}}},
    ),
    row("undefined-security-scheme", {"security": [{"key": []}]}, {"security": [{}]}),
    row("undefined-security-scheme", {f"{CHAT} security": [{"S": [], "T": []}]}, **{f"{SCHEMES} S": KEY}),
    swagger("undefined-security-scheme", {"security": [{"key": []}]}),
    row(
        "undefined-scope",
        {"security": [{"S": ["write"]}]},
        {"security": [{"S": ["read"]}]},
        **{f"{SCHEMES} S": OAUTH},
    ),
    row("undefined-scope", {"security": [{"S": ["a"]}]}, {"security": [{"S": []}]}, **{f"{SCHEMES} S": KEY}),
    row("malformed-security-requirement", {"security": [{"S": "read"}]}, **{f"{SCHEMES} S": OAUTH}),
    row(
        "incomplete-security-scheme",
        {f"{SCHEMES} S": {"type": "apiKey", "in": "header"}},
        {f"{SCHEMES} S": KEY},
    ),
    row("incomplete-security-scheme", {f"{SCHEMES} S": {"type": "oauth2", "flows": {"implicit": FLOW}}}),
    row("incomplete-security-scheme", {f"{SCHEMES} S": {"type": "oauth2", "flows": {}}}),
    row(
        "field-of-another-security-type", {f"{SCHEMES} S": {**KEY, "scheme": "basic"}}, {f"{SCHEMES} S": KEY}
    ),
    row(
        "unknown-http-scheme",
        {f"{SCHEMES} S": {"type": "http", "scheme": "baerer"}},
        {f"{SCHEMES} S": {"type": "http", "scheme": "Bearer"}},
    ),
    server("undefined-server-variable", {"url": "https://{region}.x"}, REGION),
    server("unused-server-variable", {**REGION, "url": "https://x"}, REGION),
    server(
        "server-default-not-listed",
        {**REGION, "variables": {"region": {"default": "asia", "enum": ["eu"]}}},
        REGION,
    ),
    server("server-url-with-query", {"url": "https://x/a?b=1"}, {"url": "https://x/a"}),
    server("server-url-with-query", {"url": "/a#b"}, {"url": "/a"}),
    server("malformed-server-url", {"url": "https://x y"}, {"url": "https://x:8080/a"}),
    server("malformed-server-url", {"url": "https:/x"}, {"url": "../v1"}),
    server("malformed-server-url", {"url": "https://{a.x"}, {"url": "/"}),
    server("malformed-server-url", {"url": "https://x:port"}, {"url": "https://x:{port}/{version}"}),
    server("server-url-ends-with-slash", {"url": "https://x/a/"}, {"url": "https://x/a"}),
    swagger("malformed-swagger-host", {"host": "https://x.example"}),
    swagger("malformed-swagger-host", {"basePath": "openai"}),
    row(
        "servers-without-effect",
        {"webhooks": {"done": {"servers": [{"url": "https://x"}]}}},
        {"webhooks": {"done": {}}},
        openapi="3.1.0",
    ),
    link("link-to-unknown-operation", {"operationId": "Gone"}, {"operationId": "List"}),
    link(
        "link-to-unknown-operation",
        {"operationRef": "#/paths/~1gone/get"},
        {"operationRef": "#/paths/~1models/get"},
    ),
    link("link-without-operation", {"description": "x"}, {"operationId": "List"}),
    link(
        "link-without-operation",
        {"operationId": "List", "operationRef": "#/paths/~1models/get"},
        {"operationId": "List"},
    ),
    link(
        "link-parameter-unknown",
        {"operationId": "List", "parameters": {"page": 1}},
        {"operationId": "List", "parameters": {"query.api-version": "1"}},
    ),
    link(
        "malformed-runtime-expression",
        {"operationId": "List", "parameters": {"api-version": "$respnse.body#/id"}},
        {"operationId": "List", "parameters": {"api-version": "$response.body#/id"}},
    ),
    row(
        "malformed-runtime-expression",
        {f"{CHAT} callbacks": {"done": {"{$body.url}": {}}}},
        {f"{CHAT} callbacks": {"done": {"https://x/{$request.query.url}": {}}}},
    ),
    row("invalid-component-name", {f"{SCHEMAS} A/B": {}}, {f"{SCHEMAS} A_b.C-1": {}}),
    row("invalid-component-name", {"components headers ä": SIMPLE}),
    row("repeated-tag", {"tags": [{"name": "a"}, {"name": "a"}]}, {"tags": [{"name": "a"}, {"name": "A"}]}),
    row(
        "misplaced-tag",
        {"tags": [{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}]},
        {"tags": [{"name": "a", "parent": "b"}, {"name": "b"}]},
        openapi="3.2.0",
    ),
    row("malformed-address", {"info contact": {"email": "nobody"}}, {"info contact": {"email": "a@b.c"}}),
    row("malformed-address", {"externalDocs": {"url": "my docs"}}, {"externalDocs": {"url": "docs.html"}}),
    row(
        "license-with-two-addresses",
        {"info license": {"name": "MIT", "identifier": "MIT", "url": "https://x"}},
        {"info license": {"name": "MIT", "identifier": "MIT"}},
        openapi="3.1.0",
    ),
    row(
        "additional-method-is-fixed",
        {"paths /models additionalOperations": {"POST": {}}},
        {"paths /models additionalOperations": {"COPY": {}}},
        openapi="3.2.0",
    ),
)
