"""Violations that someone accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from aoai_conformance.baseline.baseline import Baseline, read_baseline
from aoai_model.case import Point
from aoai_model.exchange import Request, Response
from aoai_model.verdict import Violation
from aoai_reports.record.lines import ExchangeLine, Header
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
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
    violation = Violation(**(facts | changes))  # type: ignore[arg-type]
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


def test_an_expired_entry_accepts_nothing(tmp_path: Path) -> None:
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
        ("- x", "entry 1, must be a mapping"),
        ("- {rule: BOUNDARY-001}", "entry 1, has no reason"),
        ("- {reason: r}", "entry 1, has no rule"),
        ("- {rule: BOUNDARY-001, reason: r, ticket: x}", "unknown field 'ticket'"),
        ("- {rule: BOUNDARY-001, reason: [r]}", "reason must be a string"),
        ("- {rule: BOUNDARY-001, reason: r, until: soon}", "until must be a date"),
        ("- {rule: BOUNDARY-001, reason: r, until: 2026-02-30}", "a date that does not exist"),
        ("- " + "[" * 5000, "is not YAML"),
        ("- {rule: BOUNDARY-001, reason: r, why: w, place: x}", "has why but no operation"),
        ("- {rule: BOUNDARY-001, reason: r, state: maybe}", "state must be failing or flaky"),
        ("- {rule: BOUNDARY-001, reason: r, since: soon}", "since must be a date"),
        ("- {rule: BOUNDARY-0O1, reason: r}", "did you mean 'BOUNDARY-001'"),
    ],
)
def test_says_what_is_wrong_with_a_baseline(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConformanceError, match=message):
        baseline(tmp_path, text)


def test_says_that_a_baseline_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConformanceError, match="Cannot read the baseline"):
        read_baseline(tmp_path / "none.yaml", TODAY)


WHOLE = (
    "- {rule: SCHEMA-001, operation: ChatCompletions_Create, place: /id, reason: required, "
    "why: w, who: ops}\n"
)


def shown(pointer: str, reason: str = "required", operation: str = "ChatCompletions_Create") -> Finding:
    return replace(
        finding(rule="SCHEMA-001", pointer=pointer, point=None, reason=reason), operation=operation
    )


def record(*violations: Violation, points: tuple[str, ...] = (), judged: bool = True) -> Record:
    line = ExchangeLine(
        case="chat/base",
        document="azure-openai@2024-10-21",
        operation="ChatCompletions_Create",
        kind="chat",
        origin="base",
        expect="accept",
        points=tuple(Point(id_, id_.partition(":")[0], "any", "must", "c") for id_ in points),
        request=Request("POST", "http://h/openai/x", (), b""),
        response=Response(200, (), b""),
        violations=violations,
        verdicts={"SCHEMA-001": "pass", "BOUNDARY-001": "pass"} if judged else {},
    )
    header = Header(
        tool="t", started="2026-01-01T00:00:00Z", target="t", documents=(line.document,),
        surface="azure-openai", profile="smoke", seed=0,
    )  # fmt: skip
    return Record(header, (line,))


def test_an_entry_hides_exactly_one_defect(tmp_path: Path) -> None:
    known = baseline(tmp_path, WHOLE)
    assert known.why_known(shown("/id")) == "w, accepted by ops"
    assert known.why_known(shown("/id", reason="type")) is None
    assert known.why_known(shown("/model")) is None
    assert known.why_known(shown("/id", operation="Completions_Create")) is None


def test_an_entry_that_hides_several_defects_is_reported(tmp_path: Path) -> None:
    known = baseline(tmp_path, "- {rule: SCHEMA-001, reason: all of it}\n")
    (seen,) = known.complaints([shown("/id"), shown("/model")], record())
    assert "SCHEMA-001 matches 2 defects" in seen


def test_an_expired_entry_is_reported_whether_or_not_its_defect_occurs(tmp_path: Path) -> None:
    known = baseline(tmp_path, "- {rule: BOUNDARY-001, reason: r, until: 2026-02-28}\n")
    (seen,) = known.complaints([], record())
    assert seen == "Baseline entry for BOUNDARY-001 has expired: r, until 2026-02-28."


def test_a_stale_entry_is_reported_with_its_line(tmp_path: Path) -> None:
    (seen,) = baseline(tmp_path, WHOLE).complaints([], record())
    assert seen.startswith("Baseline entry for SCHEMA-001 at ChatCompletions_Create /id matches no violation")


def test_an_entry_is_not_stale_where_its_rule_judged_nothing(tmp_path: Path) -> None:
    assert not list(baseline(tmp_path, WHOLE).complaints([], record(judged=False)))


def test_an_entry_about_a_point_is_stale_only_where_the_point_was_answered(tmp_path: Path) -> None:
    known = baseline(tmp_path, "- {rule: BOUNDARY-001, point: 'n.minimum:below', reason: r}\n")
    assert not known.stale([], record())
    assert known.stale([], record(points=("n.minimum:below",)))


def test_a_flaky_entry_is_never_stale(tmp_path: Path) -> None:
    known = baseline(tmp_path, WHOLE.replace("why: w", "why: w, state: flaky"))
    assert known.why_known(shown("/id")) == "w, flaky, accepted by ops"
    assert not list(known.complaints([], record()))
