"""The OpenAPI document of the control API, from its table of endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aoai_emulator.control_api.endpoint import PREFIX, Endpoint
from aoai_emulator.control_api.schemas import SCHEMAS

_PARAMETER = re.compile(r"\{(\w+)\}")


def describe(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of some endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(PREFIX + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control API of the emulator",
            "version": "1",
            "description": "Changes an emulator while it runs. It needs no key; serve it on loopback only.",
        },
        "paths": paths,
        "components": {"schemas": dict(SCHEMAS)},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    names = _PARAMETER.findall(endpoint.path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    parameters += [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in endpoint.query.items()
    ]
    responses = {str(status): _response(status, name) for status, name in endpoint.answers.items()}
    if endpoint.body is not None or endpoint.query:
        responses["400"] = _response(400, "Error")
    if names:
        responses["404"] = _response(404, "Error")
    operation: dict[str, Any] = {
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": responses,
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": endpoint.is_body_required,
            "content": _content(endpoint.body),
        }
    return operation


def _response(status: int, name: str) -> dict[str, Any]:
    words = {200: "Success", 201: "Added", 204: "Done", 400: "A mistake", 404: "Unknown", 409: "Not met"}
    return {"description": words[status], **({"content": _content(name)} if name else {})}


def _content(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"} if name in SCHEMAS else {"type": "object"}
    return {"application/json": {"schema": schema}}
