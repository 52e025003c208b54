"""Schema errors as rejections: which field is invalid, with which code and message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_specs.pointers import tokens
from aoai_specs.schemas.validators import SchemaError

_NAMES = {
    "string": "a string",
    "number": "a decimal",
    "integer": "an integer",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def schema_rejections(errors: Iterable[SchemaError], body: JsonObject) -> Iterator[Rejection]:
    """Yield one rejection for each schema error of a request's body."""
    for error in errors:
        yield _rejection(error, field_name(error.pointer, body))


def field_name(pointer: str, body: JsonObject) -> str | None:
    """Name a field as the service does: the pointer `/messages/0/role` is `messages[0].role`.

    The body shows which numbers are indices. Returns None for the body itself.
    """
    name = ""
    holder: Any = body
    for text in tokens(pointer):
        if isinstance(holder, list) and text.isdigit():
            name += f"[{text}]"
            holder = holder[int(text)] if int(text) < len(holder) else None
        else:
            name += f".{text}" if name else text
            holder = holder.get(text) if isinstance(holder, dict) else None
    return name or None


def _rejection(error: SchemaError, name: str | None) -> Rejection:
    if error.keyword == "required":
        return _build(error, name, "missing_required_parameter", f"Missing required parameter: '{name}'.")
    code, message = _wording(error, name or "body")
    return _build(error, name, code, message)


def _build(error: SchemaError, name: str | None, code: str, message: str) -> Rejection:
    return Rejection(
        400,
        code,
        message,
        form="model",
        param=name,
        keyword=error.keyword,
        expected=error.expected,
        actual=error.actual,
    )


def _wording(error: SchemaError, name: str) -> tuple[str, str]:
    expected, actual = _short(error.expected), _short(error.actual)
    match error.keyword:
        case "type":
            wanted = _named_types(error.expected)
            return (
                "invalid_type",
                f"Invalid type for '{name}': expected {wanted}, but got {_type_of(error.actual)} instead.",
            )
        case "maximum" | "exclusiveMaximum":
            code = f"{_number_kind(error.actual)}_above_max_value"
            return code, f"Invalid '{name}': expected a value of at most {expected}, but got {actual}."
        case "minimum" | "exclusiveMinimum":
            code = f"{_number_kind(error.actual)}_below_min_value"
            return code, f"Invalid '{name}': expected a value of at least {expected}, but got {actual}."
        case "enum" | "const":
            return "invalid_value", f"Invalid value: {actual}. Supported values for '{name}' are: {expected}."
        case "maxItems":
            return "array_above_max_length", f"Invalid '{name}': the array holds more than {expected} items."
        case "minItems":
            return "array_below_min_length", f"Invalid '{name}': the array holds fewer than {expected} items."
        case "maxLength":
            return "string_above_max_length", f"Invalid '{name}': the text is longer than {expected}."
        case "minLength":
            return "string_below_min_length", f"Invalid '{name}': the text is shorter than {expected}."
        case "additionalProperties" | "unevaluatedProperties":
            return "unknown_parameter", f"Unknown parameter in '{name}'. {error.message}"
        case _:
            return "invalid_value", f"Invalid '{name}'. {error.message}"


def _named_types(expected: Any) -> str:
    names = expected if isinstance(expected, list) else [expected]
    return " or ".join(_NAMES.get(str(name), str(name)) for name in names)


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    for kind, name in ((int, "an integer"), (float, "a decimal"), (str, "a string"), (list, "an array")):
        if isinstance(value, kind):
            return name
    return "an object"


def _number_kind(value: Any) -> str:
    return "integer" if isinstance(value, int) else "decimal"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 200 else text[:200] + "…"
