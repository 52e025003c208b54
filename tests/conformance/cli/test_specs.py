"""`specs list`, `specs show` and `specs lint`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.cli.specs import BEGIN, END, document_rows, table_within
from aoai_specs.lint import checks

CHAT = "ChatCompletions_Create"


def sound(**schemas: Any) -> dict[str, Any]:
    """Return a correct description with the given schemas."""
    answer = {"description": "x", "content": {"application/json": {"schema": {"type": "string"}}}}
    answer["content"]["application/json"]["schema"] = {
        "type": "object",
        "properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in schemas},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Any API", "version": "7"},
        "paths": {"/a": {"get": {"responses": {"200": answer, "default": {"description": "x"}}}}},
        "components": {"schemas": schemas},
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "any.json"


def test_lists_the_catalogue(invoke) -> None:
    assert "azure-openai@2024-10-21" in invoke("specs", "list").output
    rows = json.loads(invoke("specs", "list", "--format", "json").output)
    (row,) = [row for row in rows if row["name"] == "azure-openai@2024-10-21"]
    assert (row["preview"], row["operations"]) == (False, 29)
    assert "chat" in row["kinds"]
    assert "chat" not in row["on_request"]
    assert "batch-create" in row["on_request"]


def test_lists_the_catalogue_as_markdown(invoke) -> None:
    lines = invoke("specs", "list", "--format", "markdown").output.splitlines()
    assert len(lines) == 2 + len(document_rows())
    assert all(line.count("|") == 6 for line in lines)


def test_updates_the_table_of_a_file_and_nothing_else(invoke, tmp_path: Path) -> None:
    file = tmp_path / "R.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert invoke("specs", "list", "--format", "markdown", "--into", file).exit_code == 0
    table = invoke("specs", "list", "--format", "markdown").output
    assert file.read_text() == f"before\n{BEGIN}\n{table}{END}\nafter\n"


@pytest.mark.parametrize("text", ["", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\nx\n{END}\n"])
def test_leaves_a_file_without_markers_unchanged(invoke, tmp_path: Path, text: str) -> None:
    file = tmp_path / "R.md"
    file.write_text(text)
    result = invoke("specs", "list", "--format", "markdown", "--into", file)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert file.read_text() == text
    assert table_within(text) is None


def test_into_requires_markdown(invoke, tmp_path: Path) -> None:
    assert invoke("specs", "list", "--into", tmp_path / "x").exit_code == 2


@pytest.mark.parametrize("name", ["2024-10-21", "azure-openai@2024-10-21"])
def test_shows_all_operations(invoke, name: str) -> None:
    result = invoke("specs", "show", name)
    assert result.exit_code == 0
    for path in ("chat/completions", "embeddings", "images/generations"):
        assert f"POST /openai/deployments/{{deployment-id}}/{path}" in result.output


@pytest.mark.parametrize("arguments", [(CHAT,), ("--operation", CHAT), (CHAT.lower(),)])
def test_shows_an_operation_as_tables(invoke, arguments: tuple[str, ...]) -> None:
    output = invoke("specs", "show", "2024-10-21", *arguments, env={"COLUMNS": "200"}).output
    rows = [line.split() for line in output.splitlines()]
    assert ["temperature", "maximum", "2", "schema"] in [row[:4] for row in rows]
    assert ["logit_bias.*", "maximum", "100", "prose"] in [row[:4] for row in rows]
    assert ["200", "text/event-stream", "server-sent", "events"] in [row[:4] for row in rows]
    assert ["deployment-id", "path", "required"] in [row[:3] for row in rows]
    assert "Embeddings" not in output


@pytest.mark.parametrize("width", [80, 120])
def test_tables_keep_to_the_width(invoke, width: int) -> None:
    output = invoke("specs", "show", "2024-10-21", CHAT, env={"COLUMNS": str(width)}).output
    tables = output.split("\n\n", 2)[2]
    assert max(map(len, tables.splitlines())) <= width


def test_shows_an_operation_as_json(invoke) -> None:
    data = json.loads(invoke("specs", "show", "2024-10-21", CHAT, "--format", "json").output)
    assert (data["document"], data["operation"], data["method"]) == ("azure-openai@2024-10-21", CHAT, "POST")
    by_name = {each["name"]: each for each in data["constraints"]}
    assert by_name["temperature.maximum"]["value"] == 2
    assert by_name["temperature.maximum"]["from"] == "schema"
    assert by_name["temperature.maximum"]["clause"].startswith("azure-openai@2024-10-21#/components/schemas/")
    assert by_name["logit_bias.*.maximum"]["from"] == "prose"
    assert by_name["messages[assistant].content.nullable"]["from"] == "overlay"
    assert by_name["response_format[json_schema].json_schema.name.required"]["from"] == "schema"
    assert data["responses"][0]["media"]["text/event-stream"] == "server-sent events"


def test_as_published_uses_no_overlay(invoke) -> None:
    data = json.loads(
        invoke("specs", "show", "2024-10-21", CHAT, "--format", "json", "--as-published").output
    )
    assert {each["from"] for each in data["constraints"]} == {"schema"}
    assert "text/event-stream" not in data["responses"][0]["media"]


def test_a_document_written_from_prose_names_its_sentences(invoke) -> None:
    data = json.loads(invoke("specs", "show", "2024-02-01", CHAT, "--format", "json").output)
    bounds = [each for each in data["constraints"] if each["name"] == "temperature.maximum"]
    assert [each["from"] for each in bounds] == ["prose"]
    assert bounds[0]["sentences"][0]["says"]


def test_shows_a_custom_description(invoke, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(invoke("specs", "show", "2024-10-21", "--format", "json").output)
    data = json.loads(invoke("specs", "show", file, CHAT, "--format", "json").stdout)
    assert {each["from"] for each in data["constraints"]} <= {"schema", "prose"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2024-10-21", "ChatCompletion"), "did you mean 'ChatCompletions_Create'?"),
        (("2024-10-12",), "2024-10-21"),
        (("nowhere.yaml",), "nowhere.yaml"),
        (("2024-10-21", CHAT, "--operation", CHAT), "twice"),
    ],
)
def test_show_rejects_unknown_names(invoke, arguments: tuple[str, ...], message: str) -> None:
    result = invoke("specs", "show", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_shows_a_document_as_published_and_as_corrected(invoke) -> None:
    corrected = invoke("specs", "show", "2024-10-21", "--format", "yaml").output
    published = invoke("specs", "show", "2024-10-21", "--format", "yaml", "--as-published").output
    assert "text/event-stream" in corrected
    assert "text/event-stream" not in published


def test_lint_finds_nothing_unexplained_in_a_corrected_document(invoke) -> None:
    result = invoke("specs", "lint", "2024-10-21")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("1 document: 0 findings; ")


def test_lint_checks_the_whole_catalogue(invoke) -> None:
    data = json.loads(invoke("specs", "lint", "--format", "json", "--check", "nullable-without-type").output)
    assert data["documents"] == [row.name for row in document_rows()]
    of_surface = invoke("specs", "lint", "--surface", "ai-model-inference", "--format", "json").output
    assert {name.partition("@")[0] for name in json.loads(of_surface)["documents"]} == {"ai-model-inference"}


def test_lint_finds_the_mistakes_of_a_document_as_published(invoke) -> None:
    result = invoke("specs", "lint", "2024-10-21", "--as-published", "--format", "json")
    assert result.exit_code == 1
    data = json.loads(result.output)
    assert data["explained"] == 0
    assert data["unexplained"] == len(data["findings"])
    assert {"overlapping-branches", "null-not-in-enum", "stream-undeclared"} <= {
        each["check"] for each in data["findings"]
    }
    overlap = next(each for each in data["findings"] if each["check"] == "overlapping-branches")
    assert overlap["witness"]
    assert overlap["clause"] == f"azure-openai@2024-10-21{overlap['pointer']}"


def test_lint_shows_explained_mistakes_on_request(invoke) -> None:
    hidden, explained, every = (
        json.loads(invoke("specs", "lint", "2024-10-21", "--format", "json", *option).output)["findings"]
        for option in ((), ("--explained",), ("--all",))
    )
    assert hidden == []
    assert explained == every
    assert all(each["explained"] for each in explained)
    assert "[explained: " in invoke("specs", "lint", "2024-10-21", "--explained").output


def test_lint_takes_any_description(invoke, file: Path) -> None:
    file.write_text(json.dumps(sound(A={"type": "string"})))
    assert invoke("specs", "lint", file).exit_code == 0
    file.write_text(json.dumps(sound(A={"type": "string", "example": 1}), indent=1))
    result = invoke("specs", "lint", file)
    assert result.exit_code == 1
    assert "error  example-breaks-schema: An example that its own schema rejects." in result.output
    row = next(line.split() for line in result.output.splitlines() if line.startswith("  line "))
    assert row[2] == "#/components/schemas/A/example"
    assert file.read_text().splitlines()[int(row[1]) - 1].strip() == '"example": 1'
    assert "1 document: 1 finding." in result.output


def test_lint_fails_on_findings_of_the_chosen_severity(invoke, file: Path) -> None:
    file.write_text(json.dumps(sound(A={"type": "string", "format": "unixtime"})))
    codes = [invoke("specs", "lint", file, "--fail-on", each).exit_code for each in ("error", "info")]
    assert codes == [0, 1]


def test_lint_checks_published_examples(invoke, file: Path, tmp_path: Path) -> None:
    file.write_text(json.dumps(sound(A={"type": "string"})))
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "get_a.json").write_text(json.dumps({"responses": {"200": {"body": {"A": 1}}}}))
    result = invoke("specs", "lint", file, "--examples", folder, "--format", "json")
    (finding,) = json.loads(result.output)["findings"]
    assert finding["check"] == "published-example-breaks-schema"
    assert finding["clause"].endswith("get_a.json#/responses/200/body/A")


@pytest.mark.parametrize(
    ("arguments", "content", "message"),
    [
        (("any.json",), None, "any.json cannot be read"),
        (("any.json",), "{", "any.json, line "),
        (("any.json",), '{"openapi": "4.0.0"}', "OpenAPI 4.0.0 is not supported"),
        (("2024-10-12",), None, "2024-10-21"),
        (("2024-10-21", "--check", "overlaping-branches"), None, "did you mean 'overlapping-branches'?"),
        (("2024-10-21", "--examples", "none"), None, "none is not a folder of examples"),
        (("--examples", "none"), None, "needs exactly one API description"),
    ],
)
def test_lint_rejects_unreadable_files(
    invoke, file: Path, arguments: tuple[str, ...], content: str | None, message: str
) -> None:
    if content is not None:
        file.write_text(content)
    result = invoke("specs", "lint", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_lint_reports_what_has_the_wrong_form(invoke, file: Path) -> None:
    file.write_text('{"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": []}')
    result = invoke("specs", "lint", file)
    assert result.exit_code == 1
    assert "paths must be an object, but it is []." in result.output


def test_lint_lists_its_checks(invoke) -> None:
    output = invoke("specs", "lint", "--checks").output
    assert all(f"{name} " in output for name in checks())
    listed = json.loads(invoke("specs", "lint", "--checks", "--format", "json").output)
    assert [each["id"] for each in listed] == list(checks())
    assert all(each["summary"].endswith(".") for each in listed)
