"""Each rule passes the valid exchange and alone reports the invalid one."""

from __future__ import annotations

import examples_completions
import examples_http
import examples_media
import examples_refusals
import examples_transcripts
import pytest
from by_hand import Example, Pair, operation, unanswered

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.rule import Rule, rule_named, rules
from aoai_model.verdict import Verdict, Violation
from claims import for_each

MODULES = {
    *("addresses", "authentication", "bodies", "boundaries", "errors", "error_headers", "http", "images"),
    *("completions", "completion_logprobs", "embeddings", "embedding_scenarios"),
    *("transcripts", "verbose_transcripts", "operations", "capabilities"),
    *("embedding_costs", "completion_sums"),
}
EXAMPLES: list[Example] = [
    *examples_refusals.EXAMPLES,
    *examples_http.EXAMPLES,
    *examples_completions.EXAMPLES,
    *examples_media.EXAMPLES,
    *examples_transcripts.EXAMPLES,
]
PAIRS: list[Pair] = examples_media.PAIRS


def ours() -> list[Rule]:
    return [rule for rule in rules() if rule.topic in MODULES]


def broken(verdicts: list[Verdict]) -> dict[str, tuple[Violation, ...]]:
    return {each.rule_id: each.violations for each in verdicts if each.outcome == "violation"}


#: The verdicts on the exchanges of the examples, which live as long as this module.
_VERDICTS: dict[tuple[int, bool], list[Verdict]] = {}


def all_verdicts(exchange: Exchange, *, as_published: bool = False) -> list[Verdict]:
    key = (id(exchange), as_published)
    if key not in _VERDICTS:
        judged = operation(exchange.case.kind, as_published=as_published)
        _VERDICTS[key] = judge(exchange, judged, rules())
    return _VERDICTS[key]


def verdict_of(example: Example, exchange: Exchange) -> Verdict:
    (verdict,) = [
        each
        for each in all_verdicts(exchange, as_published=example.as_published)
        if each.rule_id == example.rule
    ]
    return verdict


claims = for_each(
    EXAMPLES, group=lambda each: rule_named(each.rule).topic, name=lambda each: f"{each.rule}: {each.claim}"
)
paired = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.rule}: {pair.claim}")


@claims
def test_a_rule_passes_valid_examples(example: Example) -> None:
    verdict = verdict_of(example, example.passing)
    assert verdict.outcome in ("pass", "not_applicable"), verdict


@claims
def test_no_rule_reports_a_valid_example(example: Example) -> None:
    verdicts = all_verdicts(example.passing, as_published=example.as_published)
    levels = {violation.level for violations in broken(verdicts).values() for violation in violations}
    assert levels <= {"may"} | ({"must"} if example.as_published else set()), broken(verdicts)


@claims
def test_a_rule_reports_the_defect(example: Example) -> None:
    verdict = verdict_of(example, example.failing)
    assert verdict.outcome == "violation", verdict
    first = verdict.violations[0]
    assert first.pointer == example.pointer
    assert first.point == example.point
    assert first.message.endswith(".")
    assert first.level == (example.level or rule_named(example.rule).level)
    if example.reason is not None:
        assert first.reason == example.reason


@claims
def test_no_other_rule_of_the_area_reports_the_same_defect(example: Example) -> None:
    verdicts = all_verdicts(example.failing, as_published=example.as_published)
    others = broken(verdicts).keys() - {example.rule} - example.also
    assert others & {rule.id for rule in ours()} == set(), broken(verdicts)


@paired
def test_a_rule_about_scenarios_passes_and_fails_correctly(pair: Pair) -> None:
    for steps, outcome in ((pair.passing, "pass"), (pair.failing, "violation")):
        verdicts = judge_scenario(pair.kind, steps, operation("embeddings"), [rule_named(pair.rule)])
        assert [each.outcome for each in verdicts] == [outcome], verdicts
    first = verdicts[0].violations[0]
    assert (first.pointer, first.level) == (pair.pointer, pair.level or rule_named(pair.rule).level)
    if pair.reason is not None:
        assert first.reason == pair.reason


@paired
def test_other_scenarios_do_not_apply(pair: Pair) -> None:
    (verdict,) = judge_scenario(
        "chat.same-seed", pair.failing, operation("embeddings"), [rule_named(pair.rule)]
    )
    assert verdict.outcome == "not_applicable"


def test_every_rule_has_its_examples() -> None:
    shown = {each.rule for each in (*EXAMPLES, *PAIRS)}
    assert {rule.id for rule in ours()} - shown == set()
    assert len(ours()) >= 40


def test_an_exchange_without_response_has_no_violations() -> None:
    for kind in ("chat", "completions", "embeddings", "images", "transcription", "translation"):
        outcomes = {each.outcome for each in judge(unanswered(kind), operation(kind), rules())}
        assert outcomes <= {"inconclusive", "not_applicable"}


@for_each(ours(), group=lambda each: each.topic, name=lambda each: each.id)
def test_a_rule_states_its_requirement_and_clause(rule: Rule) -> None:
    assert not rule.requirement.endswith(".")
    assert rule.requirement[0].islower()
    assert (rule.probe.__doc__ or "").strip()
    assert rule.clause.startswith("https://") or "@" in rule.clause
