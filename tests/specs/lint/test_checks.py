"""Every check finds its mistake at its place, and nothing in a correct description."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mistakes import MISTAKES, Mistaken, sound, with_places
from schema_mistakes import CONTRADICTORY
from structural_mistakes import STRUCTURAL

from aoai_specs.lint import NO_WITNESS, Finding, Subject, checks, lint
from aoai_specs.loading.files import load

#: Shown elsewhere: they are about the text, about files beside it, or about its size.
SHOWN_ELSEWHERE = {
    "unquoted-date",
    "unquoted-truth-word",
    "half-surrogate-pair",
    "duplicate-key",
    "unsupported-value",
    "unreadable-pattern",
    "published-example-of-no-operation",
    "published-example-breaks-schema",
    "published-example-status-undeclared",
    "too-large-to-check",
}


def test_a_correct_description_has_no_finding(findings) -> None:
    assert findings(sound()) == ()


def test_every_check_has_an_example() -> None:
    assert {mistaken.check for mistaken in ROWS} | SHOWN_ELSEWHERE == set(checks())


ROWS = (*MISTAKES, *STRUCTURAL, *CONTRADICTORY)


def found_by(mistaken: Mistaken, places: dict[str, Any]) -> tuple[Finding, ...]:
    text = json.dumps(with_places(places, mistaken.base))
    return lint(Subject.of_loaded(load(text, "small.yaml")), only=[mistaken.check])


def test_every_check_finds_its_mistake() -> None:
    missed = [(row.check, row.wrong) for row in ROWS if not found_by(row, row.wrong)]
    assert missed == []


def test_no_check_finds_anything_in_a_correct_description() -> None:
    found = {row.check: [each.message for each in found_by(row, row.right)] for row in ROWS}
    assert {check: messages for check, messages in found.items() if messages} == {}


def test_every_finding_has_one_sentence_a_line_and_the_severity_of_its_check() -> None:
    for row in ROWS:
        for finding in found_by(row, row.wrong):
            assert finding.clause.startswith("small.yaml#"), finding
            assert finding.message.endswith((".", "?")), finding
            assert "\n" not in finding.message, finding
            assert finding.line is not None, finding
            assert finding.severity == checks()[row.check].severity


@pytest.mark.parametrize("mistaken", [each for each in MISTAKES if each.check == "overlapping-branches"])
def test_the_witness_of_an_overlap_matches_two_branches(mistaken: Mistaken) -> None:
    subject = Subject.of_loaded(load(json.dumps(with_places(mistaken.wrong)), "small.yaml"))
    (finding,) = lint(subject, only=["overlapping-branches"])
    assert finding.witness is not NO_WITNESS
    union = finding.pointer
    fitting = [
        index
        for index in range(len(subject.resolve(union)))
        if subject.fits(f"{union}/{index}", finding.witness, "request")
    ]
    assert len(fitting) == 2
    assert not subject.fits(union.removesuffix("/oneOf"), finding.witness, "request")


@pytest.mark.parametrize(("text", "check"), [("2024-10-21", "unquoted-date"), ("off", "unquoted-truth-word")])
def test_finds_words_that_need_quotes(findings, text: str, check: str) -> None:
    described = f"""
