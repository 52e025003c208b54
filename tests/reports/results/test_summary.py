from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aoai_model.case import ScenarioStep
from aoai_model.verdict import Tokens
from aoai_reports.record.lines import RuleCounts, ScenarioLine
from aoai_reports.record.schema import SUMMARY, schema_text
from aoai_reports.results.findings import findings, generalise, place_of
from aoai_reports.results.summary import exit_code, summarize

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text(SUMMARY)))


# -- the contract ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["conformant", "nonconformant", "interrupted"])
def test_summary_json_keeps_the_contract(build: Any, name: str) -> None:
    summary = summarize(getattr(build, name)()).to_json()
    SCHEMA.validate(summary)
    assert list(summary) == [
        "schema",
        "verdict",
        "target",
        "documents",
        "seed",
        "profile",
        "requests",
        "tokens",
        "seconds",
        "violations",
        "rules",
        "coverage",
        "not_shown",
        "doubts",
        "excluded",
        "capabilities",
        "quirks",
        "causes",
        "retries",
    ]
    for violation in summary["violations"]:  # type: ignore[union-attr]
        assert list(violation) == [  # type: ignore[arg-type]
            "rule",
            "level",
            "operation",
            "document",
            "point",
            "pointer",
            "message",
            "expected",
            "actual",
            "count",
            "case",
            "known",
            "reason",
            "fingerprint",
            "cause",
            "others",
        ]
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_tokens_are_the_sum_over_the_responses(build: Any) -> None:
    record = build.record(
        build.exchange("a", tokens=Tokens(3, 4)), build.exchange("b", tokens=Tokens(10, 20))
    )
    assert summarize(record).to_json()["tokens"] == {"prompt": 13, "completion": 24}


def test_rules_count_verdicts_and_read_what_does_not_apply_from_the_footer(build: Any) -> None:
    record = build.record(
        build.exchange("a", verdicts={"USAGE-001": "pass"}),
        build.exchange("b", verdicts={"USAGE-001": "inconclusive", "CHAT-003": "inconclusive"}),
        footer=build.footer(rules={"USAGE-001": RuleCounts(9, 9, 9, 5)}),
    )
    summary = summarize(record)
    assert summary.rules["USAGE-001"] == RuleCounts(1, 0, 1, 5)
    assert set(summary.rules) == set(build.rules)


def test_a_rule_with_only_inconclusive_verdicts_is_untested(build: Any) -> None:
    record = build.record(build.exchange(verdicts={"USAGE-001": "pass", "CHAT-003": "inconclusive"}))
    summary = summarize(record)
    assert "CHAT-003" in summary.untested
    assert "USAGE-001" not in summary.untested
    assert summary.exercised == 1
    assert list(summary.untested) == sorted(summary.untested)


def test_points_are_counted_once_and_only_if_sent(build: Any) -> None:
    record = build.record(
        build.exchange("a", points=build.points("n.minimum:at", "top_p.maximum:at")),
        build.exchange("b", points=build.points("n.minimum:at")),
        build.failed("c", "connect", points=build.points("n.maximum:at")),
        build.failed("d", "timeout", points=build.points("n.maximum:above")),
        build.exchange("e", points=build.points("nobody.planned:this")),
    )
    summary = summarize(record)
    assert (summary.planned_points, summary.sent_points) == (29, 3)


# -- one entry for one defect ----------------------------------------------------------------------


def test_a_defect_is_shown_by_a_request_that_is_not_itself_a_mistake(build: Any) -> None:
    refusable = build.broken("short-but-wrong", build.violation(), {"n": 0}, expect="reject")
    plain = build.broken("plain", build.violation(), expect="accept")
    (entry,) = summarize(build.record(refusable, plain)).findings
    assert entry.case == "plain"


def test_a_defect_is_shown_by_a_request_with_a_single_point(build: Any) -> None:
    many = build.points("n.minimum:at", "top_p.maximum:at", expect="accept")
    packed = build.broken("packed", build.violation(), {"n": 1}, points=many)
    single = build.broken("single", build.violation(), {"n": 1, "user": "somebody"}, points=many[:1])
    (entry,) = summarize(build.record(packed, single)).findings
    assert entry.case == "single"


