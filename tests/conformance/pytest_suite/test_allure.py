"""The files that allure-pytest writes for a session."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.judging.clauses import find_clause
from aoai_conformance.rule import rule_named
from aoai_reports.record.reader import read_record
from aoai_specs.document import Document


def results(finished: Any) -> dict[str, dict[str, Any]]:
    """The results of a session by the rule's id, or the name of the test of the run."""
    read = [json.loads(path.read_bytes()) for path in (finished.folder / "allure").glob("*-result.json")]
    return {result["fullName"].rpartition("#")[2]: result for result in read}


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"]}


def attachments(step: dict[str, Any]) -> list[dict[str, str]]:
    inner = [each for further in step.get("steps", ()) for each in attachments(further)]
    return [*step.get("attachments", ()), *inner]


def test_labels_say_surface_operation_rule_and_severity(spread: Any) -> None:
    finished, _ = spread
    for name, result in results(finished).items():
        labelled = labels(result)
        if name == "judged-to-its-end":
            assert labelled["severity"] == "blocker"
            continue
        assert (labelled["epic"], labelled["feature"], labelled["story"]) == (
            "azure-openai",
            "embeddings_create",
            name,
        )
        severities = {"must": "critical", "should": "normal", "may": "minor"}
        assert labelled["severity"] == severities[rule_named(name).level]


def test_each_result_links_to_its_clause_at_the_operation(spread: Any, document: Document) -> None:
    finished, _ = spread
    operation = document.operations["embeddings_create"]
    linked: set[str] = set()
    for name, result in results(finished).items():
        if name != "judged-to-its-end":
            assert [link["name"] for link in result["links"]] == [find_clause(rule_named(name), operation)]
            assert result["links"][0]["url"].startswith("https://")
            linked.add(result["links"][0]["name"])
    assert any(name.startswith(f"{document.name}{operation.pointer}/") for name in linked)


def test_parameters_say_what_was_tested_and_count_for_no_history(spread: Any, faulty: Any) -> None:
    finished, _ = spread
    labelled = {each["name"]: each for each in results(finished)["EMBEDDINGS-013"]["parameters"]}
    assert labelled["document"]["value"] == "'azure-openai@2024-10-21'"
    assert labelled["target"]["value"] == f"'{faulty.url}'"
    assert all(each["excluded"] for each in labelled.values())


def test_a_failed_rule_has_a_failed_step_with_request_and_response(spread: Any) -> None:
    finished, _ = spread
    result = results(finished)["EMBEDDINGS-013"]
    assert result["status"] == "failed"
    assert [step["status"] for step in result["steps"]] == ["failed"]
    found = attachments(result["steps"][0])
    assert [each["name"] for each in found] == ["what was found", "request", "response", "curl"]
    texts = {each["name"]: (finished.folder / "allure" / each["source"]).read_text() for each in found}
    assert texts["request"].startswith("POST http://127.0.0.1")
    assert texts["response"].startswith("HTTP 200\n")
    assert '"total_tokens": 0' in texts["response"]
    assert texts["curl"].startswith("curl ")


def test_every_response_is_attached_as_text(spread: Any) -> None:
    finished, _ = spread
    found = [each for result in results(finished).values() for each in attachments(result)]
    assert {each["type"] for each in found} == {"text/plain"}


def test_a_passed_rule_names_the_exchanges_that_it_judged(spread: Any) -> None:
    finished, _ = spread
    record = read_record(finished.out / "record.ndjson")
    result = results(finished)["EMBEDDINGS-001"]
    assert result["status"] == "passed"
    judged = sum(line.verdicts.get("EMBEDDINGS-001") == "pass" for line in record.exchanges)
    assert result["steps"][0]["name"] == f"{judged} exchanges judged, no violation"
    steps = result["steps"][0]["steps"]
    labelled = [step["name"] for step in steps if step["name"].startswith("embeddings/")]
    assert len(labelled) == min(judged, 4)
    rest = [f"{judged - 4} more are in the record"] if judged > 4 else []
    assert [step["name"] for step in steps[len(labelled) :]] == rest


def test_a_passed_rule_shows_only_the_first_exchange_that_it_judged(spread: Any) -> None:
    finished, _ = spread
    for result in results(finished).values():
        if result["status"] == "passed" and result.get("steps"):
            [first, *others] = result["steps"][0]["steps"]
            assert [each["name"] for each in attachments(first)] == ["request", "response", "curl"]
            assert not any(attachments(each) for each in others)


def test_histories_continue_across_runs_targets_and_api_versions(spread: Any, accepted: Any) -> None:
    first, second = results(spread[0]), results(accepted)
    shared = first.keys() & second.keys()
    assert len(shared) > 60
    assert {name: first[name]["historyId"] for name in shared} == {
        name: second[name]["historyId"] for name in shared
    }
    every = [result["historyId"] for result in first.values()]
    assert len(set(every)) == len(every)


def test_a_known_violation_is_skipped_with_the_words_of_the_baseline(accepted: Any) -> None:
    result = results(accepted)["EMBEDDINGS-013"]
    assert result["status"] == "skipped"
    assert "ticket 12" in result["statusDetails"]["message"]


def test_no_secret_reaches_any_file(spread: Any, accepted: Any, key: str) -> None:
    for folder in (spread[0].folder, accepted.folder):
        holding = [path for path in folder.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
        assert holding == []


@pytest.mark.allure_page
def test_the_command_line_of_allure_renders_the_results(spread: Any, tmp_path: Path) -> None:
    finished, _ = spread
    npx = shutil.which("npx")
    assert npx is not None, "npx is not installed"
    environment = {**os.environ, "CI": "true"}
    subprocess.run(
        [
            npx,
            "--yes",
            "allure@3",
            "generate",
            str(finished.folder / "allure"),
            "--output",
            str(tmp_path / "page"),
        ],
        cwd=tmp_path,
        env=environment,
        check=True,
        timeout=600,
    )
    assert (tmp_path / "page" / "index.html").stat().st_size > 1000
    rendered = [
        json.loads(path.read_bytes()) for path in (tmp_path / "page").glob("data/test-results/*.json")
    ]
    assert len(rendered) == len(results(finished))
    assert sum(each["status"] == "failed" for each in rendered) == 1
