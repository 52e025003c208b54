"""Validates values with a JSON Schema from the request: function parameters and response formats."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aoai_specs.pointers import escape

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


def find_first_error(value: Any, schema: Any) -> tuple[str, str] | None:
    """Return the JSON Pointer and message of the first error of `value`; None if it matches `schema`.

    An invalid schema, or one with an unresolvable reference, matches everything: it is an error of the
    request. Formats are not checked, and references are never fetched.
    """
    if not isinstance(schema, dict):
        return None
    from jsonschema.exceptions import SchemaError as InvalidSchema
    from referencing.exceptions import Unresolvable

    try:
        validator = _validator(json.dumps(schema))
        errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    except (InvalidSchema, Unresolvable, RecursionError, ValueError, TypeError):
        return None
    if not errors:
        return None
    path = "".join(f"/{escape(str(token))}" for token in errors[0].absolute_path)
    return path, errors[0].message


@lru_cache(maxsize=64)
def _validator(written: str) -> Validator:
    """Return the validator of a schema; cached, since a run sends few schemas many times."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    schema = json.loads(written)
    kind = validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    return kind(schema)
