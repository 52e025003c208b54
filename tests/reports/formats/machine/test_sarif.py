"""A run as SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft4Validator

from aoai_reports.formats.machine.sarif import FINGERPRINT, sarif_log
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import fingerprint
from aoai_reports.results.summary import summarize

LEVELS = {"must": "error", "should": "warning", "may": "note"}


def run_of(record: Record, **options: Any) -> dict[str, Any]:
    (run,) = json.loads(sarif_log(summarize(record, **options), record))["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("name", ["conformant", "nonconformant", "interrupted"])
def test_a_run_is_valid_sarif(build: Any, published: Callable[[str], Any], name: str) -> None:
    validator = Draft4Validator(published("sarif-2.1.0.json"))
    record = getattr(build, name)()
    log = json.loads(sarif_log(summarize(record), record))
    assert [error.message for error in validator.iter_errors(log)] == []
    assert list(validator.iter_errors({**log, "runs": [{}]})) != []


def test_hostile_text_stays_valid_sarif(published: Callable[[str], Any], poisoned: Record) -> None:
    log = json.loads(sarif_log(summarize(poisoned), poisoned))
    assert list(Draft4Validator(published("sarif-2.1.0.json")).iter_errors(log)) == []


def test_each_rule_of_the_run_is_a_rule_with_its_requirement_and_clause(build: Any) -> None:
    rules = {rule["id"]: rule for rule in run_of(build.nonconformant())["tool"]["driver"]["rules"]}
    assert rules.keys() == build.rules.keys()
    usage = rules["USAGE-001"]
    assert usage["shortDescription"]["text"].startswith("The server MUST make total_tokens the sum")
    assert usage["properties"]["clause"] in usage["help"]["text"]
    assert rules["HTTP-004"]["defaultConfiguration"] == {"level": "warning"}


def test_each_violation_is_a_result_with_its_fingerprint_and_cause(build: Any) -> None:
    record = build.nonconformant()
    summary, run = summarize(record), run_of(record)
    findings = {fingerprint(finding): finding for finding in summary.findings}
    causes = {cause.id for cause in summary.causes}
    assert len(run["results"]) == len(findings)
    for result in run["results"]:
        finding = findings.pop(result["partialFingerprints"][FINGERPRINT])
        assert result["ruleId"] == finding.rule
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == finding.rule
        assert result["level"] == LEVELS[finding.level]
        assert finding.violation.message in result["message"]["text"]
        assert result["properties"]["cause"]["id"] in causes
        assert result["suppressions"] == []


def test_an_accepted_violation_is_suppressed_with_the_reason(build: Any) -> None:
    def known(finding: Any) -> str | None:
        return "we know" if finding.rule == "USAGE-001" else None

    for result in run_of(build.nonconformant(), known=known)["results"]:
        accepted = [each["justification"] for each in result["suppressions"]]
        assert accepted == (["we know"] if result["ruleId"] == "USAGE-001" else [])


def test_a_result_has_the_request_and_the_response_in_full_or_without_body(build: Any) -> None:
    broken = build.broken("c", build.violation())
    (result,) = run_of(build.record(broken))["results"]
    assert result["webRequest"]["body"]["text"] == broken.request.body.decode()
    assert result["webResponse"]["statusCode"] == 200
    long = replace(broken, response=replace(broken.response, body=b"x" * 20_000))
    (result,) = run_of(build.record(long))["results"]
    assert "body" not in result["webResponse"]


def test_a_run_that_was_cut_off_was_not_successful(build: Any) -> None:
    (invocation,) = run_of(build.interrupted())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"]
    (invocation,) = run_of(build.nonconformant())["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
