"""Requests with values from earlier responses, and requests that poll for an end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.placeholders import MissingValueError, read_placeholder, resolve_placeholders
from aoai_conformance.engine.runner import Runner
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, JudgedScenario
from aoai_conformance.target.documents import choose_documents
from aoai_model.case import (
    Case,
    JsonBody,
    MultipartBody,
    Part,
    Placeholder,
    PlannedRequest,
    PollCondition,
    ScenarioStep,
)
from aoai_model.exchange import Event, Request, Response, TransportFailure
from aoai_model.serialization import Json

DOCUMENT = choose_documents(api_versions=["2024-10-21"])[0]
NAME = str(DOCUMENT.name)
MADE = Placeholder("make", "/id")


def case(id_: str, path: str = "/things", **changes: object) -> Case:
    base = Case(
        id_, NAME, "ChatCompletions_Create", "chat", PlannedRequest("POST", path), "accept", (), "base"
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def answer(case_: Case, body: Json, status: int = 200) -> Exchange:
    response = Response(status, (("content-type", "application/json"),), json.dumps(body).encode())
    return Exchange(case_, Request("POST", "http://x", (), b""), response)


class Server:
    """Responds with the given bodies, in order for each case."""

    def __init__(self, bodies: dict[str, list[tuple[int, Json]]]) -> None:
        self.bodies = bodies
        self.sent: dict[str, PlannedRequest] = {}
        self.budget = Budget(None)

    async def send(self, case_: Case) -> Exchange:
        self.sent[case_.id] = case_.request
        left = self.bodies[case_.id.partition("/again")[0]]
        status, body = left.pop(0) if len(left) > 1 else left[0]
        return answer(case_, body, status)

    def unsent(self, case_: Case, why: str) -> Exchange:
        request = Request("POST", "http://x", (), b"")
        return Exchange(case_, request, None, TransportFailure("unavailable", why), attempts=0)


async def run(server: Server, cases: list[Case], concurrency: int = 4) -> list[Judged]:
    runner = Runner(server, Judge({NAME: DOCUMENT}, ()), concurrency=concurrency)
    return [judged async for judged in runner.run(cases)]


async def test_a_request_uses_a_value_from_an_earlier_response() -> None:
    server = Server({"make": [(200, {"id": "thing-7", "bytes": 12})], "use": [(200, {})]})
    size = Placeholder("make", "/bytes")
    use = case(
        "use",
        "/things/{id}",
        takes=(MADE, size),
        request=PlannedRequest(
            "POST",
            "/things/{id}",
            path_parameters={"id": MADE.mark},
            body=JsonBody({"bytes": size.mark, "text": f"of {MADE.mark}", "other": "{{not a mark}}"}),
        ),
    )
    await run(server, [case("make"), use])
    sent = server.sent["use"]
    assert sent.path_parameters == {"id": "thing-7"}
    assert sent.body == JsonBody({"bytes": 12, "text": "of thing-7", "other": "{{not a mark}}"})


@pytest.mark.parametrize("concurrency", [1, 4])
async def test_a_request_that_needs_a_failed_response_is_not_sent(concurrency: int) -> None:
    server = Server({"make": [(500, {})], "use": [(200, {})]})
    results = await run(server, [case("make"), case("use", takes=(MADE,))], concurrency)
    assert "use" not in server.sent
    last = results[-1]
    assert isinstance(last, JudgedExchange)
    assert last.exchange.failure is not None
    assert "it depends on make, which failed with 500" in last.exchange.failure.message


@pytest.mark.parametrize("made", [(400, {}), (200, {"status": "running"})])
async def test_a_value_missing_from_a_valid_response_leaves_no_doubt(made: tuple[int, Json]) -> None:
    server = Server({"make": [made], "use": [(200, {"id": "x"})], "look": [(200, {})]})
    after = case("look", takes=(Placeholder("use", "/id"),))
    results = await run(server, [case("make", expect="any"), case("use", takes=(MADE,)), after])
    assert list(server.sent) == ["make"]
    assert [each.exchange.case.id for each in results if isinstance(each, JudgedExchange)] == ["make"]


async def test_a_case_does_not_wait_for_a_case_that_does_not_precede_it() -> None:
    server = Server({"use": [(200, {})], "make": [(200, {"id": "x"})]})
    await run(server, [case("use", takes=(MADE,)), case("make")], 1)
    assert list(server.sent) == ["make"]


async def test_a_case_is_sent_again_until_it_has_ended() -> None:
    step = ScenarioStep("flow", "flow.things", "wait")
    states: list[tuple[int, Json]] = [(200, {"status": "running"}), (200, {"status": "done", "id": "x"})]
    server = Server({"make": states, "use": [(200, {})]})
    waiting = case("make", until=PollCondition("/status", ("done",)), scenario=step)
    use = case(
        "use", takes=(MADE,), request=PlannedRequest("GET", "/things/{id}", path_parameters={"id": MADE.mark})
    )
    results = await run(server, [waiting, use])
    assert list(server.sent) == ["make", "make/again-01", "use"]
    assert server.sent["use"].path_parameters == {"id": "x"}
    flow = next(each for each in results if isinstance(each, JudgedScenario))
    assert list(flow.steps) == ["wait", "wait/again-01"]


async def test_each_step_of_a_flow_has_access_to_the_previous_steps() -> None:
    names = ["make", "use", "look"]
    server = Server({name: [(200, {})] for name in names})
    steps = [case(name, scenario=ScenarioStep("flow", "flow.things", name)) for name in names]
    results = await run(server, steps)
    before = [
        [each.case.id for each in judged.exchange.earlier]
        for judged in results
        if isinstance(judged, JudgedExchange)
    ]
    assert before == [[], ["make"], ["make", "use"]]


async def test_a_case_that_never_ends_is_abandoned() -> None:
    server = Server({"make": [(200, {"status": "running"})]})
    await run(server, [case("make", until=PollCondition("/status", ("done",), attempts=3))])
    assert len(server.sent) == 3


def test_only_placeholders_in_parts_and_headers_are_replaced() -> None:
    planned = case(
        "use",
        takes=(MADE,),
        request=PlannedRequest(
            "POST",
            "/x",
            headers={"about": MADE.mark},
            body=MultipartBody((Part("line", MADE.mark.encode()),)),
        ),
    )
    done = resolve_placeholders(planned, {MADE: "thing"}).request
    assert done.headers == {"about": "thing"}
    assert done.body == MultipartBody((Part("line", b"thing"),))
    assert resolve_placeholders(planned, {}) is planned


def test_a_value_can_come_from_a_header() -> None:
    response = Response(202, (("Operation-Location", "http://x/operations/7"),), b"")
    exchange = Exchange(case("make"), Request("POST", "http://x", (), b""), response)
    assert (
        read_placeholder(Placeholder("make", "header:operation-location"), exchange)
        == "http://x/operations/7"
    )
    with pytest.raises(MissingValueError, match="no value at /id"):
        read_placeholder(MADE, exchange)


def test_a_value_of_a_stream_is_that_of_the_first_event_that_has_it() -> None:
    data = ('{"type": "first"}', '{"response": {"id": "resp_1"}}', '{"response": {"id": "resp_2"}}')
    events = tuple(Event(each, f"data: {each}\n\n".encode(), 0.0, index) for index, each in enumerate(data))
    streamed = Response(200, (("content-type", "text/event-stream"),), b"", events)
    sent = Exchange(case("make"), Request("POST", "http://x", (), b""), streamed)
    assert read_placeholder(Placeholder("make", "/response/id"), sent) == "resp_1"
    with pytest.raises(MissingValueError):
        read_placeholder(Placeholder("make", "/id"), sent)