def test_one_defect_in_300_requests_is_one_entry(build: Any) -> None:
    lines = [build.broken(f"c{number}", build.violation()) for number in range(300)]
    (entry,) = summarize(build.record(*lines)).findings
    assert entry.count == 300
    assert entry.case == "c0"


@pytest.mark.parametrize(
    "other",
    [
        {"pointer": "/usage/prompt_tokens"},
        {"reason": "missing"},
        {"point": "n.minimum:below"},
        {"rule": "CHAT-003"},
    ],
)
def test_two_different_defects_are_two_entries(build: Any, other: dict[str, str]) -> None:
    first, second = build.violation(), build.violation(**other)
    summary = summarize(build.record(build.broken("a", first), build.broken("b", second)))
    assert [entry.count for entry in summary.findings] == [1, 1]


def test_one_rule_broken_in_two_operations_is_two_entries(build: Any) -> None:
    lines = (
        build.broken("a", build.violation()),
        build.broken("b", build.violation(), operation=build.embeddings, kind="embeddings"),
        build.broken("c", build.violation(), document="azure-openai@2024-06-01"),
    )
    assert len(summarize(build.record(*lines)).findings) == 3


def test_two_points_under_one_rule_are_two_entries_wherever_they_point(build: Any) -> None:
    def refused(point: str, pointer: str = "") -> Any:
        return build.violation("BOUNDARY-001", point=point, pointer=pointer, reason="accepted")

    lines = (
        build.broken("a", refused("n.minimum:below")),
        build.broken("b", refused("n.maximum:above")),
        build.broken("c", refused("n.minimum:below", "/elsewhere")),
    )
    assert sorted((entry.place, entry.count) for entry in summarize(build.record(*lines)).findings) == [
        ("n.maximum:above", 1),
        ("n.minimum:below", 2),
    ]


def test_array_indices_do_not_split_a_defect_and_the_pointer_is_unchanged(build: Any) -> None:
    lines = [
        build.broken("long", build.violation(pointer="/choices/2/message"), sent={"a": "x" * 50}),
        build.broken("short", build.violation(pointer="/choices/7/message"), sent={"a": 1}),
        build.broken("also", build.violation(pointer="/choices/1/message"), sent={"a": 2}),
    ]
    (entry,) = summarize(build.record(*lines)).to_json()["violations"]  # type: ignore[misc, union-attr]
    assert entry["pointer"] == "/choices/7/message"
    assert entry["case"] == "short"
    assert entry["count"] == 3


def test_fifty_chunks_of_one_stream_count_once(build: Any) -> None:
    violations = tuple(build.violation("CHAT-SSE-003", pointer="/id", chunk=chunk) for chunk in range(50))
    line = build.streamed("s", ('{"id":"a"}',) * 50, violations=violations)
    (entry,) = summarize(build.record(line)).findings
    assert (entry.count, entry.violation.chunk) == (1, 0)


def test_the_strongest_level_of_a_defect_is_its_level(build: Any) -> None:
    lines = (
        build.broken("a", build.violation(level="should")),
        build.broken("b", build.violation(level="must"), sent={"longer": "x" * 200}),
    )
    (entry,) = summarize(build.record(*lines)).findings
    assert entry.level == "must"


def test_entries_list_musts_first(build: Any) -> None:
    assert [entry.level for entry in summarize(build.nonconformant()).findings] == [
        *["must"] * 5,
        *["should"] * 2,
        "may",
    ]


def test_a_scenario_breaks_a_rule_with_all_its_steps_as_evidence(build: Any) -> None:
    (entry,) = [each for each in summarize(build.nonconformant()).findings if each.scenario]
    assert entry.case == "seed-a"
    assert [step.case for step in entry.exchanges] == ["seed-a", "seed-b"]


