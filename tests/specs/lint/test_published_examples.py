"""Example files in the form of x-ms-examples, validated against their operations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mistakes import CHAT, with_places

from aoai_specs.errors import DocumentError
from aoai_specs.lint import read_examples

GOOD = {
    "parameters": {"deployment-id": "d", "api-version": "2024-10-21", "body": {"text": "a"}},
    "responses": {"200": {"body": {"text": "b"}}},
}


def write(folder: Path, **examples: Any) -> Path:
    for name, content in examples.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def located(findings, folder: Path, places: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    found = findings(with_places(places or {}), examples=read_examples(folder))
    return [(each.check.removeprefix("published-example-"), each.pointer) for each in found]


def test_a_valid_example_gives_no_finding(findings, tmp_path: Path) -> None:
    assert located(findings, write(tmp_path, chat=GOOD)) == []


def test_finds_a_request_that_violates_its_schema(findings, tmp_path: Path) -> None:
    bad = {**GOOD, "parameters": {**GOOD["parameters"], "body": {"text": 1}}}
    assert located(findings, write(tmp_path, chat_completions=bad)) == [
        ("breaks-schema", "#/parameters/body/text")
    ]


def test_finds_a_parameter_that_violates_its_schema(findings, tmp_path: Path) -> None:
    bad = {**GOOD, "parameters": {**GOOD["parameters"], "api-version": 1}}
    assert located(findings, write(tmp_path, chat=bad)) == [("breaks-schema", "#/parameters/api-version")]


def test_finds_a_response_that_violates_its_schema(findings, tmp_path: Path) -> None:
    bad = {**GOOD, "responses": {"200": {"body": {}}}}
    assert located(findings, write(tmp_path, chat=bad)) == [("breaks-schema", "#/responses/200/body/text")]


def test_finds_a_status_that_is_not_described(findings, tmp_path: Path) -> None:
    places = {f"{CHAT} responses": {"200": {"description": "x"}, "4XX": {"description": "x"}}}
    bad = {**GOOD, "responses": {"201": {"body": {}}, "400": {}}}
    found = located(findings, write(tmp_path, chat=bad), places)
    assert ("status-undeclared", "#/responses/201") in found
    assert ("status-undeclared", "#/responses/400") not in found


def test_finds_an_example_of_no_operation(findings, tmp_path: Path) -> None:
    assert located(findings, write(tmp_path, speech=GOOD)) == [("of-no-operation", "#")]


def test_an_operation_that_names_the_file_owns_the_example(findings, tmp_path: Path) -> None:
    places = {f"{CHAT} x-ms-examples": {"one": {"$ref": "./examples/anything.yaml"}}}
    bad = {**GOOD, "responses": {"200": {"body": {}}}}
    assert located(findings, write(tmp_path, anything=bad), places) == [
        ("breaks-schema", "#/responses/200/body/text")
    ]
    assert ("example-elsewhere", "#/" + f"{CHAT} x-ms-examples one".replace("/", "~1").replace(" ", "/")) in {
        (each.check, each.pointer) for each in findings(with_places(places))
    }


def test_the_operation_id_of_an_example_decides(findings, tmp_path: Path) -> None:
    listed = {**GOOD, "operationId": "List", "responses": {"200": {"body": {"text": 1}}}}
    assert located(findings, write(tmp_path, chat=listed)) == [("breaks-schema", "#/responses/200/body/text")]


def test_fields_of_a_form_are_the_parameters(findings, tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}}}
    places = {f"{CHAT} requestBody content": {"multipart/form-data": {"schema": schema}}}
    form = {"parameters": {"deployment-id": "d", "purpose": "x"}, "responses": {}}
    assert ("breaks-schema", "#/parameters/file") in located(findings, write(tmp_path, chat=form), places)
    form["parameters"]["file"] = "raw"
    assert ("breaks-schema", "#/parameters/file") not in located(findings, write(tmp_path, chat=form), places)


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}'])
def test_rejects_what_is_not_an_example(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(DocumentError, match=r"x\.json"):
        read_examples(tmp_path)


def test_rejects_a_folder_without_examples(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(DocumentError, match="example"):
            read_examples(folder)
