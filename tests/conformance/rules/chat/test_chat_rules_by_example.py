"""Each rule about chats and streams passes valid examples and alone reports the invalid ones."""

from __future__ import annotations

import examples_answers
import examples_calls
import examples_streams
import pytest
from chat_by_hand import Example, Pair, levels, reported, verdict_of, verdict_of_scenario

from aoai_conformance.rule import Rule, rule_named, rules
from claims import for_each

TOPICS = {
    *("choices", "finish_reasons", "usage", "stop_sequences", "messages", "metadata", "filters"),
    "creation_time",
    *("tool_calls", "function_calls", "json_modes", "probabilities", "tool_call_fragments"),
    *("framing", "streams", "schema", "repeated_requests"),
}
EXAMPLES: list[Example] = [
    *examples_answers.EXAMPLES,
    *examples_calls.EXAMPLES,
    *examples_streams.EXAMPLES,
]
PAIRS: list[Pair] = examples_streams.PAIRS


def ours() -> list[Rule]:
    return [rule for rule in rules() if rule.topic in TOPICS]


claims = for_each(
    EXAMPLES, group=lambda each: rule_named(each.rule).topic, name=lambda each: f"{each.rule}: {each.claim}"
)
paired = pytest.mark.parametrize("pair", PAIRS, ids=lambda each: f"{each.rule}: {each.claim}")


@claims
def test_a_rule_passes_valid_examples(example: Example) -> None:
    assert verdict_of(example.rule, example.passing).outcome in ("pass", "not_applicable")


@claims
def test_no_rule_reports_a_valid_example(example: Example) -> None:
    found = levels(example.passing)
    assert {rule: each for rule, each in found.items() if each != {"may"}} == {}, reported(example.passing)


@claims
def test_a_rule_reports_the_defect_at_its_location(example: Example) -> None:
    verdict = verdict_of(example.rule, example.failing)
    assert verdict.outcome == "violation", verdict
    first = verdict.violations[0]
    assert (first.pointer, first.chunk) == (example.pointer, example.chunk)
    assert first.level == (example.level or rule_named(example.rule).level)
    assert first.message
    assert first.reason


@claims
def test_no_other_rule_reports_the_same_defect(example: Example) -> None:
    others = reported(example.failing).keys() - {example.rule} - example.also
    assert others == set(), reported(example.failing)


@paired
def test_a_rule_about_scenarios_passes_and_fails_correctly(pair: Pair) -> None:
    assert verdict_of_scenario(pair.rule, pair.kind, pair.passing).outcome == "pass"
    verdict = verdict_of_scenario(pair.rule, pair.kind, pair.failing)
    assert verdict.outcome == "violation", verdict
    assert verdict.violations[0].pointer == pair.pointer


def test_every_rule_has_a_passing_and_a_failing_exchange() -> None:
    shown = {each.rule for each in EXAMPLES} | {each.rule for each in PAIRS}
    assert {rule.id for rule in ours()} == shown
    assert len(ours()) >= 45


@for_each(ours(), group=lambda each: each.topic, name=lambda each: each.id)
def test_a_rule_states_its_requirement_and_clause(rule: Rule) -> None:
    assert rule.requirement[0].islower()
    assert not rule.requirement.endswith(".")
    assert rule.probe.__doc__
    assert rule.clause.startswith("https://") or "@" in rule.clause
