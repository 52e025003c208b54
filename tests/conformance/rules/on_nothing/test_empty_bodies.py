"""A rule with nothing to check does not pass: not on an empty object, a list, or no body at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from each_document import each_document
from empty_answers import Emptiness, cases, document, emptinesses, exchange, scenarios

from aoai_conformance.judging.judged import Judge
from aoai_conformance.rule import rules
from aoai_model.case import Case
from aoai_model.verdict import Verdict

#: What may pass whatever the body is, since it looks at something else, by the topic or the id of the rule.
LOOKS_ELSEWHERE = {
    "at the status, which says whether a request was accepted": {
        *("addresses", "authentication", "bodies", "boundaries", "flow_refusals", "two_descriptions"),
        *("operations", "named_models", "HTTP-001", "EXTRA-001", "EXTRA-002", "EXTRA-003", "CREDENTIALS-001"),
    },
    "at the headers": {
        *("HTTP-003", "HTTP-007", "HTTP-008", "HTTP-009", "HTTP-015", "SSE-001", "RESPONSE-STREAM-001"),
    },
    "at whether the body came to its end, and what else came": {"HTTP-006", "HTTP-012", "HTTP-013"},
    "at the frame of a stream, of which [DONE] alone is one": {
        *("SSE-003", "SSE-004", "SSE-005", "SSE-006", "SSE-007", "SSE-010", "SSE-012"),
    },
}
_EXCUSED = frozenset().union(*LOOKS_ELSEWHERE.values())
#: Answers to each step of a scenario.
_TO_ALL_STEPS = (
    Emptiness(200, "application/json", b"{}"),
    Emptiness(200, "application/json", b"[]"),
    Emptiness(200, "application/octet-stream", b""),
    Emptiness(200, "text/event-stream", b"data: {}\n\ndata: [DONE]\n\n"),
    Emptiness(404, "application/json", b"{}"),
)


@cache
def topics() -> dict[str, str]:
    return {rule.id: rule.topic for rule in rules()}


def passed(verdicts: tuple[Verdict, ...]) -> set[str]:
    return {
        each.rule_id
        for each in verdicts
        if each.outcome == "pass" and not {each.rule_id, topics()[each.rule_id]} & _EXCUSED
    }


def judged_alone(name: str, to_accepted: int) -> Iterator[tuple[Case, Emptiness]]:
    """Yield each case with empty responses; each operation gets every kind of response in turn.

    A case that is to be accepted has `to_accepted` responses, one that is to be rejected a third of them.
    """
    turns: dict[str, Iterator[Emptiness]] = {}
    for case in cases(name):
        all_of_them = list(emptinesses(name, case.operation))
        if case.origin == "base":
            yield from ((case, answer) for answer in all_of_them)
            continue
        turn = turns.setdefault(case.operation, iter(()))
        for _ in range(to_accepted if case.expect == "accept" else to_accepted // 3):
            answer = next(turn, None)
            if answer is None:
                turn = turns[case.operation] = iter(all_of_them)
                answer = next(turn)
            yield case, answer


#: How many responses each case has; `tox -e selftest` tries more.
TO_ACCEPTED = (3, pytest.param(6, marks=pytest.mark.whole_selftest))


@pytest.mark.parametrize("to_accepted", TO_ACCEPTED)
@pytest.mark.parametrize("name", each_document(previews=False))
def test_no_rule_about_one_response_passes_on_an_empty_body(name: str, to_accepted: int) -> None:
    judge = Judge({name: document(name)}, rules())
    wrong = {
        rule: (case.id, answer)
        for case, answer in judged_alone(name, to_accepted)
        for rule in passed(judge(exchange(case, answer)).verdicts)
    }
    assert wrong == {}


@pytest.mark.parametrize("name", each_document())
def test_no_rule_about_a_scenario_passes_on_empty_bodies(name: str) -> None:
    judge = Judge({name: document(name)}, rules())
    wrong = {
        rule: (together.scenario, answer)
        for answer in _TO_ALL_STEPS
        for together in scenarios(name, cases(name), answer)
        for rule in passed(judge(together).verdicts)
    }
    assert wrong == {}


@pytest.mark.parametrize("name", each_document())
def test_every_rule_of_a_document_is_tried(name: str) -> None:
    kinds = {case.kind for case in cases(name)}
    untried = {each.kind for each in document(name).usual_operations} - kinds
    assert untried == set()


def test_only_rules_that_examine_something_else_are_exempt() -> None:
    known = {rule.id for rule in rules()} | {rule.topic for rule in rules()}
    assert known >= _EXCUSED
