"""Each rule about flows passes the flow that it should and blames the one that it should."""

from __future__ import annotations

import examples_stored
import pytest
from flows_by_hand import FlowExample, changed, document, exchanges

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging import Verdict, judge, judge_scenario
from aoai_conformance.rule import Violation, rule_named, rules
from aoai_conformance.scenarios import ScenarioView

EXAMPLES: list[FlowExample] = [*examples_stored.EXAMPLES]
TOPICS = {"files", "uploads", "batches", "batch_results", "lists", "flow_refusals"}

claims = pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.rule}: {each.claim}")


def verdicts(kind: str, steps: dict[str, Exchange]) -> list[Verdict]:
    found: list[Verdict] = []
    for exchange in steps.values():
        operation = document(exchange.case.document).operation(exchange.case.operation)
        found += judge(exchange, operation, rules())
    first = next(iter(steps.values())).case
    found += judge_scenario(kind, steps, document(first.document).operation(first.operation), rules())
    return found


def violations(found: list[Verdict], rule: str | None = None) -> list[tuple[str, Violation]]:
    return [
        (each.rule_id, violation)
        for each in found
        for violation in each.violations
        if rule in (None, each.rule_id)
    ]


@claims
def test_a_rule_blames_what_is_wrong(example: FlowExample) -> None:
    steps = exchanges(example.kind, changed(example.steps, example.step, example.change))
    blamed = violations(verdicts(example.kind, steps), example.rule)
    assert blamed
    assert all(violation.message.endswith(".") for _, violation in blamed)
    if example.reason is not None:
        assert example.reason in {violation.reason for _, violation in blamed}


@claims
def test_a_rule_passes_what_is_right(example: FlowExample) -> None:
    found = verdicts(example.kind, exchanges(example.kind, example.steps))
    assert "pass" in {each.outcome for each in found if each.rule_id == example.rule}
    assert not violations(found, example.rule)


FLOWS = {(example.kind, id(example.steps)): (example.kind, example.steps) for example in EXAMPLES}.values()


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow[0])
def test_nobody_blames_a_flow_that_is_right(flow: tuple[str, list[object]]) -> None:
    kind, steps = flow
    blamed = violations(verdicts(kind, exchanges(kind, steps)))  # type: ignore[arg-type]
    assert [each for each in blamed if each[1].level != "may"] == []


def test_every_rule_about_flows_has_an_example() -> None:
    flows = {each.id for each in rules() if issubclass(each.view, ScenarioView) and each.topic in TOPICS}
    shown = {example.rule for example in EXAMPLES}
    assert {each.id for each in rules() if each.topic in TOPICS} | flows == shown
    assert all(rule_named(each) for each in shown)
