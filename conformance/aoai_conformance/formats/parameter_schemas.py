"""Values held to a JSON Schema that the request itself brought: function parameters and response formats."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError as InvalidSchema
from jsonschema.protocols import Validator
from referencing.exceptions import Unresolvable

from aoai_specs.pointers import escape


def first_error(value: Any, schema: Any) -> tuple[str, str] | None:
    """Where and why `value` breaks `schema`, as JSON Pointer and message; None where it keeps it.

    A schema that is none, or that refers to what it does not hold, breaks nothing: it is the request's fault.
    Formats are not checked, references are never fetched.
    """
    if not isinstance(schema, dict):
        return None
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
    """The validator of a schema; a run sends few of them, many times."""
    schema = json.loads(written)
    kind = jsonschema.validators.validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    return kind(schema)
