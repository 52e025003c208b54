"""Annotations in GitHub Actions and Azure Pipelines, and text that must not become a command there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from aoai_reports.formats.legible import visible, visible_line
from aoai_reports.formats.machine.annotations import MOST, Annotation, annotations_of
from aoai_reports.formats.machine.log_commands import azure_commands, azure_summary_command, github_commands
from aoai_reports.record.reader import Record
from aoai_reports.report_formats import RUN_REPORTS
from aoai_reports.results.summary import summarize

GITHUB = re.compile(r"^\s*::[a-z-]+[ :]", re.IGNORECASE)
#: Ours, which are printed on purpose.
OURS = re.compile(
    r"^::(error|warning|notice) title=|^##vso\[task\.(logissue type=(error|warning)|uploadsummary)\]"
)


def is_command(line: str) -> bool:
    """Whether a runner would execute a line; it ignores characters without a width."""
    seen = "".join(character for character in line if character.isascii() and character >= " ")
    return bool(GITHUB.match(seen)) or "##[" in seen or "##vso[" in seen


def annotations(record: Record, **options: Any) -> tuple[Annotation, ...]:
    return annotations_of(summarize(record, **options), record)


def many(build: Any, number: int) -> Record:
    """A run with this number of causes."""
    rules = {f"RULE-{place:03}": build.rules["USAGE-001"] for place in range(number)}
    broken = [
        build.exchange(rule, violations=(build.violation(rule="USAGE-001", reason="a"),), verdicts={})
        for rule in rules
    ]
    lines = [
        replace(line, violations=(replace(line.violations[0], rule=rule),), verdicts={rule: "violation"})
        for rule, line in zip(rules, broken, strict=True)
    ]
    record: Record = build.record(*lines, rules=rules)
    return record


def test_each_new_cause_is_annotated_at_its_level(build: Any) -> None:
    record = build.nonconformant()
    levels = {"must": "error", "should": "warning", "may": "notice"}
    expected = [levels[cause.level] for cause in summarize(record).causes]
    found = [each.severity for each in annotations(record) if each.title != "Not everything was shown"]
    assert sorted(found) == sorted(expected)


def test_what_fails_a_strict_run_is_an_error(build: Any) -> None:
    record = build.record(
        build.broken("c", build.violation("HTTP-004", pointer="header:x", reason="missing"))
    )
    assert any(each.severity == "warning" and "sum" in each.title for each in annotations(record))
    assert any(each.severity == "error" and "sum" in each.title for each in annotations(record, strict=True))


def test_accepted_causes_are_not_annotated(build: Any) -> None:
    record = build.run_of(build.broken("c", build.violation()))
    assert [each.severity for each in annotations(record)] == ["error"]
    assert [each for each in annotations(record, known=lambda _: "known") if each.severity == "error"] == []


def test_an_inconclusive_run_is_an_error(build: Any) -> None:
    (first, *_) = annotations(build.record(build.failed("a")))
    assert (first.severity, first.title) == ("error", "The run is inconclusive")


def test_an_annotation_has_the_requirement_the_clause_and_what_was_found(build: Any) -> None:
    (annotation,) = annotations(build.run_of(build.broken("c", build.violation())))
    assert "The server MUST make total_tokens the sum" in annotation.message
    assert "Found: total_tokens is not the sum." in annotation.message
    assert "#/components/schemas/completionUsage" in annotation.message


def test_the_annotations_of_a_severity_are_limited_and_the_rest_counted(build: Any) -> None:
    errors = [each for each in annotations(many(build, MOST)) if each.severity == "error"]
    assert len(errors) == MOST
    assert "more" not in errors[-1].title
    errors = [each for each in annotations(many(build, 40)) if each.severity == "error"]
    assert len(errors) == MOST
    assert errors[-1].title == "31 more errors in the report"


def test_github_gets_escaped_data_and_properties() -> None:
    annotation = Annotation("error", "a: b, 100%", "c: 100%\r\nd")
    assert github_commands([annotation]) == "::error title=a%3A b%2C 100%25::c: 100%25%0D%0Ad\n"


def test_azure_gets_errors_and_warnings_with_escaped_data() -> None:
    found = [
        Annotation("error", "a", "50%\r\nb"),
        Annotation("warning", "c", "d"),
        Annotation("notice", "e", "f"),
    ]
    assert azure_commands(found) == (
        "##vso[task.logissue type=error]a: 50%AZP25%0D%0Ab\n##vso[task.logissue type=warning]c: d\n"
    )
    assert azure_summary_command("/a%/b.md") == "##vso[task.uploadsummary]/a%AZP25/b.md"


def test_hostile_text_adds_no_command_to_the_annotations(poisoned: Record) -> None:
    found = annotations(poisoned)
    for text in (github_commands(found), azure_commands(found)):
        for line in text.splitlines():
            assert OURS.match(line)
            assert not is_command(OURS.sub("", line))


@pytest.mark.parametrize("form", RUN_REPORTS)
def test_no_report_format_contains_a_command(poisoned: Record, form: str) -> None:
    text = RUN_REPORTS[form].render(summarize(poisoned), poisoned)
    assert [line for line in re.split(r"[\r\n]", text) if is_command(line)] == []


def test_the_terminal_prints_no_command_in_full_either(poisoned: Record) -> None:
    text = RUN_REPORTS["terminal"].render(summarize(poisoned), poisoned, verbose=True)
    assert [line for line in re.split(r"[\r\n]", text) if is_command(line)] == []


@pytest.mark.parametrize("verbose", [False, True])
def test_wrapping_brings_no_command_to_the_start_of_a_line(build: Any, verbose: bool) -> None:
    for padding in range(0, 130, 7):
        text = f"{'x' * padding}::error title=a::{'y' * padding} ::stop-commands::z"
        record = build.record(build.broken("c", build.violation(message=text, expected=text, actual=text)))
        lines = RUN_REPORTS["terminal"].render(summarize(record), record, verbose=verbose).splitlines()
        assert [line for line in lines if is_command(line)] == [], padding


def test_text_that_is_no_command_stays_as_it_is() -> None:
    for text in (
        "http://[::1]:8000",
        "http://[fe80::abcd]:80/a",
        "a: b::c",
        "## Heading [link]",
        "#1 [x]",
        "::",
    ):
        assert visible_line(text) == text


def test_a_command_is_broken_visibly() -> None:
    assert visible("::error::x") == ":\\x3aerror::x"
    assert visible("##vso[task.complete]") == "##vso\\x5btask.complete]"
    assert visible("a\n  ::group::b", lines=True) == "a\n  :\\x3agroup::b"
