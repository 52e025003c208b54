"""Sending in parallel, judging in order, bisecting, shrinking, stopping."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.runner import Runner
from aoai_conformance.engine.unit_sender import Knowledge
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, JudgedScenario, Part
from aoai_conformance.rule import rules
from aoai_conformance.target.documents import choose_documents
from aoai_model.case import Case, Edit, JsonBody, PlannedRequest, Point, ScenarioStep
from aoai_model.exchange import FailureKind, Request, Response, TransportFailure
from aoai_specs.errors import TargetError

DOCUMENT = choose_documents(api_versions=["2024-10-21"])[0]
NAME = str(DOCUMENT.name)
CHAT = "ChatCompletions_Create"
BASE = PlannedRequest(
    "POST", "/deployments/{deployment-id}/chat/completions", body=JsonBody({"messages": []})
)


def case(id_: str, **changes: object) -> Case:
    return replace(Case(id_, NAME, CHAT, "chat", BASE, "accept", (), "point"), **changes)  # type: ignore[arg-type]


def point(name: str) -> Point:
    return Point(
        f"{name}.type:string", f"{name}.type", "accept", "must", f"{NAME}#/x", name, (Edit(f"/{name}", "x"),)
    )


def packed(id_: str, *names: str) -> Case:
    points = tuple(map(point, names))
    body = JsonBody({"messages": [], **dict.fromkeys(names, "x")})
    return case(id_, origin="packed", points=points, base=BASE, request=replace(BASE, body=body))


def respond(case_: Case, status: int) -> Exchange:
    sent = Request("POST", "http://x", (), b"{}")
    return Exchange(case_, sent, Response(status, (("content-type", "application/json"),), b"{}"))


class FakeServer:
    """Answers with the status that `decide` gives; counts how many requests are under way."""

    def __init__(self, decide: Callable[[Case], int], *, budget: int | None = None) -> None:
        self.decide = decide
        self.budget = Budget(budget)
        self.sent: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self.pause: Callable[[Case], float] = lambda _: 0.0

    async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
        del patience
        if not self.budget.take():
            return self.unsent(case_, "budget", "budget")
        self.sent.append(case_.id)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.pause(case_))
        self.under_way -= 1
        status = self.decide(case_)
        if status == 0:
            request = Request("POST", "http://x", (), b"")
            return Exchange(case_, request, None, TransportFailure("connect", "No connection."))
        return respond(case_, status)

    def unsent(self, case_: Case, why: str, kind: FailureKind = "source") -> Exchange:
        request = Request("POST", "http://x", (), b"")
        return Exchange(case_, request, None, TransportFailure(kind, why), attempts=0)


class Heard:
    """Records the reported progress."""

    def __init__(self) -> None:
        self.expected: list[str] = []
        self.done: list[str] = []

    def expect(self, case_: Case) -> None:
        self.expected.append(case_.id)

    def advance(self, exchange: Exchange) -> None:
        self.done.append(exchange.case.id)


async def run(
    server: FakeServer,
    cases: Iterable[Case],
    knowledge: Knowledge | None = None,
    *,
    concurrency: int = 4,
    rule_ids: tuple[str, ...] = ("BOUNDARY-003", "COMBINATION-001"),
    progress: Heard | None = None,
) -> list[Judged]:
    judge = Judge({NAME: DOCUMENT}, [rule for rule in rules() if rule.id in rule_ids])
    runner = Runner(server, judge, concurrency=concurrency, progress=progress)
    return [judged async for judged in runner.run(cases, knowledge)]


def ids(judged: Iterable[Judged]) -> list[str]:
    return [
        each.exchange.case.id if isinstance(each, JudgedExchange) else f"scenario {each.kind}"
        for each in judged
    ]


def violated(judged: Iterable[Judged]) -> list[tuple[str, str | None]]:
    return [
        (verdict.rule_id, violation.point)
        for each in judged
        for verdict in each.verdicts
        for violation in verdict.violations
    ]


async def test_returns_results_in_plan_order_whatever_the_order_of_responses() -> None:
    server = FakeServer(lambda _: 200)
    server.pause = lambda each: 0.02 if each.id in {"c0", "c3"} else 0.0
    assert ids(await run(server, [case(f"c{n}") for n in range(12)])) == [f"c{n}" for n in range(12)]
    assert server.sent[:2] == ["c0", "c1"]


async def test_respects_the_concurrency() -> None:
    server = FakeServer(lambda _: 200)
    server.pause = lambda _: 0.001
    await run(server, [case(f"c{n}") for n in range(30)], concurrency=3)
    assert server.most_under_way == 3


async def test_sends_more_units_than_there_is_room_for_ahead() -> None:
    async with asyncio.timeout(60):
        judged = await run(FakeServer(lambda _: 200), [case(f"c{n}") for n in range(40)], concurrency=1)
    assert len(judged) == 40


@pytest.mark.parametrize("origin", ["point", "base"])
async def test_does_not_run_far_ahead_of_a_slow_case(origin: str) -> None:
    """A minimal request is sent before all others and takes no room; its end makes none."""
    answered = asyncio.Event()

    class SlowFirst(FakeServer):
        async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
            if case_.id == "c1":
                await answered.wait()
            return await super().send(case_, patience)

    server = SlowFirst(lambda _: 200)
    judge = Judge({NAME: DOCUMENT}, [])
    runner = Runner(server, judge, concurrency=2)
    results = runner.run([case("c0", origin=origin), *(case(f"c{n}") for n in range(1, 500))])
    await anext(results)
    second = asyncio.ensure_future(anext(results))
    for _ in range(1000):
        await asyncio.sleep(0)
    assert len(server.sent) == 2 * 16
    answered.set()
    await second
    await results.aclose()


async def test_sends_the_steps_of_a_scenario_in_order_and_judges_them_as_a_whole() -> None:
    def step(name: str) -> Case:
        return case(f"s/{name}", scenario=ScenarioStep("s", "chat.same-seed", name), origin="scenario")

    server = FakeServer(lambda _: 200)
    server.pause = lambda each: 0.02 if each.id == "s/first" else 0.0
    judged = await run(server, [case("c0"), step("first"), step("second"), case("c1")])
    assert ids(judged) == ["c0", "s/first", "s/second", "scenario chat.same-seed", "c1"]
    assert server.sent.index("s/first") < server.sent.index("s/second")
    scenario = judged[3]
    assert isinstance(scenario, JudgedScenario)
    assert list(scenario.steps) == ["first", "second"]


async def test_reports_each_scenario_when_its_last_step_has_arrived() -> None:
    steps = [
        case(f"s/{name}", scenario=ScenarioStep("s", "chat.same-seed", name), origin="scenario")
        for name in ("first", "second")
    ]
    server = FakeServer(lambda _: 200)
    whole: list[tuple[list[str], list[str]]] = []
    runner = Runner(
        server,
        Judge({NAME: DOCUMENT}, []),
        on_scenario=lambda group: whole.append((list(group.steps), list(server.sent))),
    )
    async for _ in runner.run([case("c0"), *steps]):
        pass
    assert [steps for steps, _ in whole] == [["first", "second"]]
    assert set(whole[0][1]) >= {"s/first", "s/second"}


async def test_sends_first_what_the_defects_of_a_packed_case_wait_for() -> None:
    server = FakeServer(lambda _: 200)
    cases = [*(case(f"other{n}", operation="embeddings_create") for n in range(3)), packed("p", "a", "b")]
    judged = await run(server, cases, concurrency=1)
    assert server.sent[0] == "p"
    assert ids(judged) == ["other0", "other1", "other2", "p"]


async def test_splits_a_rejected_packed_case_down_to_the_culprit() -> None:
    server = FakeServer(lambda each: 400 if "c" in each.request.body.value else 200)  # type: ignore[union-attr]
    heard = Heard()
    judged = await run(server, [packed("p", "a", "b", "c", "d"), case("after")], progress=heard)
    assert ids(judged) == ["p", "p/1", "p/2", "p/2/1", "p/2/2", "after"]
    assert violated(judged) == [("BOUNDARY-003", "c.type:string")]
    assert heard.expected == ["p/1", "p/2", "p/2/1", "p/2/2"]
    assert sorted(heard.done) == sorted(server.sent)


async def test_finds_the_point_that_causes_a_defect_in_an_accepted_request() -> None:
    server = FakeServer(lambda each: 201 if "c" in each.request.body.value else 200)  # type: ignore[union-attr]
    judged = await run(server, [packed("p", "a", "b", "c", "d"), case("after")], rule_ids=("HTTP-001",))
    assert ids(judged) == ["p", "p/1", "p/2", "p/2/1", "after"]
    assert [each.exchange.case.id for each in judged if violated([each])] == ["p", "p/2", "p/2/1"]  # type: ignore[union-attr]


async def test_sends_nothing_more_for_a_defect_that_the_minimal_request_shows() -> None:
    server = FakeServer(lambda _: 201)
    judged = await run(server, [case("base"), packed("p", "a", "b")], rule_ids=("HTTP-001",))
    assert ids(judged) == ["base", "p"]


async def test_a_defect_that_a_point_shows_is_not_shrunk_again() -> None:
    cases = [case("alone", points=(point("a"),)), generated("g", {"a": "x", "n": 1})]
    judged = await run(FakeServer(lambda _: 201), cases, rule_ids=("HTTP-001",))
    assert ids(judged) == ["alone", "g"]


async def test_a_defect_that_half_of_a_packed_case_shows_is_not_shrunk_again() -> None:
    server = FakeServer(lambda each: 201 if "b" in each.request.body.value else 200)  # type: ignore[union-attr]
    later = generated("g", {"b": "x", "n": 1})
    judged = await run(server, [packed("p", "a", "b"), later], rule_ids=("HTTP-001",))
    assert ids(judged) == ["p", "p/1", "p/2", "g"]


async def test_finding_the_point_stays_within_the_budget() -> None:
    server = FakeServer(lambda each: 201 if "d" in each.request.body.value else 200, budget=2)  # type: ignore[union-attr]
    judged = await run(server, [packed("p", "a", "b", "c", "d")], rule_ids=("HTTP-001",))
    assert ids(judged) == ["p", "p/1"]


async def test_splits_a_request_that_makes_a_server_fail() -> None:
    server = FakeServer(lambda each: 500 if "b" in each.request.body.value else 200)  # type: ignore[union-attr]
    assert ids(await run(server, [packed("p", "a", "b")])) == ["p", "p/1", "p/2"]


async def test_finds_every_culprit() -> None:
    bad = {"a", "d"}
    server = FakeServer(lambda each: 400 if bad & set(each.request.body.value) else 200)  # type: ignore[union-attr]
    judged = await run(server, [packed("p", "a", "b", "c", "d")])
    assert violated(judged) == [("BOUNDARY-003", "a.type:string"), ("BOUNDARY-003", "d.type:string")]


async def test_reports_a_combination_if_both_halves_pass() -> None:
    server = FakeServer(lambda each: 400 if {"a", "c"} <= set(each.request.body.value) else 200)  # type: ignore[union-attr]
    judged = await run(server, [packed("p", "a", "b", "c", "d")])
    assert ids(judged) == ["p", "p/1", "p/2", "scenario packed.taken-apart"]
    assert violated(judged) == [("COMBINATION-001", None)]
    (violation,) = [each for verdict in judged[-1].verdicts for each in verdict.violations]
    assert violation.level == "should"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503, 0])
async def test_does_not_split_after_a_response_unrelated_to_the_content(status: int) -> None:
    assert ids(await run(FakeServer(lambda _: status), [packed("p", "a", "b")])) == ["p"]


@pytest.mark.parametrize("status", [400, 404, 500, 0])
async def test_sends_nothing_more_if_even_the_minimal_request_fails(status: int) -> None:
    server = FakeServer(lambda _: status)
    minimal = case("base", origin="base")
    judged = await run(server, [minimal, packed("p", "a", "b"), case("c")], rule_ids=("OPERATION-001",))
    assert (ids(judged), server.sent) == (["base", "p", "c"], ["base"])
    for each in judged[1:]:
        assert isinstance(each, JudgedExchange)
        assert each.exchange.failure is not None
        assert each.exchange.failure.kind == "closed"
        assert f"the minimal request of {CHAT} failed" in each.exchange.failure.message
        assert {verdict.outcome for verdict in each.verdicts} == {"not_applicable"}
    assert violated(judged) == ([("OPERATION-001", None)] if status in {400, 500} else [])


async def test_splitting_stays_within_the_budget() -> None:
    server = FakeServer(lambda _: 400, budget=4)
    judged = await run(server, [packed("p", "a", "b", "c", "d", "e", "f")], concurrency=1)
    assert len(server.sent) == 4
    assert all(isinstance(each, JudgedExchange) and each.exchange.response for each in judged)


async def test_does_not_send_known_or_closed_cases() -> None:
    server = FakeServer(lambda _: 200)
    known = Knowledge(
        {"base": respond(case("base"), 200)}, {(NAME, "Completions_Create"): "Not sent: closed."}
    )
    closed = case("c", operation="Completions_Create", kind="completions")
    judged = await run(server, [case("base"), closed, case("c1")], known)
    assert server.sent == ["c1"]
    exchange = judged[1].exchange  # type: ignore[union-attr]
    assert exchange.failure == TransportFailure("closed", "Not sent: closed.")


def generated(id_: str, body: object) -> Case:
    valid = Point("generated:valid", "generated", "accept", "must", f"{NAME}#/x", "generated")
    request = replace(BASE, body=JsonBody(body))  # type: ignore[arg-type]
    return case(id_, origin="generated", points=(valid,), request=request, base=BASE)


MESSAGES = [{"role": "user", "content": "Hi."}]


async def test_shrinks_a_generated_case_that_shows_a_defect() -> None:
    def decide(each: Case) -> int:
        return 400 if each.request.body.value.get("temperature") else 200  # type: ignore[union-attr]

    server = FakeServer(decide)
    body = {"messages": MESSAGES, "temperature": 1.5, "user": "someone", "stop": ["a", "b"], "n": 1}
    judged = await run(server, [generated("g", body)])
    failing = [each for each in judged if violated([each])]
    smallest = min(failing, key=lambda each: len(str(each.exchange.case.request.body)))  # type: ignore[union-attr]
    left = smallest.exchange.case.request.body.value  # type: ignore[union-attr]
    assert set(left) == {"messages", "temperature"}
    assert ids(judged)[:2] == ["g", "g/simpler-01"]
    assert len(judged) <= 61


async def test_judges_what_a_search_for_silence_shows_after_the_last_response_of_the_plan() -> None:
    """The server does not respond to the requests that simplify the last case."""

    def decide(each: Case) -> int:
        if each.origin in {"base", "check"}:
            return 200
        return 0 if "simpler" in each.id else 400

    body = {"messages": MESSAGES, "temperature": 1.5, "user": "someone", "stop": ["a", "b"], "n": 1}
    judged = await run(FakeServer(decide), [case("base", origin="base"), generated("g", body)])
    assert "g/simpler-01/alone/request-1" in ids(judged)


async def test_does_not_shrink_a_generated_case_without_a_defect() -> None:
    assert ids(await run(FakeServer(lambda _: 200), [generated("g", {"messages": MESSAGES, "n": 1})])) == [
        "g"
    ]


async def test_stops_sending_on_request_and_returns_complete_results() -> None:
    server = FakeServer(lambda _: 200)
    server.pause = lambda each: 0.0 if each.id in {"c0", "c1", "c2"} else 30.0
    stop = asyncio.Event()
    runner = Runner(server, Judge({NAME: DOCUMENT}, []), concurrency=2)
    seen: list[Judged] = []
    async for judged in runner.run([case(f"c{n}") for n in range(10)], stop=stop):
        seen.append(judged)
        if len(seen) == 3:
            stop.set()
    assert ids(seen) == ["c0", "c1", "c2"]
    assert len(server.sent) <= 5


async def test_cancels_requests_in_progress_once_it_is_stopped() -> None:
    cancelled: list[str] = []

    class Silent(FakeServer):
        async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
            if case_.id == "c0":
                return await super().send(case_, patience)
            try:
                return await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                cancelled.append(case_.id)
                raise

    stop = asyncio.Event()
    runner = Runner(Silent(lambda _: 200), Judge({NAME: DOCUMENT}, []), concurrency=2)
    seen: list[Judged] = []
    async with asyncio.timeout(60):
        async for judged in runner.run([case("c0"), packed("p", "a", "b")], stop=stop):
            seen.append(judged)
            stop.set()
    assert ids(seen) == ["c0"]
    assert cancelled == ["p"]


async def test_nothing_is_left_running_after_a_run_is_left_early() -> None:
    server = FakeServer(lambda _: 200)
    server.pause = lambda each: 0.0 if each.id == "c0" else 600.0
    before = asyncio.all_tasks()
    results = Runner(server, Judge({NAME: DOCUMENT}, [])).run([case(f"c{n}") for n in range(9)])
    assert ids([await anext(results)]) == ["c0"]
    await results.aclose()
    assert asyncio.all_tasks() == before


async def test_an_error_of_the_sender_does_not_end_the_run(caplog: pytest.LogCaptureFixture) -> None:
    def decide(each: Case) -> int:
        if each.id == "c3":
            raise ZeroDivisionError(each.id)
        return 200

    judged = await run(FakeServer(decide), [case(f"c{n}") for n in range(10)])
    assert ids(judged) == [f"c{n}" for n in range(10)]
    exchange = judged[3].exchange  # type: ignore[union-attr]
    assert exchange.failure is not None
    assert exchange.failure.kind == "harness"
    assert "failed with ZeroDivisionError: c3" in exchange.failure.message
    assert {verdict.outcome for verdict in judged[3].verdicts} <= {"inconclusive", "not_applicable"}
    assert "failed while sending c3 (ZeroDivisionError: c3)" in caplog.text


async def test_a_broken_minimal_request_closes_its_operation(caplog: pytest.LogCaptureFixture) -> None:
    def decide(each: Case) -> int:
        raise ZeroDivisionError(each.id)

    judged = await run(FakeServer(decide), [case("base", origin="base"), case("c")])
    assert [each.exchange.failure.kind for each in judged] == ["harness", "closed"]  # type: ignore[union-attr]
    assert caplog.records


async def test_an_error_for_the_user_ends_the_run() -> None:
    def decide(each: Case) -> int:
        raise TargetError(f"No token for {each.id}.")

    with pytest.raises(TargetError, match="No token"):
        await run(FakeServer(decide), [case(f"c{n}") for n in range(10)])


async def test_an_error_for_the_user_while_shrinking_ends_the_run() -> None:
    def decide(each: Case) -> int:
        if "simpler" in each.id:
            raise TargetError(f"No token for {each.id}.")
        return 400

    with pytest.raises(TargetError, match="No token for g/simpler-01"):
        await run(FakeServer(decide), [generated("g", {"messages": MESSAGES, "n": 1})])


async def test_an_error_for_the_user_ends_the_wait_for_a_search() -> None:
    """The search for the defect of the first case waits for the second one."""
    first_is_written = asyncio.Event()

    class Failing(FakeServer):
        async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
            if case_.id == "q":
                await first_is_written.wait()
                await asyncio.sleep(0.02)
                raise TargetError("No token.")
            return await super().send(case_, patience)

    judge = Judge({NAME: DOCUMENT}, [rule for rule in rules() if rule.id == "HTTP-001"])
    results = Runner(Failing(lambda _: 201), judge).run([packed("p", "a", "b"), packed("q", "a", "b")])
    async with asyncio.timeout(60):
        await anext(results)
        first_is_written.set()
        with pytest.raises(TargetError, match="No token"):
            await anext(results)


async def test_an_error_for_the_user_that_nobody_waits_for_is_not_logged_as_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first_is_written, has_failed = asyncio.Event(), asyncio.Event()

    class Failing(FakeServer):
        async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
            if case_.id == "base":
                await first_is_written.wait()
                has_failed.set()
                raise TargetError("No token.")
            return await super().send(case_, patience)

    minimal = case("base", operation="embeddings_create", origin="base")
    results = Runner(Failing(lambda _: 200), Judge({NAME: DOCUMENT}, [])).run([case("c0"), minimal])
    await anext(results)
    first_is_written.set()
    await has_failed.wait()
    await results.aclose()
    del results
    gc.collect()
    assert not caplog.records


def test_sends_nothing_once_the_budget_is_spent() -> None:
    judge = Judge({NAME: DOCUMENT}, [])
    assert Runner(FakeServer(lambda _: 200), judge).may_send()
    assert not Runner(FakeServer(lambda _: 200, budget=0), judge).may_send()


async def test_sends_nothing_once_it_is_stopped() -> None:
    stop = asyncio.Event()
    runner = Runner(FakeServer(lambda _: 200), Judge({NAME: DOCUMENT}, []))
    results = runner.run([case("c0")], stop=stop)
    await anext(results)
    stop.set()
    assert not runner.may_send()
    await results.aclose()


@pytest.mark.parametrize("in_thread", [True, False])
async def test_judges_in_a_thread_of_its_own_unless_told_otherwise(in_thread: bool) -> None:
    judge, threads = Judge({NAME: DOCUMENT}, []), set()

    class WatchedJudge:
        def __call__(self, part: Part) -> Judged:
            threads.add(threading.current_thread())
            time.sleep(0.02)  # the other part arrives meanwhile
            return judge(part)

        def __getattr__(self, name: str) -> object:
            return getattr(judge, name)

    runner = Runner(FakeServer(lambda _: 200), WatchedJudge(), judge_in_thread=in_thread)  # type: ignore[arg-type]
    assert len([each async for each in runner.run([case("c0"), case("c1")])]) == 2
    assert len(threads) == 1
    assert (threading.main_thread() in threads) is not in_thread
    for thread in threads - {threading.main_thread()}:
        thread.join(60)
        assert not thread.is_alive()


async def test_an_exchange_whose_judging_fails_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("shown")

    monkeypatch.setattr("aoai_conformance.judging.judged.find_point_states", broken)
    judged = await run(FakeServer(lambda _: 200), [case("c0"), case("c1")])
    assert ids(judged) == ["c0", "c1"]
    (verdict,) = judged[0].verdicts
    assert (verdict.rule_id, verdict.outcome) == ("BOUNDARY-003", "inconclusive")
    assert verdict.note == "Judging raised ZeroDivisionError: shown"


@pytest.mark.parametrize(
    ("broken", "doing"),
    [
        ("isolation.Isolation.bisect", "bisecting p"),
        ("isolation.Isolation.attribute", "simplifying p"),
        ("defect_search.DefectSearch.run", "isolating defects"),
    ],
)
async def test_an_error_after_the_plan_keeps_the_results(
    broken: str, doing: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError("isolation")

    monkeypatch.setattr(f"aoai_conformance.engine.isolation.{broken}", breaks)
    judged = await run(FakeServer(lambda _: 400), [packed("p", "a", "b"), case("c")])
    assert [each for each in ids(judged) if each in {"p", "c"}] == ["p", "c"]
    assert f"failed while {doing} (ZeroDivisionError: isolation). The run continues" in caplog.text
