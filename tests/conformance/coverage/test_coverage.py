"""Each keyword and sentence of the documents is covered by a point or a rule, or excluded for a reason."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.coverage import requests as requests_module
from aoai_conformance.coverage import sentence_rows as sentence_module
from aoai_conformance.coverage.reading import Sentence, sentences
from aoai_conformance.coverage.row import Cover
from aoai_conformance.coverage.table import Coverage, coverage
from aoai_conformance.rule import rules
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.schemas.constraints import constraints
from aoai_strategies.points.prose import EXCLUDED, Excluded

SMALL = "azure-openai@2024-02-15-preview"


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    catalogue = Catalogue.packaged()
    return [catalogue.load(str(name)) for name in catalogue.names()]


@pytest.fixture(scope="module")
def found(documents: list[Document]) -> Coverage:
    """The whole table, built once: planning the points of every document takes seconds."""
    return coverage(documents, whole=True)


def of_small() -> Coverage:
    return coverage([Catalogue.packaged().load(SMALL)])


def test_nothing_is_uncovered(found: Coverage) -> None:
    assert [(row.place, row.operation, row.text) for row in found.uncovered] == []


def test_every_named_rule_and_point_exists_and_no_entry_is_stale(found: Coverage) -> None:
    assert found.stale == ()


def test_every_keyword_of_every_request_has_a_row(found: Coverage, documents: list[Document]) -> None:
    listed = {(row.document, row.operation, row.place) for row in found.rows}
    stated = {
        (str(document.name), operation.id, constraint.clause)
        for document in documents
        for operation in document.operations.values()
        for constraint in constraints(operation)
    }
    assert stated <= listed


def test_every_excluded_row_has_a_reason(found: Coverage) -> None:
    reasons = {row.cover.excluded for row in found.rows if row.cover.status == "excluded"}
    assert all(len(reason.split()) >= 4 for reason in reasons)


@pytest.mark.parametrize("left_out", EXCLUDED, ids=lambda each: each.field)
def test_fields_excluded_from_planning_are_excluded_here_too(left_out: Excluded, found: Coverage) -> None:
    name = re.sub(r"\[[^]]*\]$", "", left_out.field).rpartition(".")[2]
    reasons = [
        row.cover.excluded
        for row in found.rows
        if row.cover.status == "excluded" and (f"/{name}" in row.place or name in row.text)
    ]
    assert reasons


def test_every_document_has_sentences_besides_its_keywords(
    found: Coverage, documents: list[Document]
) -> None:
    covered = {row.document for row in found.rows if row.kind in ("requirement", "limit", "relation")}
    assert covered == {str(document.name) for document in documents}


def test_most_rules_are_named_by_a_row(found: Coverage) -> None:
    """The other rules follow from a standard, a scenario, or the sentence of another rule."""
    named = {name for row in found.rows for name in row.cover.rules}
    unnamed = [rule for rule in rules() if rule.id not in named]
    assert len(unnamed) < len(named)
    assert {"CHAT-CHOICE-001", "SSE-007", "FILES-001", "EXTRA-001"} <= named


def test_a_keyword_without_a_point_is_uncovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests_module, "keyword_exemptions", tuple)
    assert "deployment-id.required True" in [row.text for row in of_small().uncovered]


def test_a_default_without_a_rule_or_point_is_uncovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests_module, "default_exemptions", tuple)
    table = coverage([Catalogue.packaged().load("azure-openai@2024-10-21")])
    assert "n is 1 by default" in [row.text for row in table.uncovered]


def sentence(**changes: object) -> Sentence:
    matching = (each for each in sentences() if SMALL in each.documents)
    first = next(each for each in matching if each.place.startswith("request"))
    return replace(first, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cover": Cover(rules=("SPEECH-999",))}, "rule SPEECH-999 does not exist"),
        (
            {"cover": Cover(rules=("CHAT-CHOICE-001",))},
            "rule CHAT-CHOICE-001 does not apply to Speech_Create",
        ),
        ({"cover": Cover(points=("voice.enum:shouted",))}, "point voice.enum:shouted is not planned"),
        ({"place": "request volume"}, "no such place"),
        ({"place": "#/components/schemas/nothing"}, "no such place"),
    ],
)
def test_a_sentence_that_no_longer_matches_is_stale(
    changes: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentence_module, "sentences", lambda: (sentence(**changes),))
    assert any(message in each for each in of_small().stale)


def rules_command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", *arguments])


def test_the_command_prints_the_table_and_ends_with_the_counts() -> None:
    result = rules_command("--coverage", "--api-version", "2024-02-15-preview")
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert lines[0].split()[:2] == ["clause", "kind"]
    assert any("voice.enum" in line and " point " in line and "voice.enum:outside" in line for line in lines)
    assert "0 UNCOVERED; 0 stale entries." in lines[-1]


def test_the_command_prints_json() -> None:
    result = rules_command("--coverage", "--api-version", "2024-02-15-preview", "--format", "json")
    printed = json.loads(result.output)
    assert printed["counts"]["UNCOVERED"] == 0
    assert {"document", "clause", "kind", "demands", "status", "points", "rules", "excluded"} <= printed[
        "rows"
    ][0].keys()


def test_the_command_fails_if_a_row_is_uncovered_and_can_show_only_those(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests_module, "keyword_exemptions", tuple)
    result = rules_command("--coverage", "--api-version", "2024-02-15-preview", "--uncovered")
    *rows, last = result.output.splitlines()[1:]
    assert result.exit_code == 1
    assert rows
    assert all("UNCOVERED" in row for row in rows)
    assert f"{len(rows)} UNCOVERED" in last


@pytest.mark.parametrize(
    "arguments",
    [["--uncovered"], ["--surface", "azure-openai"], ["--coverage", "--topic", "streams"]],
)
def test_options_that_exclude_each_other_are_wrong_usage(arguments: list[str]) -> None:
    assert rules_command(*arguments).exit_code == 2


@pytest.mark.parametrize(("option", "name"), [("--api-version", "2030-01-01"), ("--surface", "moon")])
def test_an_unknown_document_is_wrong_usage(option: str, name: str) -> None:
    result = rules_command("--coverage", option, name)
    assert result.exit_code == 2
    assert name in result.output
