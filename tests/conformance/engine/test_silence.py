"""A server that stops responding: which request causes it, and how the run continues."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.runner import Runner
from aoai_conformance.engine.unit_sender import Knowledge
from aoai_conformance.engine.unresponsive import (
    MOST_SILENT_OPERATIONS,
    RECOVERY_ATTEMPTS,
    Silence,
    SilenceSender,
)
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, JudgedScenario, StepGroup
from aoai_conformance.rule import rules
from aoai_conformance.target.documents import choose_documents
from aoai_conformance.views.scenarios import STOPPED_RESPONDING
from aoai_model.case import Case, JsonBody, PlannedRequest
from aoai_model.exchange import FailureKind, Request, Response, TransportFailure

DOCUMENT = choose_documents(api_versions=["2024-10-21"])[0]
NAME = str(DOCUMENT.name)
CHAT, EMBEDDINGS = "ChatCompletions_Create", "embeddings_create"
KINDS = {CHAT: "chat", EMBEDDINGS: "embeddings"}


def case(id_: str, operation: str = CHAT, *, origin: str = "point", poisonous: bool = False) -> Case:
    request = PlannedRequest("POST", "/x", body=JsonBody({"n": 0} if poisonous else {}))
    return Case(id_, NAME, operation, KINDS[operation], request, "accept", (), origin)


def plan(operation: str = CHAT, *, poison: int = 5, cases: int = 20) -> list[Case]:
    others = [case(f"{operation}/c{n}", operation, poisonous=n == poison) for n in range(cases)]
    return [case(f"{operation}/base", operation, origin="base"), *others]


class Hanging:
    """A server that leaves the next `length` requests without a response after a poisonous one.

    `responds` says whether the poisonous request itself gets one; `most` is how often it hangs in all, and
    `only` the one operation that does.
    """

    def __init__(
        self, length: float = 6, *, responds: bool = False, most: int = 1000, only: str | None = None
    ) -> None:
        self.length = length
        self.responds = responds
        self.most = most
        self.only = only
        self.budget = Budget(None)
        self.left = 0.0
        self.sent: list[str] = []

    async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
        del patience
        if not self.budget.take():
            return self.unsent(case_, "Not sent: --max-requests is used up.", "budget")
        self.sent.append(case_.id)
        request = Request("POST", "http://x", (), b"{}")
        if self.hangs(case_):
            failure = TransportFailure("timeout", "No complete response within 1 s.")
            return Exchange(case_, request, None, failure)
        return Exchange(case_, request, Response(200, (("content-type", "application/json"),), b"{}"))

    def hangs(self, case_: Case) -> bool:
        if self.left > 0 and self.only in {None, case_.operation}:
            self.left -= 1
            return True
        if case_.request.body == JsonBody({"n": 0}) and self.most > 0:
            self.most -= 1
            self.left = self.length
            return not self.responds
        return False

    def unsent(self, case_: Case, why: str, kind: FailureKind = "source") -> Exchange:
        request = Request("POST", "http://x", (), b"")
        return Exchange(case_, request, None, TransportFailure(kind, why), attempts=0)


def _quick(sender: SilenceSender, may_send: Callable[[], bool]) -> Silence:
    return Silence(sender, may_send, first_pause=0.001)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aoai_conformance.engine.unresponsive.HEAD_START", 0.01)
    monkeypatch.setattr("aoai_conformance.engine.runner.Silence", _quick)


async def run(
    server: Hanging, cases: Iterable[Case], knowledge: Knowledge | None = None, *, concurrency: int = 4
) -> list[Judged]:
    judge = Judge({NAME: DOCUMENT}, [rule for rule in rules() if rule.id == "OPERATION-002"])
    runner = Runner(server, judge, concurrency=concurrency)
    return [judged async for judged in runner.run(cases, knowledge)]


def findings(judged: Iterable[Judged]) -> list[tuple[str, str]]:
    """Return each scenario about silence: the case that it names, and the verdict."""
    return [
        (next(iter(each.steps.values())).case.id, verdict.outcome)
        for each in judged
        if isinstance(each, JudgedScenario)
        for verdict in each.verdicts
    ]


def responses(judged: Iterable[Judged]) -> set[str]:
    return {
        each.exchange.case.id.partition("/alone")[0]
        for each in judged
        if isinstance(each, JudgedExchange) and each.exchange.response is not None
    }


@pytest.mark.parametrize("concurrency", [1, 4, 8])
async def test_names_the_request_after_which_the_server_stops_responding(concurrency: int) -> None:
    judged = await run(Hanging(3), plan(), concurrency=concurrency)
    assert findings(judged) == [(f"{CHAT}/c5/alone/request-1", "violation")]
    (violation,) = [each for one in judged for verdict in one.verdicts for each in verdict.violations]
    assert f"stopped responding after POST {CHAT} was sent alone, 2 times" in violation.message
    assert violation.level == "must"


async def test_a_minimal_request_sent_before_the_run_serves_the_search() -> None:
    base, *others = plan()
    known = Knowledge({base.id: await Hanging(0).send(base)})
    judged = await run(Hanging(3), [base, *others], known)
    assert findings(judged) == [(f"{CHAT}/c5/alone/request-1", "violation")]


async def test_continues_once_the_server_recovers_and_resends_the_innocent_requests() -> None:
    judged = await run(Hanging(3), plan(cases=40))
    assert {f"{CHAT}/c{n}" for n in range(40) if n != 5} <= responses(judged)


async def test_names_a_request_that_was_answered_before_the_server_fell_silent() -> None:
    judged = await run(Hanging(4, responds=True), plan())
    assert (f"{CHAT}/c5/alone/request-1", "violation") in findings(judged)


async def test_reports_no_request_for_a_silence_that_does_not_recur() -> None:
    judged = await run(Hanging(4, most=1), plan())
    assert findings(judged) == []
    assert {f"{CHAT}/c{n}" for n in range(20)} <= responses(judged)


async def test_a_silence_that_recurs_once_is_inconclusive() -> None:
    judged = await run(Hanging(4, most=2), plan())
    assert findings(judged) == [(f"{CHAT}/c5/alone/request-1", "inconclusive")]


async def test_names_the_suspects_of_a_server_that_stays_silent() -> None:
    server = Hanging(float("inf"))
    judged = await run(server, plan(cases=200))
    ((_, outcome),) = findings(judged)
    assert outcome == "inconclusive"
    (note,) = [
        verdict.note for each in judged if isinstance(each, JudgedScenario) for verdict in each.verdicts
    ]
    assert f"{CHAT}/c5" in note
    unsent = [
        each.exchange.failure.message
        for each in judged
        if isinstance(each, JudgedExchange) and each.exchange.failure and not each.exchange.attempts
    ]
    assert len(unsent) > 150
    assert all("the server stopped responding after" in message for message in unsent)
    assert len(server.sent) <= 30 + RECOVERY_ATTEMPTS + MOST_SILENT_OPERATIONS


async def test_continues_with_an_operation_that_responds() -> None:
    cases = [case(f"{EMBEDDINGS}/base", EMBEDDINGS, origin="base"), *plan()]
    cases += [case(f"{EMBEDDINGS}/c{n}", EMBEDDINGS) for n in range(20)]
    judged = await run(Hanging(float("inf"), only=CHAT), cases)
    assert {f"{EMBEDDINGS}/c{n}" for n in range(20)} <= responses(judged)


async def test_sends_nothing_more_for_time_outs_that_are_rare() -> None:
    server = Hanging(0)
    judged = await run(server, plan())
    assert len(server.sent) == len(judged) == 21
    assert findings(judged) == []


async def test_the_search_stays_within_the_budget() -> None:
    server = Hanging(float("inf"))
    server.budget = Budget(12)
    judged = await run(server, plan(cases=12))
    assert len([each for each in judged if isinstance(each, JudgedExchange)]) >= 13
    assert len(server.sent) == 12


def trial(*, after: bool) -> dict[str, Exchange]:
    """Return a trial of one request; `after` is whether the server responds while it is unanswered."""
    request = Request("POST", "http://x", (), b"{}")
    failure = TransportFailure("timeout", "No complete response within 1 s.")
    responded = Exchange(case("before"), request, Response(200, (), b"{}"))
    silent = Exchange(case("c5"), request, None, failure)
    return {"request-1": silent, "before-1": responded, "after-1": responded if after else silent}


@pytest.mark.parametrize(("after", "outcome"), [(True, "pass"), (False, "inconclusive")])
def test_a_single_trial_reports_no_culprit(after: bool, outcome: str) -> None:
    judge = Judge({NAME: DOCUMENT}, [rule for rule in rules() if rule.id == "OPERATION-002"])
    judged = judge(StepGroup("c5/alone", STOPPED_RESPONDING, trial(after=after)))
    assert [verdict.outcome for verdict in judged.verdicts] == [outcome]


def test_other_scenarios_do_not_apply() -> None:
    judge = Judge({NAME: DOCUMENT}, [rule for rule in rules() if rule.id == "OPERATION-002"])
    judged = judge(StepGroup("c5/alone", "chat.same-seed", trial(after=False)))
    assert [verdict.outcome for verdict in judged.verdicts] == ["not_applicable"]
