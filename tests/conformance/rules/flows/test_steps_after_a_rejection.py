"""Earlier steps forbid later ones: a step after a rejected step is not a separate defect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from examples_stored import CANCELLED, FILES, LINES, UPLOADS, file, part, upload
from flows_by_hand import Sent, document, exchanges

from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judge import judge
from aoai_conformance.judging.judged import JudgedExchange
from aoai_conformance.recording.record_lines import exchange_line
from aoai_conformance.recording.rejudge import parts_of
from aoai_conformance.rule import rule_named
from aoai_model.exchange import TransportFailure
from aoai_model.verdict import Verdict
from aoai_reports.record.lines import Header
from aoai_reports.record.reader import Record

NO = {"error": {"code": "BadRequest", "message": "No."}}
STILL_THERE = replace(FILES[6], status=200, answer=file())
LATE_PART = replace(UPLOADS[5], status=200, answer=part("part-3"))
#: A file whose deletion is refused, and which is still there: so it should be.
NOT_DELETED = [FILES[0], replace(FILES[5], status=500, answer=NO), STILL_THERE]
#: An upload whose completion is refused, and which takes another part: so it should.
NOT_COMPLETED = [*UPLOADS[:3], replace(UPLOADS[3], status=400, answer=NO), LATE_PART]


def in_a_flow(kind: str, steps: Sequence[Sent]) -> list[Exchange]:
    return link_earlier(exchanges(kind, steps).values())


def said(exchange: Exchange, rule: str = "FLOW-001") -> Verdict:
    described = document(exchange.case.document).operation(exchange.case.operation)
    (verdict,) = judge(exchange, described, [rule_named(rule)])
    return verdict


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("flow.files", NOT_DELETED),
        (
            "flow.files",
            [FILES[0], replace(FILES[5], answer={**FILES[5].answer, "deleted": False}), STILL_THERE],
        ),
        ("flow.uploads", NOT_COMPLETED),
        ("flow.uploads", [*NOT_COMPLETED[:4], replace(LATE_PART, status=500, answer=NO)]),
        (
            "flow.uploads",
            [
                CANCELLED[0],
                replace(CANCELLED[1], status=409, answer=NO, expect="any"),
                replace(LATE_PART, point="part:after-cancel"),
            ],
        ),
        (
            "flow.batches",
            [
                *NOT_DELETED[:2],
                Sent(
                    "batch-create",
                    {},
                    sent={"input_file_id": "file-1"},
                    expect="reject",
                    point="batch:file-deleted",
                ),
            ],
        ),
    ],
    ids=["delete", "says-not-deleted", "complete", "complete-then-500", "cancel", "named-in-the-body"],
)
def test_an_earlier_step_without_effect_forbids_nothing(kind: str, steps: list[Sent]) -> None:
    verdict = said(in_a_flow(kind, steps)[-1])
    assert verdict.outcome == "inconclusive"
    assert "so the resource may not be in the state that forbids this step" in verdict.note


def test_a_step_that_was_not_sent_has_changed_nothing() -> None:
    sent = list(exchanges("flow.uploads", NOT_COMPLETED).values())
    sent[3] = replace(sent[3], response=None, failure=TransportFailure("unavailable", "Not sent."))
    verdict = said(link_earlier(sent)[-1])
    assert (verdict.outcome, verdict.note.partition(",")[0]) == (
        "inconclusive",
        "The step 'step-03' has no response",
    )


def test_a_status_other_than_404_is_not_reported_there() -> None:
    verdict = said(in_a_flow("flow.files", [*NOT_DELETED[:2], replace(FILES[6], status=400)])[-1], "FLOW-002")
    assert verdict.outcome == "inconclusive"


@pytest.mark.parametrize(
    ("kind", "steps", "point"),
    [
        ("flow.files", [FILES[0], FILES[5], STILL_THERE], "file:deleted"),
        ("flow.uploads", [*UPLOADS[:4], LATE_PART], "part:after-completion"),
        # what was refused only reads, makes another thing, is about another thing, or was to be refused
        ("flow.files", [FILES[0], replace(FILES[1], status=500), FILES[5], STILL_THERE], "file:deleted"),
        ("flow.files", [replace(FILES[0], status=500), FILES[5], STILL_THERE], "file:deleted"),
        (
            "flow.files",
            [replace(FILES[5], resource="file-2", status=500), FILES[5], STILL_THERE],
            "file:deleted",
        ),
        ("flow.files", [FILES[5], FILES[6], replace(FILES[7], status=200, answer=LINES)], "file:deleted"),
        (
            "flow.files",
            [
                Sent("upload-create", NO, status=400, sent={}),
                Sent("file-get", file("no"), "no", expect="reject", point="file:unknown"),
            ],
            "file:unknown",
        ),
        (
            "flow.uploads",
            [
                CANCELLED[0],
                CANCELLED[1],
                replace(LATE_PART, status=400, answer=NO),
                Sent(
                    "upload-complete",
                    upload("completed"),
                    "upload-1",
                    sent={"part_ids": ["part-1"]},
                    expect="reject",
                    point="upload:complete-after-cancel",
                ),
            ],
            "upload:complete-after-cancel",
        ),
    ],
)
def test_what_a_healthy_step_forbids_is_still_reported(kind: str, steps: list[Sent], point: str) -> None:
    verdict = said(in_a_flow(kind, steps)[-1])
    assert [(each.point, each.reason) for each in verdict.violations] == [(point, "accepted")]


def test_a_record_is_judged_again_with_its_earlier_steps() -> None:
    asked = in_a_flow("flow.files", NOT_DELETED)
    header = Header(
        tool="x", started="2026-01-01T00:00:00Z", target="x", documents=(), surface="x", profile="x", seed=0
    )
    lines = tuple(exchange_line(JudgedExchange(each, ()))[0] for each in asked)
    *_, last = parts_of(Record(header, lines, (), None))
    assert isinstance(last, Exchange)
    assert [each.case.id for each in last.earlier] == [each.case.id for each in asked[:2]]
    assert said(last).outcome == "inconclusive"
