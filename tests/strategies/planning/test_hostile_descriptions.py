"""Descriptions with bounds that cannot be sent, or that expand endlessly, are still planned."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_conformance.target.selection import sent_plans
from aoai_reports.results.point_account import UNSENDABLE, OperationAccount, Outcome
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.schemas.shapes import MOST_INSIDE, places, request_shape
from aoai_strategies.canonical import plan_as_json
from aoai_strategies.planning.planning import plan
from aoai_strategies.points.sendable import MOST_LISTED

LARGEST = 2_147_483_647
TEXT = {"type": "string"}
CHAT = "ChatCompletions_Create"
TIME_OUT = 150


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def described(
    fields: dict[str, Any], schemas: dict[str, Any] | None = None, required: tuple[str, ...] = ()
) -> str:
    version = {"name": "api-version", "in": "query", "required": True, "schema": TEXT}
    deployment = {"name": "deployment-id", "in": "path", "required": True, "schema": TEXT}
    messages = {"type": "array", "items": {"type": "object"}}
    request = {
        "type": "object",
        "required": ["messages", *required],
        "properties": {"messages": messages, **fields},
    }
    operation = {
        "operationId": CHAT,
        "parameters": [deployment, version],
        "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Request")}}},
        "responses": {
            "200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}
        },
    }
    return json.dumps(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "2024-10-21"},
            "servers": [{"url": "https://x/openai"}],
            "paths": {"/deployments/{deployment-id}/chat/completions": {"post": operation}},
            "components": {"schemas": {"Request": request, **(schemas or {})}},
        }
    )


def loaded(folder: Path, text: str) -> Document:
    file = folder / "own.json"
    file.write_text(text)
    return Catalogue.packaged().load_file(str(file))


@pytest.mark.parametrize(
    ("field", "left"),
    [
        ({"type": "string", "maxLength": LARGEST}, ["at", "inside", "above"]),
        ({"type": "string", "minLength": LARGEST}, ["at", "inside", "below"]),
        ({"type": "array", "items": TEXT, "maxItems": LARGEST}, ["at", "inside", "above"]),
        ({"type": "array", "items": TEXT, "minItems": LARGEST}, ["at", "below"]),
        ({"type": "object", "maxProperties": LARGEST}, ["at", "above"]),
        ({"type": "object", "minProperties": LARGEST}, ["at", "below"]),
        ({"type": "number", "maximum": 10**400}, ["at", "inside", "above"]),
    ],
    ids=lambda value: next(iter(value.keys() - {"type", "items"})) if isinstance(value, dict) else "",
)
def test_a_bound_beyond_the_size_of_requests_is_not_sent(
    tmp_path: Path, field: dict[str, Any], left: list[str]
) -> None:
    planned = plan(loaded(tmp_path, described({"field": field})))
    assert [each.point.rpartition(":")[2] for each in planned.unsendable] == left
    assert all("exceed the limit" in each.reason or "cannot" in each.reason for each in planned.unsendable)
    sent = {point.id for _, point in planned.points()}
    assert sent.isdisjoint(each.point for each in planned.unsendable)
    assert any(point.startswith("field.type:") for point in sent)


def test_a_bound_of_32_bits_on_a_number_is_sent(tmp_path: Path) -> None:
    field = {"type": "integer", "format": "int32", "minimum": -LARGEST - 1, "maximum": LARGEST}
    planned = plan(loaded(tmp_path, described({"field": field})))
    assert planned.unsendable == ()
    assert "field.maximum:above" in {point.id for _, point in planned.points()}


def test_a_plan_lists_what_it_does_not_send_and_a_run_leaves_it_out(tmp_path: Path) -> None:
    document = loaded(tmp_path, described({"field": {"type": "string", "maxLength": LARGEST}}))
    planned = plan(document)
    assert {each["point"] for each in json.loads(plan_as_json(planned))["not_sent"]} == {
        "field.maxLength:at",
        "field.maxLength:inside",
        "field.maxLength:above",
    }
    (sent,) = sent_plans([planned], {planned.document: document})
    (left,) = sent.left_out
    assert (left.cause, len(left.points)) == (UNSENDABLE, 3)
    assert set(left.points) <= set(sent.points[CHAT])


def test_coverage_does_not_require_points_that_cannot_be_sent() -> None:
    outcomes = {
        "a": Outcome("shown_correct"),
        "b": Outcome("not_sent", UNSENDABLE),
        "c": Outcome("not_shown"),
    }
    assert OperationAccount("d", "o", outcomes).expected(complete=True) == 2


def test_only_the_first_values_of_a_very_long_enum_are_sent(tmp_path: Path) -> None:
    field = {"type": "string", "enum": [f"v{at}" for at in range(MOST_LISTED + 1)]}
    planned = plan(loaded(tmp_path, described({"field": field})))
    assert [each.point for each in planned.unsendable] == ["field.enum:others"]
    sent = {point.id for _, point in planned.points()}
    assert f"field.enum:v{MOST_LISTED - 1}" in sent
    assert f"field.enum:v{MOST_LISTED}" not in sent


def test_an_invalid_pattern_is_left_out_with_a_warning(tmp_path: Path) -> None:
    document = loaded(tmp_path, described({"field": {"type": "string", "pattern": "(["}}))
    (warning,) = document.warnings
    assert "not a regular expression and is ignored." in warning
    assert not any("pattern" in point.id for _, point in plan(document).points())


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_branches_that_double_with_each_step_allow_everything_with_a_warning(
    tmp_path: Path, keyword: str
) -> None:
    schemas = {f"s{at}": {keyword: [ref(f"s{at + 1}")] * 2} for at in range(24)} | {"s24": TEXT}
    document = loaded(tmp_path, described({"field": ref("s0"), "other": TEXT}, schemas))
    (warning,) = document.warnings
    assert "unfold to more than 50,000 schemas for one value" in warning
    assert "other.type:string" in {point.id for _, point in plan(document).points()}


def test_schemas_that_apply_themselves_allow_everything_with_a_warning(tmp_path: Path) -> None:
    schemas = {"A": {"allOf": [ref("B")]}, "B": {"anyOf": [TEXT, ref("A")]}, "C": {"allOf": [ref("B"), TEXT]}}
    document = loaded(tmp_path, described({"field": ref("C"), "other": TEXT}, schemas))
    assert [warning for warning in document.warnings if "refer to themselves: A, B." in warning]
    assert len(document.warnings) == 2
    assert document.content["components"]["schemas"]["C"] == {"allOf": [ref("B"), TEXT]}
    assert {"field.type:string", "other.type:string"} <= {point.id for _, point in plan(document).points()}


def test_a_field_in_a_union_inside_a_union_is_reached(tmp_path: Path) -> None:
    low = {"type": "object", "required": ["a"], "properties": {"a": TEXT}}
    high = {"type": "object", "required": ["b"], "properties": {"b": {"type": "array", "items": TEXT}}}
    field = {"anyOf": [{"type": "integer"}, {"oneOf": [low, high]}]}
    planned = plan(loaded(tmp_path, described({"field": field})))
    (missing,) = [point for _, point in planned.points() if point.id == "field[object-2].b.required:missing"]
    assert [(edit.pointer, edit.value, edit.remove) for edit in missing.edits] == [
        ("/field", {"b": ["text"]}, False),
        ("/field/b", None, True),
    ]


def test_what_a_list_can_not_require_has_no_point(tmp_path: Path) -> None:
    field = {"type": "array", "items": {"type": "object", "properties": {"id": TEXT}}, "required": ["id"]}
    planned = plan(loaded(tmp_path, described({"field": field})))
    assert [(each.point, each.reason) for each in planned.unsendable] == [
        ("field.id.required:missing", "required has no effect on type array")
    ]


def test_objects_that_double_with_each_step_are_cut_without_affecting_others(tmp_path: Path) -> None:
    schemas = {
        f"s{at}": {"type": "object", "properties": {"l": ref(f"s{at + 1}"), "r": ref(f"s{at + 1}")}}
        for at in range(24)
    } | {"s24": TEXT}
    later = {"type": "object", "properties": {"deep": {"type": "string", "maxLength": 5}}}
    document = loaded(tmp_path, described({"field": ref("s0"), "later": later}, schemas))
    shape = request_shape(document.operations[CHAT])
    assert shape is not None
    found = list(places(shape))
    assert len([place for place in found if not place.shape.cut]) <= MOST_INSIDE + 10
    assert "later.deep" in {place.field for place in found if not place.shape.cut}
    assert any(each.point.endswith(":inside") for each in plan(document).unsendable)


HOSTILE = {
    "500 fields": described({f"p{at}": {"type": "string", "maxLength": 5} for at in range(500)}),
    **{
        f"{count} required fields": described(
            {f"p{at}": {"type": "string", "maxLength": 5} for at in range(count)},
            required=tuple(f"p{at}" for at in range(count)),
        )
        for count in (200, 500)
    },
    "2,000 fields inside a field": described(
        {"field": {"type": "object", "properties": {f"p{at}": {"maxLength": 5} for at in range(2000)}}}
    ),
    "100,000 values": described({"field": {"type": "string", "enum": [f"v{at}" for at in range(100_000)]}}),
    "lists of lists of many": described(
        {
            "field": {
                "type": "array",
                "minItems": 9000,
                "items": {"type": "array", "minItems": 9000, "items": {"type": "array", "minItems": 9000}},
            }
        }
    ),
    "a required list of many": described(
        {"field": {"type": "array", "items": TEXT, "minItems": LARGEST}}, required=("field",)
    ),
    "schemas that all contain each other": described(
        {"field": ref("s0")},
        {
            f"s{at}": {"type": "object", "properties": {f"p{other}": ref(f"s{other}") for other in range(12)}}
            for at in range(12)
        },
    ),
}
#: Planning these takes seconds; the gate tries a smaller one.
SLOW = {"500 required fields"}
EXPLODING_PATTERN = described(
    {
        "field": {"type": "string", "pattern": "^(a+)+$", "minLength": 40, "default": "a" * 40 + "!"},
        "other": {"type": "string", "pattern": "^(?=(a|a)+$)b", "enum": ["a" * 40 + "!"]},
    }
)


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.whole_selftest if kind in SLOW else ()) for kind in HOSTILE],
)
def test_a_hostile_description_is_planned(
    tmp_path: Path, kind: str, end_after: Callable[[int], AbstractContextManager[None]]
) -> None:
    file = tmp_path / "own.json"
    file.write_text(HOSTILE[kind])
    with end_after(TIME_OUT):
        done = CliRunner().invoke(main, ["plan", "--format", "json", "--spec", str(file)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["requests"] > 0
    assert "Traceback" not in done.stderr


def test_a_pattern_that_explodes_is_planned(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(EXPLODING_PATTERN)
    # in a process that can be killed: no signal interrupts the validator
    command = [sys.executable, "-m", "aoai_conformance", "plan", "--format", "json", "--spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_OUT, check=True)
    assert json.loads(done.stdout)["requests"] > 0
    assert "Traceback" not in done.stderr


def test_unusual_schemas_and_chains_are_planned(tmp_path: Path) -> None:
    chain = {
        f"s{at}": {"type": "object", "required": ["p"], "properties": {"p": ref(f"s{at + 1}")}}
        for at in range(300)
    }
    references = {f"r{at}": ref(f"r{at + 1}") for at in range(300)}
    fields = {
        "any": True,
        "none": False,
        "empty": {"type": [], "oneOf": [], "allOf": [], "enum": []},
        "repeated": {"type": ["string", "string"], "required": ["a", "a"]},
        "chain": ref("s0"),
        "references": ref("r0"),
        "": TEXT,
        "a/b~c": TEXT,
    }
    document = loaded(tmp_path, described(fields, {**chain, "s300": TEXT, **references, "r300": TEXT}))
    planned = plan(document)
    sent = {point.id for _, point in planned.points()}
    assert {"a/b~c.type:string", "repeated.type:string", "chain.p.type:object"} <= sent
    assert [each for each in planned.unsendable if each.point.endswith(":inside")]
    assert any("more than 100 references follow one another" in warning for warning in document.warnings)
