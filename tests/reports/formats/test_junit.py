"""junit.xml: failures, errors and skipped rules."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from report_texts import RECORDS

from aoai_reports.formats.html import html_text
from aoai_reports.formats.junit import junit_text
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import summarize


def cases(record: Record, **options: Any) -> dict[tuple[str, str], ET.Element]:
    root = ET.fromstring(junit_text(summarize(record, **options), record))
    return {(case.attrib["classname"], case.attrib["name"]): case for case in root.iter("testcase")}


def test_junit_distinguishes_failure_error_and_skipped(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation()),
        build.exchange("b", verdicts={"CHAT-003": "inconclusive", "CHAT-011": "pass"}),
    )
    found = cases(record)
    chat = f"{build.document}.{build.chat}"
    assert [child.tag for child in found[chat, "USAGE-001"]] == ["failure"]
    assert [child.tag for child in found[chat, "CHAT-003"]] == ["error"]
    assert [child.tag for child in found[chat, "CHAT-011"]] == []
    assert [child.tag for child in found[f"{build.document}.untested", "IMAGES-004"]] == ["skipped"]


def test_inconclusive_rules_are_listed_with_the_reason(build: Any) -> None:
    record = build.record(
        build.exchange(
            "a", verdicts={"CHAT-020": "pass", "CHAT-003": "pass"}, notes=("CHAT-003: only a remark",)
        ),
        build.exchange(
            "b", verdicts={"CHAT-011": "inconclusive"}, notes=("CHAT-011: the model was throttled",)
        ),
    )
    error = cases(record)[f"{build.document}.{build.chat}", "CHAT-011"].find("error")
    assert error is not None
    assert error.attrib["message"] == "inconclusive in 1 exchange: the model was throttled"
    text = html_text(summarize(record), record)
    assert "inconclusive: the model was throttled" in text
    assert "only a remark" not in text


def test_junit_fails_a_should_only_when_strict_and_a_may_never(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation("HTTP-004", pointer="header:x")),
        build.broken("b", build.violation("SCHEMA-002")),
    )
    chat = f"{build.document}.{build.chat}"
    assert [child.tag for child in cases(record)[chat, "HTTP-004"]] == ["system-out"]
    assert [child.tag for child in cases(record, strict=True)[chat, "HTTP-004"]] == ["failure"]
    assert [child.tag for child in cases(record, strict=True)[chat, "SCHEMA-002"]] == ["system-out"]


def test_junit_names_the_cause_of_each_violation(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation()), build.broken("b", build.violation("CHAT-003"))
    )
    chat = f"{build.document}.{build.chat}"
    for rule, cause in (("USAGE-001", "Counts tokens incorrectly: "), ("CHAT-003", "total_tokens is not")):
        (failure,) = cases(record)[chat, rule]
        assert f"\ncause: {cause}" in (failure.text or "")


def test_junit_reports_that_a_run_ended_early(build: Any) -> None:
    found = cases(build.interrupted())
    error = found[f"{build.document}.run", "judged to its end"].find("error")
    assert error is not None
    assert "interrupted" in error.attrib["message"]


@pytest.mark.parametrize("name", RECORDS)
def test_junit_has_the_structure_that_readers_expect(build: Any, name: str) -> None:
    record = getattr(build, name)()
    root = ET.fromstring(junit_text(summarize(record), record))
    assert root.tag == "testsuites"
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    seen: set[tuple[str, str]] = set()
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} == set(suite.attrib)
        children = [child.tag for child in suite]
        assert children == sorted(children, key=["properties", "testcase"].index)
        tests = suite.findall("testcase")
        assert len(tests) == int(suite.attrib["tests"])
        for element, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert sum(case.find(element) is not None for case in tests) == int(suite.attrib[attribute])
        for case in tests:
            assert {"classname", "name", "time"} == set(case.attrib)
            assert len(case.findall("failure") + case.findall("error") + case.findall("skipped")) <= 1
            place = (case.attrib["classname"], case.attrib["name"])
            assert place not in seen
            seen.add(place)
        for attribute in totals:
            totals[attribute] += int(suite.attrib[attribute])
    assert {attribute: int(root.attrib[attribute]) for attribute in totals} == totals