openapi: 3.0.3
info: {{title: x, version: {text}}}
paths: {{}}
"""
    (finding,) = findings(described)
    assert (finding.check, finding.pointer, finding.line) == (check, "#/info/version", 3)
    assert findings(described.replace(f"version: {text}", f"version: '{text}'")) == ()


@pytest.mark.parametrize("text", ["2024-10-21-preview", "1.0.0", "12", "offline"])
def test_accepts_what_every_reader_reads_as_text(findings, text: str) -> None:
    found = findings(f"openapi: 3.0.3\ninfo: {{title: x, version: {text}}}\npaths: {{}}\n")
    assert [each.check for each in found] == (["value-of-wrong-type"] if text == "12" else [])


def test_swagger_is_linted_with_its_terms(findings) -> None:
    described = {
        "swagger": "2.0",
        "info": {"title": "x", "version": "1"},
        "paths": {
            "/a": {
                "get": {
                    "produces": ["application/json"],
                    "responses": {
                        "200": {
                            "description": "x",
                            "schema": {"$ref": "#/definitions/A"},
                            "examples": {"application/json": {"a": 1}},
                        },
                        "default": {"description": "x"},
                    },
                }
            }
        },
        "definitions": {
            "A": {"type": "object", "properties": {"a": {"type": "string", "default": 1}}},
            "B": {"type": "object"},
        },
        "securityDefinitions": {"key": {"type": "apiKey", "name": "key", "in": "query"}},
    }
    found = {(each.check, each.pointer) for each in findings(described)}
    assert found == {
        ("example-breaks-schema", "#/paths/~1a/get/responses/200/content/application~1json/example"),
        ("default-breaks-schema", "#/definitions/A/properties/a/default"),
        ("unreferenced-schema", "#/definitions/B"),
        ("unreferenced-component", "#/securityDefinitions/key"),
    }


def test_only_the_selected_checks_run(findings) -> None:
    wrong = with_places({"components schemas Alone": {"type": "array"}})
    assert {each.check for each in findings(wrong)} == {"unreferenced-schema", "array-without-items"}
    subject = Subject.of_loaded(load(json.dumps(wrong), "small.yaml"))
    assert {each.check for each in lint(subject, only=["array-without-items"])} == {"array-without-items"}


def test_checks_webhooks_callbacks_and_path_items_of_3_1(findings) -> None:
    item = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "array"}}}}}}
    wrong = {"type": "string", "example": 1}
    item["post"]["requestBody"]["content"]["application/json"]["schema"] = wrong
    described = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "webhooks": {"made": {**item, "get": {"callbacks": {"done": {"{$url}": item}}}}},
        "components": {"pathItems": {"shared": item}},
    }
    assert {each.pointer.split("/post")[0] for each in findings(described)} == {
        "#/webhooks/made",
        "#/webhooks/made/get/callbacks/done/{$url}",
        "#/components/pathItems/shared",
    }


def test_checks_the_additional_methods_of_3_2(findings) -> None:
    operation = {"responses": {"200": {"description": "x"}}}
    described = {
        "openapi": "3.2.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/a": {"query": operation, "additionalOperations": {"COPY": operation}}},
    }
    assert [each.message for each in findings(described)] == [
        "QUERY /a describes no error response.",
        "COPY /a describes no error response.",
    ]


def test_a_shared_path_item_is_an_operation_of_its_path(findings) -> None:
    described = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/a": {"$ref": "#/components/pathItems/shared"}},
        "components": {"pathItems": {"shared": {"get": {"responses": {"200": {"description": "x"}}}}}},
    }
    assert [each.message for each in findings(described)] == ["GET /a describes no error response."]


@pytest.mark.parametrize(
    "branches",
    [
        [{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}],
        [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}],
        [
            {"type": "integer", "multipleOf": 3, "minimum": 1},
            {"type": "integer", "multipleOf": 5, "minimum": 1},
        ],
        [{"type": "integer", "minimum": 5, "maximum": 10}, {"type": "integer", "minimum": 8, "maximum": 20}],
        [{"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "b$"}],
        [{"type": "string", "enum": ["x", "y"]}, {"type": "string", "enum": ["y", "z"]}],
        [{"type": "string", "minLength": 3}, {"type": "string", "maxLength": 5}],
        [{"type": "string", "nullable": True}, {"type": "integer", "nullable": True}],
        [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "object", "required": ["x"]}}},
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "object", "required": ["y"]}}},
        ],
    ],
    ids=range(9),
)
def test_finds_a_witness_of_each_kind_of_overlap(findings, branches: list[dict[str, object]]) -> None:
    found = findings(with_places({"components schemas Request properties field": {"oneOf": branches}}))
    assert [each.check for each in found if each.witness is not NO_WITNESS] == ["overlapping-branches"]


@pytest.mark.parametrize(
    "branches",
    [
        [{"type": "string"}, {"type": "integer"}],
        [{"type": "string", "maxLength": 2}, {"type": "string", "minLength": 3}],
        [{"type": "integer", "maximum": 2}, {"type": "integer", "minimum": 3}],
        [{"type": "string", "enum": ["x"]}, {"type": "string", "enum": ["y"]}],
        [
            {"type": "object", "additionalProperties": False, "required": ["a"], "properties": {"a": {}}},
            {"type": "object", "additionalProperties": False, "required": ["b"], "properties": {"b": {}}},
        ],
    ],
    ids=range(5),
)
def test_finds_no_overlap_of_disjoint_branches(findings, branches: list[dict[str, object]]) -> None:
    assert findings(with_places({"components schemas Request properties field": {"oneOf": branches}})) == ()
