"""The pipelines that we offer are ones: by their published schemas, and by the options that they use."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.pytest_plugin import pytest_addoption

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "ci"
PIPELINES = ("github-nightly.yml", "github-gate.yml", "azure-nightly.yml", "azure-gate.yml")


def checked(name: str, path: Path) -> Result:
    """Return the output of check-jsonschema, which includes both schemas."""
    from check_jsonschema import main as check_jsonschema

    schema = ["vendor.github-workflows"]
    if name.startswith("azure"):
        # Some of this schema's patterns are no ECMAScript with the flag u.
        schema = [
            "vendor.azure-pipelines",
            "--data-transform",
            "azure-pipelines",
            "--regex-variant",
            "nonunicode",
        ]
    options = ["--output-format", "json", "--builtin-schema", *schema]
    return CliRunner().invoke(check_jsonschema, [*options, str(path)])


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_keeps_its_published_schema(name: str) -> None:
    printed = checked(name, FOLDER / name)
    assert printed.exit_code == 0, printed.output


@pytest.mark.parametrize("name", PIPELINES)
def test_a_schema_rejects_an_invalid_pipeline(name: str, tmp_path: Path) -> None:
    broken = tmp_path / name
    wrong = (FOLDER / name).read_text(encoding="utf-8").replace("steps:", "stepss:")
    broken.write_text(wrong, encoding="utf-8")
    printed = checked(name, broken)
    assert printed.exit_code == 1
    assert {each["filename"] for each in json.loads(printed.output)["errors"]} == {str(broken)}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_uses_options_that_exist(name: str) -> None:
    used = list(command_lines(yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))))
    assert used
    for words in used:
        options = {word for word in words if word.startswith("--")}
        assert options <= known_options(words), words


def known_options(words: list[str]) -> set[str]:
    if words[0] == "pytest":
        parser = pytest.Parser(_ispytest=True)
        pytest_addoption(parser)
        named = vars(parser.parse_known_args([]))
        ours = {f"--{name.replace('_', '-')}" for name in named if name.startswith("aoai_")}
        return ours | {"--pyargs", "--junitxml", "--alluredir"}
    command: Any = main
    context = click.Context(main)
    for word in words[1:]:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(context, word)
        assert command is not None, words
    return {option for parameter in command.params for option in parameter.opts}


def command_lines(node: Any) -> Iterator[list[str]]:
    """The words of each call of pytest or of our command in the scripts of a pipeline."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"run", "script", "inlineScript"}:
                for line in value.replace("\\\n", " ").splitlines():
                    found = re.match(r"\s*((?:aoai-conformance|pytest) .*?)(?:>|\|\||$)", line)
                    if found:
                        yield shlex.split(found[1])
            else:
                yield from command_lines(value)
    elif isinstance(node, list):
        for item in node:
            yield from command_lines(item)


def test_no_pipeline_contains_a_key() -> None:
    for name in PIPELINES:
        text = (FOLDER / name).read_text(encoding="utf-8")
        printed = re.findall(r"AZURE_OPENAI_API_KEY: (.+)", text)
        assert printed or "--auth entra" in text
        for value in printed:
            assert value.startswith(("${{ secrets.", "$(", "key-of-the-server-under-test"))
