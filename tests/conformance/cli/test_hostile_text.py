"""No text of a description controls the terminal, whichever command prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from aoai_conformance.cli.output.printing import echo, echo_json
from aoai_reports.formats.machine.yaml_text import yaml_text

CLEARS = "\x1b[2J"
TURNS = "\u202e"


@pytest.fixture
def description(tmp_path: Path) -> Path:
    """A description whose ids, paths, fields and patterns contain terminal escapes and marks of direction."""
    schema: dict[str, Any] = {
        "type": "object",
        "required": ["messages"],
        "properties": {
            "messages": {"type": "array", "items": {"type": "string"}},
            f"e{CLEARS}{TURNS}": {"type": "string", "default": 5, "pattern": "["},
        },
    }
    operation = {
        "operationId": f"Bad{CLEARS}{TURNS}",
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "Good."}},
    }
    content = {
        "openapi": "3.0.3",
        "info": {"title": f"t{CLEARS}", "version": "2024-10-21"},
        "servers": [{"url": "https://x/openai"}],
        "paths": {f"/chat{CLEARS}/completions": {"post": operation}},
    }
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [("specs", "lint"), ("plan", "--spec"), ("specs", "show"), ("plan", "--format", "json", "--spec")],
)
def test_no_text_of_a_description_controls_the_terminal(
    invoke: Any, description: Path, arguments: tuple[str, ...]
) -> None:
    result = invoke(*arguments, description)
    assert "2J" in result.output
    assert "\x1b" not in result.output
    assert "Traceback" not in result.output
    if "json" not in arguments:
        assert TURNS not in result.output


def test_control_and_invisible_characters_are_printed_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"a{CLEARS}\tb\n{TURNS}c")
    assert capsys.readouterr().out == "a\\x1b[2J\tb\n\\u202ec\n"


def test_json_that_is_printed_contains_no_command_to_a_ci_runner(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"a": "##vso[task.complete]", "b": ["::error::x", 1]}
    echo_json(value)
    printed = capsys.readouterr().out
    assert json.loads(printed) == value
    assert "##vso[" not in printed
    assert not any(line.lstrip().startswith("::") for line in printed.splitlines())


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
def test_no_text_of_a_description_is_a_command_to_a_ci_runner(
    invoke: Any, description: Path, form: str
) -> None:
    text = description.read_text(encoding="utf-8").replace("Bad", "Bad::error::##vso[task.complete]")
    description.write_text(text, encoding="utf-8")
    output = invoke("specs", "show", description, "--format", form).output
    assert "task.complete" in output
    assert "##vso[" not in output
    assert not any(line.lstrip().startswith("::") for line in output.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "##vso[task.complete]",
        "a\n  ::error::b",
        "::error::a",
        "x " * 60 + "::error title=a::b",
        "##\ufe0f[x",
        "[#]",
    ],
)
def test_yaml_contains_no_command_and_stays_the_same(text: str) -> None:
    value = {"a": [text, {text: "b ::c:: d " * 30}]}
    written = yaml_text(value)
    assert yaml.safe_load(written) == value
    assert not any(line.lstrip(" '").startswith("::") for line in written.splitlines())
    assert "##vso[" not in written
    assert "##[" not in written.replace("\ufe0f", "")
