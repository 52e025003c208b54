"""Violations are grouped by cause, and causes are ordered by what they do to clients."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from aoai_conformance.rule import Rule, rules
from aoai_model.case import Expectation, Point
from aoai_model.exchange import Event, Request, Response
from aoai_model.verdict import Violation
from aoai_reports.record.lines import ExchangeLine, Header
from aoai_reports.record.reader import Record
from aoai_reports.results.cause_kinds import CAUSE_KINDS, cause_id, kind_of
from aoai_reports.results.causes import Cause, Effect, group_by_cause
from aoai_reports.results.findings import Finding, Identity, findings
from aoai_reports.results.summary import Summary, summarize
from claims import for_each

CHAT, EMBEDDINGS = "ChatCompletions_Create", "embeddings_create"
REQUEST = Request("POST", "https://host/path", (), b"{}")
_HEADER = Header(
    tool="aoai-conformance 1", started="2026-11-29T00:00:00Z", target="host",
    documents=("azure-openai@2024-10-21",), surface="azure-openai", profile="standard", seed=0,
)  # fmt: skip


def line(
    *violations: Violation,
    operation: str = CHAT,
    expect: Expectation = "accept",
    status: int = 200,
    streamed: bool = False,
    passed: tuple[str, ...] = (),
    number: list[int] = [0],  # noqa: B006 - counts the lines of this module
) -> ExchangeLine:
    """An exchange with these violations; rules in `passed` were judged without any."""
    number[0] += 1
    events = (Event("{}", b"", "", None, 0.0),) if streamed else None
    return ExchangeLine(
        case=f"case-{number[0]}", document="azure-openai@2024-10-21", operation=operation, kind="chat",
        origin="point", expect=expect, request=REQUEST,
        points=tuple(Point(each.point, expect, "must", "", "", ()) for each in violations if each.point),
        response=Response(status, (), b"{}", events=events),
        verdicts=dict.fromkeys(passed, "pass") | {each.rule: "violation" for each in violations},
        violations=tuple(replace(each, level=each.level or "must") for each in violations),
    )  # fmt: skip


def accepted(point: str) -> ExchangeLine:
    """An invalid request that the server accepts."""
    return line(violation("BOUNDARY-001", point=point, reason="accepted"), expect="reject")


def violation(rule: str, pointer: str = "", reason: str = "", **more: Any) -> Violation:
    return Violation(pointer, f"{rule} at {pointer}.", reason=reason, rule=rule, **more)


def summary_of(*lines: ExchangeLine, known: Any = None) -> Summary:
    return summarize(Record(_HEADER, lines), known=known)


def causes_of(*lines: ExchangeLine) -> tuple[Cause, ...]:
    return summary_of(*lines).causes


def only(*lines: ExchangeLine) -> Cause:
    (cause,) = causes_of(*lines)
    return cause


# -- grouping --------------------------------------------------------------------------------------


def test_accepted_invalid_requests_are_one_cause_with_counts_by_constraint() -> None:
    cause = only(
        accepted("n.type:string"),
        accepted("user.nullable:null"),
        accepted("role.enum:outside"),
        line(expect="reject", status=400, passed=("BOUNDARY-001",)),
    )
    assert cause.id == "accepts-invalid"
    assert cause.title == "Accepts 3 of 4 invalid requests: types 2, enums 1"


def test_a_server_that_fails_on_every_invalid_request_is_one_cause() -> None:
    failing = [
        line(violation("BOUNDARY-002", point=f"n.{each}:1", reason="5xx"), expect="reject", status=500)
        for each in ("minimum", "maximum")
    ]
    assert only(*failing).title == "Returns 500 for every invalid request (2): limits 2"


def test_a_missing_field_is_one_cause_for_responses_and_streams() -> None:
    cause = only(
        line(violation("SCHEMA-001", "/choices/0/message/refusal", "required")),
        line(violation("SCHEMA-002", "/choices/0/delta/refusal", "required"), streamed=True),
    )
    assert cause.title == "`choices[].message.refusal` is missing in every response (2)"


def test_a_missing_field_states_how_many_responses_lack_it() -> None:
    lacking = line(violation("SCHEMA-001", "/id", "required"))
    complete = [line(passed=("SCHEMA-001",)) for _ in range(3)]
    error = line(passed=("SCHEMA-001",), status=400, expect="reject")
    elsewhere = line(passed=("SCHEMA-001",), operation=EMBEDDINGS)
    assert only(lacking, *complete, error, elsewhere).title == "`id` is missing in 1 of 4 responses"


def test_one_protocol_fact_across_operations_is_one_cause() -> None:
    cause = only(*(line(violation("HTTP-001"), operation=f"Operation_{each}") for each in range(6)))
    assert cause.id == "HTTP-001"
    assert cause.title.endswith("– 6 operations")


def test_two_missing_fields_are_two_causes() -> None:
    fields = [line(violation("SCHEMA-001", f"/{each}", "required")) for each in ("id", "model")]
    assert [cause.id for cause in causes_of(*fields)] == ["missing-field:/id", "missing-field:/model"]


def test_rejections_of_valid_requests_are_grouped_by_field() -> None:
    rejected = [
        line(violation("BOUNDARY-003", point=point, reason="refused"), status=status)
        for point, status in (("tools.type:array", 400), ("tools[].function:object", 422), ("seed:1", 404))
    ]
    ids = {cause.id for cause in causes_of(*rejected)}
    assert ids == {"rejects-valid:tools", "rejects-valid:seed"}


def test_a_rejection_without_a_point_is_described_by_its_message() -> None:
    message = "A request that may be rejected causes a server error."
    failed = Violation("", message, reason="5xx", rule="BOUNDARY-006")
    cause = only(line(failed, status=500, expect="any"))
    assert (cause.id, cause.title) == ("rejects-valid", f"{message[:-1]} (500)")


def test_the_id_of_a_cause_depends_on_no_value_of_a_run() -> None:
    first = line(violation("SCHEMA-001", "/choices/3/index", "type", actual="one"))
    second = line(violation("SCHEMA-001", "/choices/0/index", "type", actual=[]), operation=EMBEDDINGS)
    assert only(first).id == only(second).id == "invalid-field:/choices/*/index type"


def test_every_violation_names_its_cause() -> None:
    summary = summary_of(accepted("n.type:string"), line(violation("STOP-001"))).to_json()
    causes = {each["id"]: each for each in summary["causes"]}  # type: ignore[index,union-attr,call-overload]
    assert set(causes) == {"accepts-invalid", "ignored-stop"}
    for each in summary["violations"]:  # type: ignore[union-attr]
        assert each["fingerprint"] in causes[each["cause"]]["fingerprints"]  # type: ignore[index,call-overload]


# -- order -----------------------------------------------------------------------------------------


def test_causes_are_ordered_by_their_effect_on_clients() -> None:
    causes = causes_of(
        *(accepted(f"n.type:{each}") for each in ("string", "array", "object")),
        line(violation("ERROR-001"), status=400, expect="reject"),
        line(violation("SSE-101", "/id"), streamed=True),
        line(violation("STOP-001", "/choices/0/message/content")),
    )
    assert [cause.effect for cause in causes] == [
        Effect.RESPONSES, Effect.STREAMS, Effect.ERRORS, Effect.LENIENCY,
    ]  # fmt: skip


def test_a_rejected_valid_request_is_a_wrong_response_and_not_a_wrong_error() -> None:
    assert only(
        line(violation("BOUNDARY-003", point="n.maximum:at", reason="refused"), status=400)
    ).effect == (Effect.RESPONSES)


def test_a_stream_that_is_not_sent_is_a_wrong_stream() -> None:
    assert only(line(violation("SSE-001", "header:Content-Type", "no stream"))).effect == Effect.STREAMS


def test_notes_come_after_warnings_and_accepted_causes_last() -> None:
    def known(finding: Finding) -> str | None:
        return "ticket 7" if finding.rule == "HTTP-001" else None

    causes = summary_of(
        line(violation("HTTP-001")),
        line(violation("HTTP-007", level="may")),
        line(violation("HTTP-010", level="should")),
        known=known,
    ).causes
    assert [(cause.id, cause.known) for cause in causes] == [
        ("HTTP-010", False), ("HTTP-007", False), ("HTTP-001", True),
    ]  # fmt: skip


def test_a_cause_has_the_level_of_its_violations_that_are_not_accepted() -> None:
    def known(finding: Finding) -> str | None:
        return "ticket 7" if finding.level == "must" else None

    (cause,) = summary_of(
        line(violation("USAGE-001", "/usage/total_tokens")),
        line(violation("USAGE-007", "/usage", level="may")),
        known=known,
    ).causes
    assert (cause.level, cause.known, len(cause.new)) == ("may", False, 1)


# -- the table -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAUSE_KINDS, ids=lambda kind: kind.id)
def test_every_rule_of_a_kind_exists(kind: Any) -> None:
    ids = [rule.id for rule in rules()]
    for pattern in kind.rules:
        assert any(fnmatchcase(id_, pattern) for id_ in ids), pattern


def test_every_kind_of_cause_can_be_found() -> None:
    reasons = ("", "required", "accepted", "refused", "5xx")
    found = {
        kind_of(Identity(rule.id, "document", CHAT, "/place", reason)).id
        for rule in rules()
        for reason in reasons
    }
    assert found == {kind.id for kind in CAUSE_KINDS}


@for_each(rules(), group=lambda rule: rule.topic, name=lambda rule: rule.id)
def test_every_rule_has_a_cause_with_a_title(rule: Rule) -> None:
    cause = only(line(violation(rule.id, "/choices/0/x", "required", point=None)))
    assert rule.id in cause.rules
    assert "{" not in cause.title
    assert cause.id == cause_id(cause.findings[0].identity)


def test_a_title_lists_a_few_places_and_counts_the_rest() -> None:
    many = [line(violation("SCHEMA-003", f"/extra_{each}", "undeclared", level="may")) for each in range(9)]
    assert only(*many).title.endswith("extra_0, extra_1, extra_2, extra_3, extra_4 and 4 more")


def test_a_cause_counts_places_that_were_merged() -> None:
    record = Record(_HEADER, (accepted("n.type:string"),))
    (finding,) = findings(record)
    merged = replace(finding, others=("m.type:string", "o.type:string"), count=3)
    (cause,) = group_by_cause([merged], record)
    assert (cause.places, cause.seen) == (3, 3)
