"""The examples of docs/formats.md match the formats."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from aoai_conformance.cli.output.pipelines import LARGEST_SUMMARY
from aoai_reports.formats.machine.annotations import MOST, Annotation
from aoai_reports.formats.machine.har import EXTENSION
from aoai_reports.formats.machine.log_commands import azure_command, github_command
from aoai_reports.formats.machine.sarif import FINGERPRINT, LONGEST_BODY
from aoai_reports.formats.machine.schemas import find_schema, published_schemas
from aoai_reports.report_formats import RUN_REPORTS

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^<!-- example: (\w+) -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
ANNOTATION = Annotation(
    "error", "Generates more tokens than the request allows", "LIMIT-001 in ChatCompletions_Create: …"
)


@pytest.mark.parametrize("name", ["causes", "events"])
def test_json_examples_match_their_schemas(name: str) -> None:
    validator = Draft202012Validator(json.loads(find_schema(name).text))
    text = EXAMPLES[name]
    values = map(json.loads, text.splitlines()) if name == "events" else [json.loads(text)]
    assert [error.message for value in values for error in validator.iter_errors(value)] == []


def test_the_example_of_a_badge_has_the_members_of_a_badge() -> None:
    assert json.loads(EXAMPLES["badge"]).keys() == {"schemaVersion", "label", "message", "color"}


def test_the_examples_of_commands_are_those_of_an_annotation() -> None:
    assert EXAMPLES["github"].rstrip() == github_command(ANNOTATION)
    assert EXAMPLES["azure"].rstrip() == azure_command(ANNOTATION)


def test_every_example_is_tested() -> None:
    assert EXAMPLES.keys() == {"causes", "events", "badge", "github", "azure"}
    blocks = re.findall(r"^```(\w+)$", PAGE, re.MULTILINE)
    assert len([each for each in blocks if each != "sh"]) == len(EXAMPLES)


def test_the_page_names_every_format_and_every_current_schema() -> None:
    for form, each in RUN_REPORTS.items():
        assert form in ("terminal", "html") or f"`--format {form}`" in PAGE or f"`{each.file}`" in PAGE
    newest = {find_schema(each.name).id for each in published_schemas().values()}
    assert {each for each in newest if f"`{each}`" not in PAGE} == set()


def test_the_page_names_members_and_limits_as_they_are() -> None:
    assert f"`{EXTENSION}`" in PAGE
    assert f'`partialFingerprints["{FINGERPRINT}"]`' in PAGE
    assert f"bodies above {LONGEST_BODY:,} bytes" in PAGE
    assert f"at most {MOST} of each severity" in PAGE
    assert LARGEST_SUMMARY == 1024 * 1024
