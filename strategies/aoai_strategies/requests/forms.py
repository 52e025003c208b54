"""Validates request bodies and parameters; the fields of a form are parsed from text first."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_specs.document import Document, Operation
from aoai_specs.operations import Parameter
from aoai_specs.schemas.shapes import Shape, request_media_type, request_shape, shape_at
from aoai_specs.schemas.validators import SchemaError


def is_form(operation: Operation) -> bool:
    """Whether an operation takes its body as a multipart form."""
    return (request_media_type(operation) or "").startswith("multipart/")


def admits(operation: Operation, body: Json) -> bool:
    """Whether the operation's description admits a body; a description without a schema admits every body.

    A form is given as an object of its fields, as `editing.body_value` returns it.
    """
    media_type = request_media_type(operation)
    validator = operation.request_validator(media_type) if media_type else None
    return validator is None or validator.is_valid(_instance(operation, body))


def schema_errors(operation: Operation, body: Json, *, at_most: int | None = None) -> list[SchemaError]:
    """The first `at_most` errors of a body; empty for a description without a schema."""
    validator = operation.request_validator(request_media_type(operation) or "")
    instance = _instance(operation, body)
    if validator is None or validator.is_valid(instance):
        return []
    return validator.errors(instance, at_most=at_most)


def parameter_schema(document: Document, parameter: Parameter) -> str:
    """The pointer of a parameter's schema, or of the parameter where it has none."""
    described = document.resolve(parameter.pointer)
    return f"{parameter.pointer}/schema" if "schema" in described else parameter.pointer


def parameter_admits(
    document: Document, parameter: Parameter, text: str, types: tuple[str, ...] | None = None
) -> bool:
    """Whether the schema of a parameter admits a text, as text or parsed as one of `types`.

    Without `types` these are the types of the schema itself.
    """
    pointer = parameter_schema(document, parameter)
    validator = document.validator(pointer, "request")
    if validator.is_valid(text):
        return True
    return validator.is_valid(parse_text(text, shape_at(document, pointer).types if types is None else types))


def parse_text(item: Json, types: tuple[str, ...]) -> Json:
    """A value of a form or a parameter as the first of the given types that its text can be parsed as."""
    if isinstance(item, dict):
        return "file"
    if not isinstance(item, str):
        return item
    try:
        if "integer" in types:
            return int(item)
        if "number" in types:
            return float(item)
    except ValueError:
        return item
    if "boolean" in types and item in ("true", "false"):
        return item == "true"
    return item


def _instance(operation: Operation, body: Json) -> Json:
    return _parse_form(body, request_shape(operation)) if is_form(operation) else body


def _parse_form(fields: Json, shape: Shape | None) -> Json:
    """The fields of a form with the types of their schemas; a file becomes a text."""
    if not isinstance(fields, dict) or shape is None:
        return fields
    found: dict[str, Json] = {}
    for name, item in fields.items():
        child = shape.properties.get(name)
        types = child.types if child is not None else ()
        value = parse_text(item, types)
        found[name] = [item] if "array" in types and not isinstance(item, list) else value
    return found
