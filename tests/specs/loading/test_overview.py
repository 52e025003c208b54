"""An overview finds what several steps of reading search for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aoai_specs.comparison import described
from aoai_specs.json_values import count_values
from aoai_specs.loading.references import reference_targets, targets_of
from aoai_specs.loading.text.overview import overview
from aoai_specs.reading import ReadingOptions

TEXT = {"type": "string"}
REFERENCE = {"$ref": "#/components/schemas/A"}
CONTENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "things", "version": "1"},
    "paths": {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/p"}], "responses": {}}}},
    "x-more": {"$ref": "./elsewhere.yaml"},
    "components": {
        "parameters": {"p": {"name": "p", "in": "query", "example": {"$ref": "data"}, "schema": REFERENCE}},
        "schemas": {
            "A": TEXT,
            "default": {"properties": {"$ref": TEXT, "x-named": {"$ref": "#/components/schemas/default"}}},
            "B": {
                "oneOf": [REFERENCE],
                "discriminator": {"propertyName": "p", "mapping": {"b": "#/x", "c": "A"}},
            },
        },
    },
}


def test_marks_exactly_the_references_outside_data() -> None:
    assert targets_of(overview(CONTENT, 100).marked) == reference_targets(CONTENT)


def test_counts_values_and_members_and_stops_below_the_deepest_level() -> None:
    found = overview(CONTENT, 100)
    assert found.values == count_values(CONTENT)
    assert json.dumps(CONTENT).count('":') == found.members
    assert overview([[[1]]], 100)[:3] == (4, 0, 3)
    assert overview([[[1]]], 1).depth == 2
    assert overview("text", 100)[:3] == (1, 0, 0)


def test_honours_an_older_keyword_that_an_overlay_adds(tmp_path: Path) -> None:
    description, overlay = tmp_path / "a.json", tmp_path / "overlay.json"
    description.write_text(json.dumps({**CONTENT, "x-more": {}}))
    action = {"target": "$.components.schemas.A", "update": {"nullable": True}}
    info = {"title": "more", "version": "1"}
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": info, "actions": [action]}))
    read = described(str(description), as_published=True, options=ReadingOptions(overlays=(str(overlay),)))
    assert read.content["components"]["schemas"]["A"]["type"] == ["string", "null"]
