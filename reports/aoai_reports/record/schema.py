"""The published JSON Schemas of what is written, and the check of a record line against them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from aoai_reports.record.evidence import cut_text, one_line

RECORD = "record-v1.json"
SUMMARY = "summary-v1.json"


@cache
def schema_text(name: str) -> str:
    """The text of a packaged schema, `record-v1.json` or `summary-v1.json`."""
    return files("aoai_reports").joinpath("schemas", name).read_text(encoding="utf-8")


def is_valid_line(line: dict[str, Any]) -> bool:
    """Whether a parsed line is one of the four kinds of record line, by its `type`."""
    kind = line.get("type")
    return isinstance(kind, str) and kind in _line_kinds() and _fast_validator(kind).is_valid(line)


def why_invalid(line: dict[str, Any]) -> str:
    """What is wrong with a line that `is_valid_line` refused, in one sentence with the place."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    kind = line.get("type")
    if not isinstance(kind, str) or kind not in _line_kinds():
        return f"its type is {cut_text(one_line(kind), 60)}, not one of {', '.join(_line_kinds())}."
    error = best_match(Draft202012Validator(_line_schema(kind)).iter_errors(line))
    if error is None:
        return "a value in it is beyond what JSON numbers hold."
    place = "".join(f"/{token}" for token in error.absolute_path) or "the line"
    return f"{cut_text(place, 200)}: {cut_text(error.message, 300)}."


@cache
def _line_kinds() -> tuple[str, ...]:
    return tuple(ref["$ref"].rpartition("/")[2] for ref in json.loads(schema_text(RECORD))["oneOf"])


def _line_schema(kind: str) -> dict[str, Any]:
    # One branch of the published oneOf: faster, and its errors speak of the kind of line that is meant.
    whole: dict[str, Any] = json.loads(schema_text(RECORD))
    return {"$schema": whole["$schema"], "$ref": f"#/$defs/{kind}", "$defs": whole["$defs"]}


@cache
def _fast_validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_line_schema(kind))
