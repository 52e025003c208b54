"""The formats of `specs lint`."""

from __future__ import annotations

import json

import pytest

from aoai_reports.lint_findings import githubactions, sarif, text
from aoai_reports.lint_findings import json as json_format
from aoai_reports.lint_findings.report import LintReport
from aoai_reports.report_formats import LINT_REPORTS
from aoai_specs.lint import Finding, checks


def finding(check: str, pointer: str = "#/a", **more: object) -> Finding:
    values = {"message": "Wrong.", "line": 3, "severity": checks()[check].severity, **more}
    return Finding(check, "api.yaml", pointer, f"api.yaml{pointer}", **values)  # type: ignore[arg-type]


def report(*findings: Finding, **more: object) -> LintReport:
    explained = sum(bool(each.explained) for each in findings)
    return LintReport(
        ("api.yaml",),
        findings,
        checks(),
        len(findings) - explained,
        explained,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def many() -> LintReport:
    """A note, and nine findings of one error."""
    errors = [finding("example-breaks-schema", f"#/e/{at}") for at in range(9)]
    return report(finding("open-enum"), *errors)


def test_text_groups_findings_and_shows_the_most_severe_first(many: LintReport) -> None:
    shown = text.render(many)
    assert shown.startswith("api.yaml: 9 errors, 1 note\n")
    assert shown.index("error  example-breaks-schema (9): An example") < shown.index("note  open-enum: ")
    assert shown.endswith("1 document: 10 findings.\n")


def test_text_shows_the_first_places_of_a_check_unless_all_are_asked_for(many: LintReport) -> None:
    assert "  line 3  #/e/4\n" in text.render(many)
    assert "  and 4 more; --all-places lists them.\n" in text.render(many)
    every = text.render(report(*many.findings, all_places=True))
    assert "#/e/8" in every
    assert "more;" not in every


def test_text_shows_the_witness_and_the_reason_of_an_explained_finding() -> None:
    shown = text.render(report(finding("open-enum", witness="x", explained="On purpose.", line=None)))
    assert '  #/a\n      Wrong. Witness: "x" [explained: On purpose.]\n' in shown
    assert shown.endswith("1 document: 0 findings; 1 more explained.\n")


@pytest.mark.parametrize("message", ["The tag 'b' is declared twice.", 'tags lists "b" twice.', "Not b."])
def test_a_witness_that_the_message_contains_is_not_shown_again(message: str) -> None:
    shown = text.render(report(finding("repeated-tag", message=message, witness="b")))
    assert ("Witness" in shown) == (message == "Not b.")


def test_json_counts_findings_by_severity_and_check(many: LintReport) -> None:
    data = json.loads(json_format.render(many))
    assert data["severities"] == {"error": 9, "warning": 0, "info": 1}
    assert data["checks"] == {"example-breaks-schema": 9, "open-enum": 1}
    assert data["findings"][0]["severity"] == "info"


def test_sarif_has_rules_places_and_fingerprints_that_do_not_depend_on_lines(many: LintReport) -> None:
    (run,) = json.loads(sarif.render(many))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {"open-enum", "example-breaks-schema"}
    first = run["results"][0]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "open-enum"
    assert first["level"] == "note"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    (other,) = json.loads(sarif.render(report(finding("open-enum", line=7))))["runs"]
    assert other["results"][0]["partialFingerprints"] == first["partialFingerprints"]


def test_sarif_suppresses_explained_findings() -> None:
    (run,) = json.loads(sarif.render(report(finding("open-enum", explained="On purpose."))))["runs"]
    assert run["results"][0]["suppressions"][0]["justification"] == "On purpose."


def test_annotations_have_file_line_and_severity(many: LintReport) -> None:
    lines = githubactions.render(many).splitlines()
    assert lines[0].startswith("::error ")
    assert "file=api.yaml" in lines[0]
    assert "line=3" in lines[0]
    assert lines[-1].startswith("::notice ")
    assert githubactions.render(report(finding("open-enum", explained="x"))) == ""


@pytest.mark.parametrize("form", LINT_REPORTS)
def test_hostile_text_is_escaped_in_every_format(form: str) -> None:
    hostile = "\x1b[31m\n::error::x \u202e"
    shown = LINT_REPORTS[form].render(report(finding("open-enum", message=hostile, pointer="#/\x1b")))
    assert "\x1b" not in shown
    assert not any(line.startswith("::error::") for line in shown.splitlines())
