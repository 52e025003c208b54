"""Validate a value against a schema that a client sent: bounded, and without fetching anything."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from aoai_specs.json_values import is_deeper_than, nodes
from aoai_specs.schemas.schema_cost import require_bounded

_DEEPEST = 64
_LONGEST = 200


def mismatch(schema: Any, value: Any) -> str | None:
    """Say where a value does not match a schema; return None if it does, or if the schema is not usable."""
    if not isinstance(schema, dict) or is_deeper_than(schema, _DEEPEST) or is_deeper_than(value, _DEEPEST):
        return None
    if any(isinstance(node, dict) and _refers_elsewhere(node) for node in nodes(schema)):
        return None
    try:
        require_bounded(schema)
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=False)
        error = next(iter(validator.iter_errors(value)), None)
    except (ValueError, RecursionError):
        return None
    if error is None:
        return None
    place = "".join(f"/{token}" for token in error.instance_path)
    sentence = f"{error.message.rstrip('.')} at {place}" if place else error.message.rstrip(".")
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}…"


def _refers_elsewhere(node: dict[str, Any]) -> bool:
    references = (node.get(name) for name in ("$ref", "$dynamicRef", "$schema", "$id"))
    return any(isinstance(each, str) and not each.startswith("#") for each in references)
