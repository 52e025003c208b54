"""The smallest request that shows a defect: when further requests are sent for it, and when not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from by_case import NAME, answered, case, document, error, failed, operation, point, unsupported

from aoai_conformance.engine.isolation.defect_search import DefectSearch
from aoai_conformance.engine.isolation.isolation import MOST_ATTEMPTS, MOST_SHRUNK, Isolation
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, Part, StepGroup
from aoai_conformance.rule import rules
from aoai_model.case import Case, JsonBody, Point
from aoai_specs.document import Operation

Answer = Callable[[dict[str, Any]], Any]
JUDGE = Judge({NAME: document()}, [rule for rule in rules() if rule.id in ("BOUNDARY-003", "BOUNDARY-004")])
EVERY = Judge({NAME: document()}, rules())


def body_of(case_: Case) -> dict[str, Any]:
    assert isinstance(case_.request.body, JsonBody)
    assert isinstance(case_.request.body.value, dict)
    return case_.request.body.value


class TrialRunner:
    """Sends requests to a function that returns bodies, within a budget."""

    def __init__(self, answer: Answer, room: int = 1_000, judge: Judge = JUDGE) -> None:
        self.answer, self.room, self.judging = answer, room, judge
        self.sent: list[Case] = []

    def operation_of(self, case_: Case) -> Operation:
        return operation(case_.kind)

    def may_send(self) -> bool:
        return len(self.sent) < self.room

    def respond(self, case_: Case) -> Exchange:
        outcome = self.answer(body_of(case_))
        if outcome is None:
            return failed(case_)
        status, body = (
            outcome if isinstance(outcome, tuple) else (outcome, error("no") if outcome >= 400 else {})
        )
        return answered(case_, status, body)

    async def send_extra(self, case_: Case) -> Exchange:
        self.sent.append(case_)
        return self.respond(case_)

    async def judge(self, part: Part) -> Judged:
        return self.judging(part)

    @property
    def carried(self) -> list[str]:
        """The fields of the points of each request, joined."""
        return ["+".join(each.constraint for each in case_.points) for case_ in self.sent]


def packed(*names: str, **changes: Any) -> Case:
    points = tuple(map(point, names))
    return case(*points, origin="packed", **dict.fromkeys(names, 0), **changes)


async def bisect(trying: TrialRunner, whole: Case) -> list[Part]:
    return await Isolation(trying).bisect(trying.respond(whole))


def culprit(*names: str, status: int = 400) -> Answer:
    """Return a server that rejects each of these fields."""
    return lambda body: status if {*names} & body.keys() else 200


def together(*names: str) -> Answer:
    """Return a server that rejects these fields only in combination."""
    return lambda body: 400 if {*names} <= body.keys() else 200


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_a_rejected_packed_request_is_halved_down_to_the_culprit(status: int) -> None:
    trying = TrialRunner(culprit("seed", status=status))
    await bisect(trying, packed("n", "seed", "user", "top_p"))
    assert trying.carried == ["n+seed", "user+top_p", "n", "seed"]


async def test_nothing_is_sent_for_a_request_that_was_accepted() -> None:
    trying = TrialRunner(culprit())
    assert await bisect(trying, packed("n", "seed")) == []
    assert trying.sent == []


async def test_nothing_is_sent_for_a_single_point_or_an_expected_rejection() -> None:
    trying = TrialRunner(culprit("n"))
    assert await bisect(trying, packed("n")) == []
    assert await bisect(trying, packed("n", "seed", expect="reject")) == []
    assert trying.sent == []


@pytest.mark.parametrize(
    "outcome",
    [
        None,
        (401, error("no", "401")),
        (404, error("no", "DeploymentNotFound")),
        (429, error("no", "insufficient_quota")),
        (400, error("Filtered.", "content_filter")),
        (503, b""),
        (409, b""),
    ],
)
async def test_a_request_that_was_not_rejected_for_a_point_is_not_split(outcome: Any) -> None:
    trying = TrialRunner(lambda _: outcome)
    assert await bisect(trying, packed("n", "seed")) == []
    assert trying.sent == []


async def test_a_field_that_the_model_does_not_support_is_found_by_splitting() -> None:
    trying = TrialRunner(lambda body: (400, unsupported("seed")) if "seed" in body else 200)
    await bisect(trying, packed("n", "seed", "user", "top_p"))
    assert "seed" in trying.carried


async def test_two_accepted_halves_of_a_rejected_request_are_judged_as_a_pair() -> None:
    trying = TrialRunner(together("n", "user"))
    parts = await bisect(trying, packed("n", "seed", "user", "top_p"))
    found = parts[-1]
    assert isinstance(found, StepGroup)
    assert {*found.steps} == {"whole", "first", "second"}
    assert (found.kind, found.steps["whole"].case.points[1].constraint) == ("packed.taken-apart", "seed")


async def test_a_rejected_half_is_not_judged_as_a_pair() -> None:
    parts = await bisect(TrialRunner(culprit("n")), packed("n", "seed"))
    assert not any(isinstance(part, StepGroup) for part in parts)


async def test_splitting_stops_on_request() -> None:
    trying = TrialRunner(culprit("n"), room=1)
    parts = await bisect(trying, packed("n", "seed"))
    assert trying.carried == ["n"]
    assert [part.case for part in parts if isinstance(part, Exchange)] == trying.sent


def unfit(*names: str) -> Answer:
    """Return a server that accepts everything, but violates a rule if one of these fields is sent."""

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"choices": 7} if {*names} & body.keys() else CHAT

    return answer


CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1732136400,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi.", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
}


async def isolate(search: DefectSearch, trying: TrialRunner, *cases: Case) -> list[JudgedExchange]:
    """Search in the responses to the cases of a plan; return the halves in the order of the results."""
    for index, each in enumerate(cases):
        search.learn((index, 0), trying.judging(trying.respond(each)))
    await search.run()
    return [half for index in range(len(cases)) for half in await search.found((index, 0))]


async def test_an_accepted_packed_request_with_a_defect_is_halved_until_one_point_shows_it() -> None:
    trying = TrialRunner(unfit("seed"), judge=EVERY)
    await isolate(DefectSearch(trying), trying, packed("n", "seed", "user", "top_p"))
    assert trying.carried == ["n+seed", "n", "seed"]


async def test_each_half_that_was_sent_is_a_separate_result() -> None:
    trying = TrialRunner(unfit("seed"), judge=EVERY)
    found = await isolate(DefectSearch(trying), trying, packed("n", "seed", "user", "top_p"))
    assert [one.exchange.case for one in found] == trying.sent


async def test_a_half_that_is_rejected_explains_later_rejections() -> None:
    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        if "seed" not in body:
            return 200, CHAT
        return (200, {"choices": 7}) if "n" in body else (400, error("no"))

    trying = TrialRunner(answer, judge=EVERY)
    isolation = Isolation(trying)
    for half in await isolate(DefectSearch(trying), trying, packed("n", "seed")):
        isolation.note_half(half)
    assert trying.carried == ["n", "seed"]
    judged = await attribute(isolation, trying, case(origin="scenario", seed=0, user="me"))
    assert points_of(judged) == ["seed"]


async def test_the_remainder_of_a_shrunk_request_explains_later_rejections() -> None:
    trying = TrialRunner(culprit("seed"))
    isolation = Isolation(trying)
    await attribute(isolation, trying, case(origin="base"), generated(seed=3, user="me", n=1))
    smallest = [body_of(each) for each in trying.sent if "seed" in body_of(each)][-1]
    scenario = case(origin="scenario", **{**smallest, "user": "you"})
    judged = await attribute(isolation, trying, scenario)
    assert points_of(judged) == ["generated:valid[seed]"]


async def test_a_defect_that_a_simpler_request_showed_is_not_searched_for() -> None:
    trying = TrialRunner(unfit("n", "seed"), judge=EVERY)
    await isolate(DefectSearch(trying), trying, case(point("n"), n=0), packed("n", "seed"))
    assert trying.sent == []


async def test_a_request_without_a_defect_is_not_split() -> None:
    trying = TrialRunner(unfit(), judge=EVERY)
    await isolate(DefectSearch(trying), trying, packed("user", "top_p"))
    assert trying.sent == []


async def test_only_packed_and_accepted_requests_are_isolated() -> None:
    trying = TrialRunner(unfit("seed"), judge=EVERY)
    generated = case(point("seed"), point("n"), origin="generated", seed=0, n=0)
    await isolate(DefectSearch(trying), trying, generated)
    refusing = TrialRunner(
        lambda body: (400, {"detail": "no"}) if "seed" in body else (200, CHAT), judge=EVERY
    )
    await isolate(DefectSearch(refusing), refusing, packed("seed", "n"))
    assert trying.sent == refusing.sent == []


@pytest.mark.parametrize(("left", "sent"), [(0, 0), (1, 1), (2, 2), (60, 3)])
async def test_isolation_stays_within_its_budget(left: int, sent: int) -> None:
    trying = TrialRunner(unfit("seed"), judge=EVERY)
    await isolate(DefectSearch(trying, left), trying, packed("n", "seed", "user", "top_p"))
    assert len(trying.sent) == sent


def test_a_run_may_spend_sixty_requests_on_isolation() -> None:
    assert DefectSearch(TrialRunner(culprit())).left == 60


async def test_isolation_stops_on_request() -> None:
    trying = TrialRunner(unfit("seed"), room=1, judge=EVERY)
    await isolate(DefectSearch(trying), trying, packed("n", "seed", "user", "top_p"))
    assert len(trying.sent) == 1


ANY = Point("generated:valid", "generated", "accept", "must", f"{NAME}#/x", "valid")


def generated(**sent: Any) -> Case:
    return case(ANY, origin="generated", id_="chat/generated-01", **sent)


async def attribute(isolation: Isolation, trying: TrialRunner, *cases: Case) -> list[Judged]:
    return [
        found for each in cases for found in await isolation.attribute(trying.judging(trying.respond(each)))
    ]


def points_of(judged: list[Judged]) -> list[str]:
    return [each.exchange.case.points[0].id for each in judged if isinstance(each, JudgedExchange)]


async def test_a_rejected_generated_request_is_shrunk_and_named_after_the_remainder() -> None:
    trying = TrialRunner(culprit("seed"))
    judged = await attribute(Isolation(trying), trying, generated(seed=3, user="me", n=1, top_p=0.5))
    assert trying.sent[0].id == "chat/generated-01/simpler-01"
    assert len({each.id for each in trying.sent}) == len(trying.sent)
    assert points_of(judged)[0] == "generated:valid[seed]"
    assert "generated:valid" in points_of(judged)


async def test_a_generated_request_without_a_defect_is_not_shrunk() -> None:
    trying = TrialRunner(culprit())
    assert len(await attribute(Isolation(trying), trying, generated(seed=3))) == 1
    assert trying.sent == []


async def test_a_defect_is_shrunk_once() -> None:
    trying = TrialRunner(unfit("seed"), judge=EVERY)
    isolation = Isolation(trying)
    await attribute(isolation, trying, generated(seed=3, user="me"))
    before = len(trying.sent)
    assert before > 0
    await attribute(isolation, trying, generated(seed=4, user="you"))
    assert len(trying.sent) == before


async def test_a_request_is_shrunk_with_a_bounded_number_of_attempts() -> None:
    messages = [{"role": "user", "content": f"message {n}"} for n in range(100)]
    trying = TrialRunner(lambda body: 400 if body["messages"] == messages and "seed" in body else 200)
    await attribute(Isolation(trying), trying, generated(messages=messages, seed=10**9, user="me", n=1))
    assert len(trying.sent) == MOST_ATTEMPTS == 60


async def test_shrinking_stops_on_request() -> None:
    trying = TrialRunner(culprit("seed"), room=2)
    await attribute(Isolation(trying), trying, generated(seed=3, user="me", n=1, top_p=0.5))
    assert len(trying.sent) == 2


async def test_at_most_twelve_generated_requests_of_a_run_are_shrunk() -> None:
    fields = [f"field_{n}" for n in range(14)]
    trying = TrialRunner(lambda body: 400 if {*fields} & body.keys() else 200)
    isolation = Isolation(trying)
    shrunk = 0
    for each in fields:
        before = len(trying.sent)
        own = Point(f"generated:{each}", "generated", "accept", "must", f"{NAME}#/x", each)
        await attribute(isolation, trying, case(own, origin="generated", id_=each, **{each: 1}))
        shrunk += len(trying.sent) > before
    assert shrunk == MOST_SHRUNK == 12


async def test_a_defect_is_not_searched_for_if_a_request_that_is_no_longer_shrunk_shows_it() -> None:
    trying = TrialRunner(unfit("seed"), judge=EVERY)
    (judged,) = await attribute(Isolation(trying, _shrunk=MOST_SHRUNK), trying, generated(seed=3))
    search = DefectSearch(trying)
    search.learn((0, 0), judged)
    search.learn((1, 0), trying.judging(trying.respond(packed("n", "seed"))))
    await search.run()
    assert trying.sent == []


async def test_a_generated_request_without_a_response_is_reported_unchanged() -> None:
    trying = TrialRunner(lambda _: None, judge=EVERY)
    (judged,) = await attribute(Isolation(trying), trying, generated(seed=3))
    assert isinstance(judged, JudgedExchange)
    assert judged.exchange.case == generated(seed=3)


async def test_a_judged_scenario_is_reported_unchanged() -> None:
    trying = TrialRunner(together("n", "seed"))
    isolation = Isolation(trying)
    pair = trying.judging((await bisect(trying, packed("n", "seed")))[-1])
    assert await isolation.attribute(pair) == [pair]
    search = DefectSearch(trying)
    search.learn((0, 0), pair)
    await search.run()
    assert await search.found((0, 0)) == []


@pytest.mark.parametrize("body", [{"choices": 7}, []])
async def test_an_accepted_point_with_a_defect_explains_no_rejection(body: Any) -> None:
    trying = TrialRunner(
        lambda sent: (400, error("no")) if "user" in sent else (200, body if "seed" in sent else CHAT),
        judge=EVERY,
    )
    judged = await attribute(
        Isolation(trying),
        trying,
        case(origin="base"),
        case(point("seed"), seed=0),
        case(origin="scenario", seed=0, user="me"),
    )
    last = judged[-1]
    assert isinstance(last, JudgedExchange)
    assert last.exchange.case.points == ()


async def test_an_accepted_generated_request_with_a_defect_explains_no_rejection() -> None:
    trying = TrialRunner(
        lambda sent: (
            (400, error("no")) if "user" in sent else (200, {"choices": 7} if "seed" in sent else CHAT)
        ),
        judge=EVERY,
    )
    isolation = Isolation(trying)
    await attribute(isolation, trying, case(origin="base"), generated(seed=3, n=1))
    smallest = [body_of(each) for each in trying.sent if "seed" in body_of(each)][-1]
    (judged,) = await attribute(isolation, trying, case(origin="scenario", **{**smallest, "user": "me"}))
    assert isinstance(judged, JudgedExchange)
    assert judged.exchange.case.points == ()


async def test_a_generated_request_keeps_the_rejected_point_that_it_contains() -> None:
    trying = TrialRunner(culprit("seed", "n"))
    isolation = Isolation(trying)
    await attribute(isolation, trying, case(origin="base"), case(point("seed"), seed=0))
    judged = await attribute(isolation, trying, generated(seed=0, n=1))
    assert points_of(judged)[0] == "seed"


async def test_a_defect_of_a_stream_is_isolated_although_it_is_known_without_streaming() -> None:
    wrong = {**CHAT, "created": 1732136400000}
    chunk = json.dumps({**wrong, "object": "chat.completion.chunk", "choices": []}).encode()
    stream = b"data: " + chunk + b"\n\ndata: [DONE]\n\n"
    trying = TrialRunner(
        lambda sent: (200, stream if "stream" in sent else wrong),
        judge=Judge({NAME: document()}, [rule for rule in rules() if rule.id == "META-002"]),
    )
    await isolate(DefectSearch(trying), trying, case(point("n"), n=0), packed("n", "seed"))
    assert trying.sent == []
    await isolate(DefectSearch(trying), trying, case(point("n"), n=0), packed("stream", "seed"))
    assert trying.carried == ["stream"]


async def test_a_scenario_step_is_reported_under_the_point_that_was_rejected_alone() -> None:
    trying = TrialRunner(culprit("seed"))
    judged = await attribute(
        Isolation(trying),
        trying,
        case(origin="base"),
        packed("seed"),
        case(origin="scenario", seed=0, user="me"),
    )
    last = judged[-1]
    assert isinstance(last, JudgedExchange)
    assert [each.id for each in last.exchange.case.points] == ["seed"]
    assert {violation.point for verdict in last.verdicts for violation in verdict.violations} == {"seed"}


async def test_an_accepted_scenario_step_is_reported_unchanged() -> None:
    trying = TrialRunner(lambda body: 400 if body.get("seed") == 0 and "user" not in body else 200)
    judged = await attribute(
        Isolation(trying),
        trying,
        case(origin="base"),
        packed("seed"),
        case(origin="scenario", seed=0, user="me"),
    )
    last = judged[-1]
    assert isinstance(last, JudgedExchange)
    assert last.exchange.case.points == ()
