"""`nullable` and boolean exclusive bounds in OpenAPI 3.1 mean what they mean in OpenAPI 3.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison import compare, described
from aoai_specs.loading.dialect import honour_older_keywords
from aoai_specs.loading.files import load
from aoai_specs.reading import with_own_keywords

NULL = {"type": "null"}


def renewed(schema: dict[str, Any], version: str = "3.1.0") -> tuple[Any, int]:
    content, count = honour_older_keywords({"openapi": version, "components": {"schemas": {"A": schema}}})
    return content["components"]["schemas"]["A"], count


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"], "nullable": True}),
        ({"type": ["number"], "nullable": True}, {"type": ["number", "null"], "nullable": True}),
        (
            {"$ref": "#/x", "nullable": True, "description": "d"},
            {"anyOf": [{"$ref": "#/x"}, NULL], "nullable": True, "description": "d"},
        ),
        ({"anyOf": [{"type": "a"}], "nullable": True}, {"anyOf": [{"type": "a"}, NULL], "nullable": True}),
        ({"oneOf": [{}], "nullable": True}, {"anyOf": [{"oneOf": [{}]}, NULL], "nullable": True}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
    ],
)  # fmt: skip
def test_older_keywords_have_their_meaning(older: dict[str, Any], newer: dict[str, Any]) -> None:
    assert renewed(older) == (newer, 1)
    assert renewed({"properties": {"nullable": older}}) == ({"properties": {"nullable": newer}}, 1)
    assert renewed(older, "3.0.3") == (older, 0)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"], "nullable": True},
        {"type": "string", "nullable": False},
        {"properties": {"nullable": {"type": "boolean"}}, "exclusiveMinimum": 1},
        {"default": {"nullable": True}, "enum": [{"nullable": True}], "x-a": {"nullable": True}},
    ],
)  # fmt: skip
def test_nothing_else_changes(schema: dict[str, Any]) -> None:
    assert renewed(schema) == (schema, 0)


def described_by(schema: dict[str, Any]) -> str:
    content = {"application/json": {"schema": schema}}
    response = {"description": "", "content": content}
    operation = {"requestBody": {"content": content}, "responses": {"200": response}}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"version": "v1"},
            "servers": [{"url": "https://x/openai/v1"}],
            "paths": {"/x": {"post": operation}},
        }
    )


def test_there_is_one_note_for_a_description() -> None:
    loaded = load(described_by({"type": "string", "nullable": True}), "x.json")
    (note,) = with_own_keywords(loaded).notes
    assert note.startswith("x.json: 2 schemas have nullable")


def test_values_are_judged_and_descriptions_compared_by_that_meaning(tmp_path: Path) -> None:
    older, newer = tmp_path / "older.json", tmp_path / "newer.json"
    older.write_text(described_by({"type": "string", "nullable": True}), encoding="utf-8")
    newer.write_text(described_by({"type": ["string", "null"]}), encoding="utf-8")
    base, revision = described(str(older)), described(str(newer))
    assert compare(base, revision).changes == ()
    assert (len(base.warnings), revision.warnings) == (1, ())
    validator = Catalogue.packaged().load_file(str(older)).operation("POST /x").response_validator(200)
    assert validator is not None
    assert [validator.is_valid(value) for value in (None, "a", 1)] == [True, True, False]
