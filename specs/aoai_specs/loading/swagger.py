"""Conversion of Swagger 2.0 descriptions to OpenAPI 3.0.

The provider publishes generated descriptions as Swagger 2.0. Only what the formats express differently
changes: the places of schemas, parameters and servers, bodies and media types, `x-nullable`, and
discriminators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aoai_specs.loading.files import Loaded
from aoai_specs.operations import METHODS
from aoai_specs.pointers import find

_NEW_PLACES = {
    "#/definitions/": "#/components/schemas/",
    "#/parameters/": "#/components/parameters/",
    "#/responses/": "#/components/responses/",
    "#/securityDefinitions/": "#/components/securitySchemes/",
}
#: Keys of a parameter or header in Swagger that belong to its schema in OpenAPI.
_SCHEMA_KEYS = [
    "type", "format", "items", "default", "enum", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems",
    "multipleOf", "nullable", "x-ms-enum",
]  # fmt: skip
#: The OpenAPI style of each list separator of a query; `multi` repeats the name instead.
_STYLES = {"ssv": "spaceDelimited", "pipes": "pipeDelimited"}
_JSON = "application/json"
_MULTIPART = "multipart/form-data"


def upgrade(loaded: Loaded) -> Loaded:
    """Convert a Swagger 2.0 description with a sound structure to OpenAPI 3.0."""
    return replace(
        loaded,
        content=_Upgrade(_convert(loaded.content)).result(),
        lines=loaded.lines.converted(place_before),
        misread={_move(pointer): kind for pointer, kind in loaded.misread.items()},
        problems=tuple(each._replace(pointer=_move(each.pointer)) for each in loaded.problems),
        parts={_move(pointer): part for pointer, part in loaded.parts.items()},
        swagger=True,
    )


def place_before(pointer: str) -> str:
    """Return where a place of a converted description was before."""
    for before, after in _NEW_PLACES.items():
        if pointer.startswith(after):
            return before + pointer.removeprefix(after)
    return pointer


def _move(pointer: str) -> str:
    for before, after in _NEW_PLACES.items():
        if pointer.startswith(before):
            return after + pointer.removeprefix(before)
    return pointer


def _convert(value: Any) -> Any:
    """Convert references, `x-nullable` and discriminators everywhere."""
    if isinstance(value, list):
        return [_convert(each) for each in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, each in value.items():
        if key == "$ref" and isinstance(each, str):
            result[key] = _move(each)
        elif key == "x-nullable" and isinstance(each, bool):
            result["nullable"] = each
        elif key == "discriminator" and isinstance(each, str):
            result[key] = {"propertyName": each}
        elif key == "type" and each == "file":
            result.update({"type": "string", "format": "binary"})
        else:
            result[key] = _convert(each)
    return result


class _Upgrade:
    """The conversion of one description whose references are already converted."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._parameters: dict[str, Any] = content.get("parameters", {})
        self._consumes: list[str] = content.get("consumes", [_JSON])
        self._produces: list[str] = content.get("produces", [_JSON])

    def result(self) -> dict[str, Any]:
        content = self._content
        components = {
            "schemas": content.get("definitions", {}),
            "parameters": {
                name: self._parameter(each)
                for name, each in self._parameters.items()
                if each.get("in") not in ("body", "formData")
            },
            "responses": {
                name: self._response(each, self._produces)
                for name, each in content.get("responses", {}).items()
            },
            "securitySchemes": content.get("securityDefinitions", {}),
        }
        kept: dict[str, Any] = {key: content[key] for key in ("info", "security", "tags") if key in content}
        return {
            "openapi": "3.0.3",
            **kept,
            "servers": [{"url": self._server()}],
            "paths": {
                path: self._path(item)
                for path, item in content.get("paths", {}).items()
                if isinstance(item, dict)
            },
            "components": components,
        }

    def _server(self) -> str:
        content = self._content
        base = str(content.get("basePath", "")).rstrip("/")
        host = content.get("x-ms-parameterized-host")
        if isinstance(host, Mapping) and isinstance(host.get("hostTemplate"), str):
            return f"{host['hostTemplate'].rstrip('/')}{base}"
        schemes = content.get("schemes") or ["https"]
        return f"{schemes[0]}://{content['host']}{base}" if "host" in content else base or "/"

    def _path(self, item: dict[str, Any]) -> dict[str, Any]:
        shared, shared_body = self._split(item.get("parameters", []), self._consumes)
        result: dict[str, Any] = {"parameters": shared} if shared else {}
        for method in METHODS:
            if isinstance(item.get(method), dict):
                result[method] = self._operation(item[method], shared_body)
        return result

    def _operation(self, operation: dict[str, Any], shared_body: dict[str, Any] | None) -> dict[str, Any]:
        produces = operation.get("produces", self._produces)
        parameters, body = self._split(
            operation.get("parameters", []), operation.get("consumes", self._consumes)
        )
        result = {
            key: value
            for key, value in operation.items()
            if key not in ("consumes", "produces", "parameters", "responses", "schemes")
        }
        result["parameters"] = parameters
        body = body or shared_body
        if body is not None:
            result["requestBody"] = body
        result["responses"] = {
            status: self._response(response, produces)
            for status, response in operation.get("responses", {}).items()
        }
        return result

    def _split(
        self, parameters: list[dict[str, Any]], consumes: list[str]
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return the parameters outside the body, and the body that the others form."""
        beside: list[dict[str, Any]] = []
        fields: list[dict[str, Any]] = []
        body: dict[str, Any] | None = None
        for parameter in parameters:
            described = self._resolve(parameter)
            if described.get("in") == "body":
                media = {media_type: {"schema": described.get("schema", {})} for media_type in consumes}
                body = {"required": described.get("required") is True, "content": media}
            elif described.get("in") == "formData":
                fields.append(described)
            else:
                beside.append(parameter if "$ref" in parameter else self._parameter(parameter))
        return beside, _form(fields, consumes) if fields else body

    def _resolve(self, parameter: dict[str, Any]) -> dict[str, Any]:
        reference = parameter.get("$ref")
        if not isinstance(reference, str):
            return parameter
        found = find(self._content, place_before(reference))
        return found if isinstance(found, dict) else {}

    def _parameter(self, parameter: Any) -> dict[str, Any]:
        if not isinstance(parameter, dict):
            return {"schema": {}}
        described = {key: value for key, value in parameter.items() if key not in _SCHEMA_KEYS}
        written = _serialization(parameter, str(described.pop("collectionFormat", "csv")))
        return {
            **described,
            **written,
            "schema": {key: parameter[key] for key in _SCHEMA_KEYS if key in parameter},
        }

    def _response(self, response: dict[str, Any], produces: list[str]) -> dict[str, Any]:
        if "$ref" in response:
            return response
        result = {
            key: value for key, value in response.items() if key not in ("schema", "headers", "examples")
        }
        result.setdefault("description", "")
        if "headers" in response:
            result["headers"] = {name: self._parameter(each) for name, each in response["headers"].items()}
        if "schema" in response:
            result["content"] = {media_type: {"schema": response["schema"]} for media_type in produces}
            examples = response.get("examples")
            for media_type, example in examples.items() if isinstance(examples, dict) else ():
                if media_type in result["content"]:
                    result["content"][media_type]["example"] = example
        return result


def _serialization(parameter: dict[str, Any], collection: str) -> dict[str, Any]:
    """Return the serialization of a query list in terms of OpenAPI 3."""
    if parameter.get("in") != "query" or parameter.get("type") != "array":
        return {}
    return {"style": _STYLES.get(collection, "form"), "explode": collection == "multi"}


def _form(fields: list[dict[str, Any]], consumes: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            field["name"]: {key: field[key] for key in ("description", *_SCHEMA_KEYS) if key in field}
            for field in fields
        },
    }
    required = [field["name"] for field in fields if field.get("required") is True]
    if required:
        schema["required"] = required
    forms = [each for each in consumes if each.startswith(("multipart/", "application/x-www-form"))]
    return {
        "required": bool(required),
        "content": {media_type: {"schema": schema} for media_type in forms or [_MULTIPART]},
    }
