"""Violations that someone accepted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from aoai_conformance.baseline import Baseline, read_baseline
from aoai_reports.findings import Finding
from aoai_reports.record import ViolationEntry
from aoai_specs.errors import ConformanceError

TODAY = date(2026, 3, 1)


def finding(**changes: object) -> Finding:
    facts = {
        "rule": "BOUNDARY-001",
        "level": "must",
        "pointer": "",
        "message": "m",
        "point": "n.minimum:below",
    }
    violation = ViolationEntry(**(facts | changes))  # type: ignore[arg-type]
    return Finding("must", "azure-openai@2024-10-21", "ChatCompletions_Create", "chat", violation, "c", 1, ())


def baseline(tmp_path: Path, text: str) -> Baseline:
    path = tmp_path / "baseline.yaml"
    path.write_text(text)
    return read_baseline(path, TODAY)


def test_accepts_a_point_with_its_reason(tmp_path: Path) -> None:
    known = baseline(
        tmp_path,
        "- {rule: boundary-001, operation: ChatCompletions_Create, point: 'n.minimum:below',"
        " reason: clamped, who: ops, until: 2026-03-01}\n",
    )
    assert known.why_known(finding()) == "clamped, accepted by ops, until 2026-03-01"
    assert known.why_known(finding(point="n.maximum:above")) is None
    assert known.why_known(finding(rule="BOUNDARY-002")) is None


def test_accepts_a_pointer_at_any_index(tmp_path: Path) -> None:
    known = baseline(tmp_path, "- {rule: SCHEMA-001, pointer: /choices/*/message, reason: r}\n")
    assert known.why_known(finding(rule="SCHEMA-001", pointer="/choices/3/message", point=None)) == "r"
    assert known.why_known(finding(rule="SCHEMA-001", pointer="/choices", point=None)) is None


def test_an_entry_whose_day_is_past_accepts_nothing(tmp_path: Path) -> None:
    known = baseline(tmp_path, "- {rule: BOUNDARY-001, reason: r, until: 2026-02-28}\n")
    assert known.why_known(finding()) is None
    assert [entry.rule for entry in known.expired] == ["BOUNDARY-001"]


def test_an_empty_file_accepts_nothing(tmp_path: Path) -> None:
    assert baseline(tmp_path, "") == Baseline()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "line 1.* is not YAML"),
        ("a: 1", "not a list"),
        ("- x", "entry 1, is not a mapping"),
        ("- {rule: BOUNDARY-001}", "entry 1, has no reason"),
        ("- {reason: r}", "entry 1, has no rule"),
        ("- {rule: BOUNDARY-001, reason: r, why: x}", "unknown field 'why'"),
        ("- {rule: BOUNDARY-001, reason: [r]}", "reason is not a text"),
        ("- {rule: BOUNDARY-001, reason: r, until: soon}", "until is not a date"),
        ("- {rule: BOUNDARY-0O1, reason: r}", "did you mean 'BOUNDARY-001'"),
    ],
)
def test_says_what_is_wrong_with_a_baseline(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConformanceError, match=message):
        baseline(tmp_path, text)


def test_says_that_a_baseline_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConformanceError, match="cannot be read"):
        read_baseline(tmp_path / "none.yaml", TODAY)
