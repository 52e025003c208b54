"""Whether a description admits a body, forms included: their values are text until their schema says more."""

from __future__ import annotations

from aoai_model.case import Json
from aoai_specs.document import Operation
from aoai_specs.schemas.shapes import Shape, request_media_type, request_shape


def is_form(operation: Operation) -> bool:
    """Whether an operation takes its body as a multipart form."""
    return (request_media_type(operation) or "").startswith("multipart/")


def admits(operation: Operation, body: Json) -> bool:
    """Whether the operation's description admits a body; a description without a schema admits every one.

    A form is given as an object of its fields, as `editing.body_value` returns it.
    """
    media_type = request_media_type(operation)
    validator = operation.request_validator(media_type) if media_type else None
    if validator is None:
        return True
    value = typed_form(body, request_shape(operation)) if is_form(operation) else body
    return validator.is_valid(value)


def typed_form(fields: Json, shape: Shape | None) -> Json:
    """A form's fields in the types that their schema gives them, for a validator; a file is some text."""
    if not isinstance(fields, dict) or shape is None:
        return fields
    found: dict[str, Json] = {}
    for name, item in fields.items():
        child = shape.properties.get(name)
        types = child.types if child is not None else ()
        found[name] = typed(item, types)
        if "array" in types and not isinstance(item, list):
            found[name] = [item]
    return found


def typed(item: Json, types: tuple[str, ...]) -> Json:
    """One value of a form or a parameter in the first of the given types that its text can be read as."""
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
