"""The published JSON Schemas of records and summaries, and the validation of record lines."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from aoai_reports.record.evidence import cut_text, one_line

RECORD = "record-v2.json"
RECORD_V1 = "record-v1.json"
SUMMARY = "summary-v1.json"


@cache
def schema_text(name: str) -> str:
    """Return the text of a packaged schema: `RECORD`, `RECORD_V1` or `SUMMARY`."""
    return files("aoai_reports").joinpath("schemas", name).read_text(encoding="utf-8")


def is_valid_line(line: dict[str, Any], schema: str = RECORD) -> bool:
    """Whether a parsed line is valid by the definition of its `type` in a schema of records."""
    kind = line.get("type")
    return isinstance(kind, str) and kind in _line_kinds() and _fast_validator(kind, schema).is_valid(line)


def why_invalid(line: dict[str, Any], schema: str = RECORD) -> str:
    """Return one sentence with the place that makes a line invalid."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    kind = line.get("type")
    if not isinstance(kind, str) or kind not in _line_kinds():
        return f"its type is {cut_text(one_line(kind), 60)}, not one of {', '.join(_line_kinds())}."
    error = best_match(Draft202012Validator(_line_schema(kind, schema)).iter_errors(line))
    if error is None:
        return "a number in it is out of range."
    place = "".join(f"/{token}" for token in error.absolute_path) or "the line"
    return f"{cut_text(place, 200)}: {cut_text(error.message, 300)}."


@cache
def _line_kinds() -> tuple[str, ...]:
    return tuple(ref["$ref"].rpartition("/")[2] for ref in json.loads(schema_text(RECORD))["oneOf"])


def _line_schema(kind: str, schema: str) -> dict[str, Any]:
    # One branch of the published oneOf: faster, and its errors are about this kind of line.
    whole: dict[str, Any] = json.loads(schema_text(schema))
    return {"$schema": whole["$schema"], "$ref": f"#/$defs/{kind}", "$defs": whole["$defs"]}


@cache
def _fast_validator(kind: str, schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_line_schema(kind, schema))