@given(st.lists(st.text("ab01~/-_", max_size=4), max_size=5))
def test_only_integers_in_a_pointer_are_indices(tokens: list[str]) -> None:
    pointer = "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)
    expected = "".join(
        "/" + ("*" if token.isdecimal() else token.replace("~", "~0").replace("/", "~1")) for token in tokens
    )
    assert generalise(pointer) == expected


def test_a_huge_value_is_shortened_and_keeps_its_kind(build: Any) -> None:
    violation = build.violation(actual={"text": "x" * 100_000, "list": list(range(10_000))})
    (entry,) = summarize(build.record(build.broken("a", violation))).to_json()["violations"]  # type: ignore[misc, union-attr]
    assert set(entry["actual"]) == {"text", "list"}
    assert len(json.dumps(entry)) < 6_000


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_the_record_changes_neither_entries_nor_counts(build: Any, order: list[int]) -> None:
    record = build.nonconformant()
    last = record.exchanges[-8:]
    shuffled = replace(record, exchanges=(*record.exchanges[:-8], *(last[place] for place in order)))

    def output(of: Any) -> list[Any]:
        return [(entry.identity, entry.count, entry.level) for entry in summarize(of).findings]

    assert output(shuffled) == output(record)


# -- the verdict -----------------------------------------------------------------------------------


def test_a_run_without_a_broken_must_is_conformant(build: Any) -> None:
    summary = summarize(build.conformant())
    assert (summary.verdict, exit_code(summary)) == ("conformant", 0)


def test_a_broken_must_is_nonconformant_even_in_an_interrupted_run(build: Any) -> None:
    record = replace(build.nonconformant(), footer=None)
    summary = summarize(record)
    assert (summary.verdict, exit_code(summary)) == ("nonconformant", 1)
    assert summary.doubts


def test_a_broken_should_fails_only_a_strict_run(build: Any) -> None:
    record = build.run_of(build.broken("a", build.violation("HTTP-004", pointer="header:x")))
    lenient, strict = summarize(record), summarize(record, strict=True)
    assert (lenient.verdict, strict.verdict) == ("conformant", "nonconformant")
    assert (exit_code(lenient), exit_code(strict)) == (0, 1)
    assert (exit_code(lenient, strict=True), exit_code(strict, strict=False)) == (1, 0)


def test_a_may_never_fails_a_run(build: Any) -> None:
    record = build.run_of(build.broken("a", build.violation("SCHEMA-002", reason="undeclared")))
    assert summarize(record, strict=True).verdict == "conformant"


def test_a_known_defect_does_not_fail_a_run_but_stays_listed(build: Any) -> None:
    record = build.run_of(build.broken("a", build.violation()))
    summary = summarize(record, known=lambda finding: "ticket 12" if finding.rule == "USAGE-001" else None)
    assert summary.verdict == "conformant"
    (entry,) = summary.to_json()["violations"]  # type: ignore[misc, union-attr]
    assert entry["known"] is True


def test_a_known_defect_does_not_hide_another_at_the_same_rule(build: Any) -> None:
    record = build.run_of(
        build.broken("a", build.violation()),
        build.broken("b", build.violation(pointer="/usage/prompt_tokens")),
    )
    accepted = ("USAGE-001", build.document, build.chat, "/usage/total_tokens", "sum")
    summary = summarize(record, known=lambda finding: "yes" if finding.identity == accepted else None)
    assert summary.verdict == "nonconformant"


@pytest.mark.parametrize("ending", ["did not finish", "interrupted"])
def test_an_unfinished_run_is_inconclusive(build: Any, ending: str) -> None:
    footer = None if ending == "did not finish" else build.footer(interrupted=True)
    summary = summarize(replace(build.conformant(), footer=footer))
    assert (summary.verdict, exit_code(summary)) == ("inconclusive", 3)
    assert ending in summary.doubts[0]


def test_a_run_that_judged_nothing_is_inconclusive(build: Any) -> None:
    assert summarize(build.record()).verdict == "inconclusive"
    assert (
        summarize(build.record(build.exchange(verdicts={"USAGE-001": "inconclusive"}))).verdict
        == "inconclusive"
    )


