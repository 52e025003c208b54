"""Each rule about responses passes the valid exchanges and reports the invalid ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import examples_response_flows
import examples_response_objects
import examples_response_streams
import pytest
from flows_by_hand import FlowExample, Sent, changed, document, exchanges
from responses_by_hand import V1, as_stream, create, events_of, message, response, step

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.judging.precedence import FOUNDATIONS
from aoai_conformance.rule import Rule, rule_named, rules
from aoai_model.verdict import Verdict, Violation
from claims import for_each

EXAMPLES: list[FlowExample] = [
    *examples_response_streams.EXAMPLES,
    *examples_response_objects.EXAMPLES,
    *examples_response_flows.EXAMPLES,
]
OURS = [each for each in rules() if each.probe.__module__.startswith("aoai_conformance.rules.responses.")]
#: The rules that take precedence over all others.
FIRST = tuple(rule_named(each) for each in FOUNDATIONS)

claims = for_each(
    EXAMPLES, group=lambda each: rule_named(each.rule).topic, name=lambda each: f"{each.rule}: {each.claim}"
)


def verdicts(kind: str, steps: dict[str, Exchange], judging: Sequence[Rule]) -> list[Verdict]:
    found: list[Verdict] = []
    for exchange in steps.values():
        operation = document(exchange.case.document).operation(exchange.case.operation)
        found += judge(exchange, operation, judging)
    first = next(iter(steps.values())).case
    found += judge_scenario(kind, steps, document(V1).operation(first.operation), judging)
    return found


def violations(found: list[Verdict], rule: str | None = None) -> list[tuple[str, Violation]]:
    return [
        (each.rule_id, violation)
        for each in found
        for violation in each.violations
        if rule in (None, each.rule_id)
    ]


#: The verdicts on valid exchanges, which many examples share and which live as long as this module.
_VALID: dict[tuple[str, int], list[Verdict]] = {}


def verdicts_on_valid(kind: str, steps: list[Sent]) -> list[Verdict]:
    key = (kind, id(steps))
    if key not in _VALID:
        _VALID[key] = verdicts(kind, exchanges(kind, steps), rules())
    return _VALID[key]


@claims
def test_a_rule_reports_the_defect(example: FlowExample) -> None:
    steps = exchanges(example.kind, changed(example.steps, example.step, example.change))
    # what breaks its schema is reported there, and only there
    judging = (*FIRST, rule_named(example.rule))
    reported = violations(verdicts(example.kind, steps, judging), example.rule)
    assert reported
    assert all(violation.message.endswith(".") for _, violation in reported)
    if example.reason:
        assert example.reason in {violation.reason for _, violation in reported}


@claims
def test_a_rule_passes_valid_examples(example: FlowExample) -> None:
    found = verdicts_on_valid(example.kind, list_of(example))
    assert not violations(found, example.rule)


def list_of(example: FlowExample) -> list[Sent]:
    assert isinstance(example.steps, list)
    return example.steps


FLOWS = {(example.kind, id(example.steps)): example for example in EXAMPLES}.values()


@for_each(FLOWS, group=lambda each: each.kind, name=lambda each: f"the valid exchanges of {each.rule}")
def test_no_rule_reports_valid_exchanges(flow: FlowExample) -> None:
    reported = violations(verdicts_on_valid(flow.kind, list_of(flow)))
    assert [each for each in reported if each[1].level != "may"] == []


def test_every_rule_about_responses_has_an_example_that_passes_and_one_that_fails() -> None:
    passed = {
        verdict.rule_id
        for flow in FLOWS
        for verdict in verdicts_on_valid(flow.kind, list_of(flow))
        if verdict.outcome == "pass"
    }
    # that a request is accepted is the defect, so no valid exchange shows the contrary
    refusals = {"RESPONSE-ECHO-008"}
    assert {each.id for each in OURS} == {example.rule for example in EXAMPLES}
    assert {each.id for each in OURS} - passed <= refusals


def outcome(rule: str, exchange: Exchange) -> str:
    operation = document(V1).operation(exchange.case.operation)
    (verdict,) = judge(exchange, operation, [rule_named(rule)])
    return verdict.outcome


def elsewhere(exchange: Exchange) -> Exchange:
    url = exchange.request.url.replace("/openai/", "/v1/")
    return replace(exchange, request=replace(exchange.request, url=url))


def test_another_server_may_leave_out_sequence_numbers() -> None:
    events = [{**each, "sequence_number": at * 10} for at, each in enumerate(events_of(response(message())))]
    exchange = create(as_stream(events)).exchange()
    assert outcome("EVENTS-003", exchange) == "violation"
    assert outcome("EVENTS-003", elsewhere(exchange)) == "not_applicable"
    assert outcome("EVENTS-004", elsewhere(exchange)) == "pass"


@pytest.mark.parametrize("rule", ["EVENTS-006", "EVENTS-007"])
def test_a_stream_may_end_with_done(rule: str) -> None:
    stream = as_stream(events_of(response(message())), done=True)
    assert outcome(rule, create(stream).exchange()) == "pass"


@pytest.mark.parametrize("answer", [b"", as_stream([], done=True)], ids=["nothing", "only [DONE]"])
def test_a_complete_stream_without_events_has_no_end(answer: bytes) -> None:
    assert outcome("EVENTS-006", create(answer).exchange()) == "violation"


def test_a_stream_without_events_may_be_the_rest_of_one() -> None:
    resumed = step("response-get", b"", query={"stream": "true", "starting_after": "9"}).exchange()
    assert outcome("EVENTS-006", resumed) != "violation"


def test_an_error_in_place_of_a_stream_is_not_a_missing_end() -> None:
    answer = b'{"error": {"code": "server_error", "message": "It broke."}}'
    assert outcome("EVENTS-006", create(answer).exchange()) == "inconclusive"


def test_an_interrupted_stream_does_not_count_as_wrong() -> None:
    exchange = create(as_stream(events_of(response(message()))[:4])).exchange()
    assert exchange.response is not None
    cut = replace(exchange, response=replace(exchange.response, complete=False))
    operation = document(V1).operation(cut.case.operation)
    broken = [each.rule_id for each in judge(cut, operation, OURS) if each.outcome == "violation"]
    assert broken == []
