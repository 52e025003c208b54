"""When the run pauses to find out why the server does not respond, what it sends then, and how much of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from by_case import answered, failed, point
from by_case import case as planned

from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.unresponsive import Silence
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import StepGroup
from aoai_model.case import Case, Derivation
from aoai_model.exchange import FailureKind


@pytest.fixture(autouse=True)
def _no_head_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aoai_conformance.engine.unresponsive.HEAD_START", 0)


async def _at_once(seconds: float) -> None:
    del seconds


class Server:
    """Leaves requests without a response if their names begin as one of `silent`.

    That includes minimal requests sent as a check only if the beginning contains a slash.
    """

    def __init__(self, *silent: str) -> None:
        self.silent = silent
        self.sent: list[str] = []
        self.cases: list[Case] = []
        self.patience: set[Patience] = set()
        self.slow = False

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        self.sent.append(case.id)
        self.cases.append(case)
        self.patience |= set() if patience is None else {patience}
        if self.hangs(case):
            return replace(failed(case), attempts=1)
        exchange = answered(case)
        return replace(exchange, attempts=2) if self.slow and patience is None else exchange

    def hangs(self, case: Case) -> bool:
        return any(
            case.id.startswith(start) and (case.origin != "check" or "/" in start) for start in self.silent
        )

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        return failed(case, kind, why)

    def silence(self, sleep: Callable[[float], Awaitable[None]] = _at_once) -> Silence:
        return Silence(self, lambda: True, sleep=sleep)

    @property
    def alone(self) -> list[str]:
        """The requests that were sent again alone."""
        return [name for name in self.sent if "/alone/request-" in name]


def chat(name: str) -> Case:
    return planned(point("n"), id_=name)


def base(kind: str = "chat") -> Case:
    return planned(kind=kind, origin="base", id_=f"{kind}-base")


async def send(silence: Silence, *names: str) -> None:
    for name in names:
        await silence.send(chat(name))


def responding(number: int, start: int = 1) -> list[str]:
    return [f"good-{n}" for n in range(start, start + number)]


async def test_the_third_request_without_a_response_starts_a_search() -> None:
    server = Server("bad")
    silence = server.silence()
    await silence.send(base())
    await send(silence, "bad-1", "bad-2")
    assert len(server.sent) == 3
    await send(silence, "bad-3")
    assert server.sent[4] == "chat-base/responding/check"


@pytest.mark.parametrize(("between", "searches"), [(13, True), (14, False)])
async def test_only_the_latest_sixteen_requests_are_considered(between: int, *, searches: bool) -> None:
    server = Server("bad")
    silence = server.silence()
    await silence.send(base())
    await send(silence, "bad-1", "bad-2", *responding(between), "bad-3")
    assert ("chat-base/responding/check" in server.sent) is searches


async def test_an_unsent_request_says_nothing_about_the_server() -> None:
    server = Server()
    silence = server.silence()
    await silence.send(base())

    async def unsent(case: Case, patience: Patience | None = None) -> Exchange:
        server.sent.append(case.id)
        return failed(case)

    server.send = unsent  # type: ignore[method-assign]
    await send(silence, *responding(5))
    assert "chat-base/responding/check" not in server.sent


async def test_responses_that_needed_several_attempts_start_a_search() -> None:
    server = Server()
    silence = server.silence()
    await silence.send(base())
    server.slow = True
    await send(silence, *responding(3))
    assert "chat-base/responding/check" in server.sent


async def test_each_suspect_is_sent_again_alone_with_the_minimal_request() -> None:
    server = Server("bad-1", "bad-2", "bad-3")
    silence = server.silence()
    await silence.send(base())
    await send(silence, "bad-1", "bad-2", "bad-3")
    assert server.alone == [f"bad-{n}/alone/request-1" for n in (1, 2, 3)]
    first = server.sent.index("bad-1/alone/before-1")
    together = {f"bad-1/alone/{step}-1" for step in ("before", "request", "after")}
    assert {*server.sent[first : first + 3]} == together


async def test_only_the_check_after_a_request_of_a_search_may_take_another_connection() -> None:
    """Servers close a connection after an error; that a check on it breaks says nothing about the server."""
    server = Server("bad")
    silence = server.silence()
    await silence.send(base())
    await send(silence, "bad-1", "bad-2", "bad-3")
    once = Patience(busy_attempts=2, broken_attempts=1, slow_attempts=1)
    assert server.patience == {once, replace(once, broken_attempts=2)}


async def test_checks_expect_nothing_and_keep_their_source() -> None:
    server = Server("bad")
    silence = server.silence()
    await silence.send(base())
    await send(silence, "bad-1", "bad-2", "bad-3")
    of_name = {case.id: case for case in server.cases}
    check, again = of_name["bad-1/alone/before-1"], of_name["bad-1/alone/request-1"]
    assert (check.origin, check.expect, check.points) == ("check", "any", ())
    assert (again.origin, again.expect, again.points) == ("point", "accept", (point("n"),))
    assert check.derived == again.derived == Derivation("bad-1", "trial")


async def test_a_request_that_stops_the_server_is_sent_alone_twice_and_reported() -> None:
    server = Server("bad", "bad-2/alone/after")
    silence = server.silence()
    await silence.send(base())
    await send(silence, "bad-1", "bad-2", "bad-3")
    assert server.alone == [
        "bad-1/alone/request-1",
        "bad-2/alone/request-1",
        "bad-2/alone/request-2",
        "bad-3/alone/request-1",
    ]
    groups = [part for part in silence.take() if isinstance(part, StepGroup)]
    assert [group.scenario for group in groups] == ["bad-2/alone"]
    assert {*groups[0].steps} == {f"{step}-{n}" for step in ("request", "before", "after") for n in (1, 2)}
    assert silence.take() == []


async def test_the_last_four_requests_with_a_response_are_suspects_too() -> None:
    server = Server("bad")
    silence = server.silence()
    await silence.send(base())
    await send(silence, *responding(6), "bad-1", "bad-2", "bad-3")
    assert server.alone[3:] == [f"good-{n}/alone/request-1" for n in (6, 5, 4, 3)]


async def test_requests_with_a_response_are_no_suspects_once_the_cause_is_found() -> None:
    server = Server("bad", "bad-2/alone/after")
    silence = server.silence()
    await silence.send(base())
    await send(silence, *responding(6), "bad-1", "bad-2", "bad-3")
    assert not any(name.startswith("good") for name in server.alone)


async def test_a_run_searches_at_most_four_times() -> None:
    server = Server("bad")
    silence = server.silence()
    await silence.send(base())
    await send(silence, *(f"bad-{n}" for n in range(18)))
    assert server.alone == [f"bad-{n}/alone/request-1" for n in range(12)]


async def test_the_minimal_request_is_tried_five_times_with_pauses_that_double() -> None:
    server = Server("bad", "chat-base/responding")
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    silence = server.silence(sleep)
    await silence.send(base())
    await send(silence, "bad-1", "bad-2", "bad-3")
    assert server.sent.count("chat-base/responding/check") == 5
    assert pauses == [0.5, 1.0, 2.0, 4.0]


async def test_a_server_that_is_gone_is_explained_by_the_latest_sixteen_suspects() -> None:
    server = Server("bad", "chat-base/responding")
    silence = server.silence()
    await silence.send(base())
    together = asyncio.Event()
    send_now = server.send

    async def held(case: Case, patience: Patience | None = None) -> Exchange:
        if case.id.startswith("bad"):
            await together.wait()
        return await send_now(case, patience)

    server.send = held  # type: ignore[method-assign]
    under_way = [asyncio.create_task(silence.send(chat(f"bad-{n:02}"))) for n in range(20)]
    await asyncio.sleep(0)
    together.set()
    await asyncio.gather(*under_way)
    exchange = await silence.send(chat("later"))
    assert exchange.failure is not None
    names = ", ".join(f"bad-{n:02}" for n in range(4, 20))
    assert exchange.failure.message == f"Not sent: the server stopped responding after {names}."
    assert exchange.failure.kind == "unavailable"
    (found,) = silence.take()
    assert isinstance(found, StepGroup)
    assert [*found.steps] == names.split(", ")


KINDS = ("completions", "embeddings", "images")


async def test_after_three_silent_operations_no_other_is_tried() -> None:
    server = Server("bad", *(f"{kind}-base/responding" for kind in ("chat", *KINDS)))
    silence = server.silence()
    for kind in ("chat", *KINDS):
        await silence.send(base(kind))
    await send(silence, "bad-1", "bad-2", "bad-3")
    before = len(server.sent)
    for kind in KINDS:
        for number in (1, 2):
            exchange = await silence.send(planned(point("n"), kind=kind, id_=f"{kind}-{number}"))
            assert exchange.failure is not None
    assert server.sent[before:] == ["completions-base/responding/again", "embeddings-base/responding/again"]


async def test_an_operation_that_responds_again_reopens_the_others() -> None:
    server = Server("bad", "chat-base/responding")
    silence = server.silence()
    for kind in ("chat", *KINDS):
        await silence.send(base(kind))
    await send(silence, "bad-1", "bad-2", "bad-3")
    before = len(server.sent)
    for kind in KINDS:
        await silence.send(planned(point("n"), kind=kind, id_=kind))
    assert server.sent[before:] == ["completions-base/responding/again", *KINDS]