def test_a_point_without_a_response_is_inconclusive(build: Any) -> None:
    record = build.run_of(build.exchange("a"), build.failed("b", points=build.points("n.minimum:at")))
    summary = summarize(record)
    assert summary.verdict == "inconclusive"
    assert summary.doubts == (
        f"{build.chat}: only 0 of 1 points were shown (1 not shown: timeout: no answer within 60 s).",
    )


def test_a_failure_that_another_exchange_compensates_is_not_a_doubt(build: Any) -> None:
    points = build.points("n.minimum:at")
    record = build.run_of(
        build.exchange("a", points=points), build.failed("b", points=points), build.failed("c")
    )
    assert summarize(record).verdict == "conformant"


def test_an_operation_that_never_responded_is_inconclusive(build: Any) -> None:
    record = build.run_of(build.exchange("a"), build.failed("b", operation=build.embeddings))
    summary = summarize(record)
    assert summary.verdict == "inconclusive"
    assert summary.doubts == (f"{build.embeddings}: no valid request succeeded – no answer within 60 s.",)


def test_an_operation_without_sent_requests_is_inconclusive(build: Any) -> None:
    record = build.conformant()
    chat_only = tuple(line for line in record.exchanges if line.operation == build.chat)
    summary = summarize(replace(record, exchanges=chat_only))
    assert summary.verdict == "inconclusive"
    assert summary.doubts == (
        f"{build.embeddings}: only 0 of 4 points were shown (4 not sent: not reached).",
    )


def test_a_scenario_without_a_step_leaves_its_rule_untested_and_the_verdict_unchanged(build: Any) -> None:
    lost = build.failed("b", scenario=ScenarioStep("s1", "chat.same-seed", "second"), verdicts={})
    unjudged = ScenarioLine(
        scenario="s1",
        kind="chat.same-seed",
        document=build.document,
        operation=build.chat,
        cases=("a", "b"),
        verdicts={"CHAT-020": "inconclusive"},
    )
    summary = summarize(build.run_of(build.exchange("a"), lost, unjudged))
    assert (summary.verdict, summary.doubts) == ("conformant", ())
    assert "CHAT-020" in summary.untested


def test_a_point_of_an_incomplete_scenario_only_is_not_shown(build: Any) -> None:
    lost = build.failed(
        "b", scenario=ScenarioStep("s1", "chat.same-seed", "second"), points=build.points("n.minimum:at")
    )
    summary = summarize(build.run_of(build.exchange("a"), lost))
    assert summary.verdict == "inconclusive"
    assert summary.point_totals["not_shown"] == 1


def test_the_same_record_gives_the_same_summary(build: Any) -> None:
    first, second = (json.dumps(summarize(build.nonconformant()).to_json()) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/choices/0/delta/content", "/choices/*/message/content"),
        ("/choices/12/delta", "/choices/*/message"),
        ("/choices/0/message/tool_calls/1/id", "/choices/*/message/tool_calls/*/id"),
        ("/choices/0/messages/1/delta/role", "/choices/*/messages/*/role"),
        ("/choices/0/deltas", "/choices/*/deltas"),
        ("/delta", "/delta"),
    ],
)
def test_a_place_in_a_chunk_is_the_place_in_the_assembled_response(pointer: str, place: str) -> None:
    assert generalise(pointer) == place


def test_a_place_in_a_stream_differs_from_the_place_without_streaming(build: Any) -> None:
    violation = build.violation(pointer="/choices/0/delta/content")
    assert place_of(violation) == "/choices/*/message/content"
    assert place_of(violation, streamed=True) == "stream:/choices/*/message/content"
    assert place_of(build.violation(pointer=""), streamed=True) == ""


def test_a_defect_of_streams_does_not_hide_the_same_one_of_plain_responses(build: Any) -> None:
    counted = build.violation(pointer="/choices", reason="count")
    plain = build.broken("a", counted)
    streamed = build.streamed("b", ("{}",), violations=(counted,), verdicts=plain.verdicts)
    found = findings(build.record(plain, streamed))
    assert [each.place for each in found] == ["/choices", "stream:/choices"]
