"""Background work that advances on each poll: the clock of a busy machine changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.http.memory import Memory
from aoai_emulator.settings import Settings
from aoai_specs.document import Document

ORDER = "/openai/images/generations:submit?api-version=2023-06-01-preview"
PROMPT = {"prompt": "a lighthouse", "n": 1, "size": "256x256"}
SLOW, STOPPED = "a machine that takes a minute each time", "a clock that stands still"
CLOCKS: dict[str, Callable[[], Callable[[], float]]] = {
    SLOW: lambda: map(float, count(1_800_000_000, 60)).__next__,
    STOPPED: lambda: lambda: 1_800_000_000.0,
}


@pytest.fixture(params=sorted(CLOCKS))
async def http(
    request: pytest.FixtureRequest, documents: tuple[Document, ...]
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(documents=documents), Memory(CLOCKS[request.param](), advance_on_poll=True))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator.test", headers={"api-key": "any"}
    ) as client:
        yield client


async def ordered(http: httpx.AsyncClient) -> str:
    answer = await http.post(ORDER, json=PROMPT)
    assert answer.status_code == 202
    return answer.headers["operation-location"]


async def status(http: httpx.AsyncClient, place: str) -> str:
    body: dict[str, Any] = (await http.get(place)).json()
    return str(body["status"])


async def test_each_poll_advances_an_operation(http: httpx.AsyncClient) -> None:
    place = await ordered(http)
    assert [await status(http, place) for _ in range(4)] == [
        "notRunning",
        "running",
        "succeeded",
        "succeeded",
    ]


async def test_an_operation_that_was_never_polled_has_not_ended(http: httpx.AsyncClient) -> None:
    place, other = await ordered(http), await ordered(http)
    for _ in range(4):
        await status(http, other)
    assert (await http.delete(place)).status_code == 409
    assert (await http.delete(other)).status_code == 204
    assert await status(http, place) == "notRunning"


def test_the_clock_gives_the_time_if_polls_advance_nothing() -> None:
    memory = Memory(lambda: 7.0)
    assert [memory.poll("a", 1.0), memory.poll("a", 1.0), memory.time_for("a", 1.0)] == [7.0, 7.0, 7.0]


def test_a_restarted_operation_with_the_same_name_was_not_polled() -> None:
    memory = Memory(lambda: 7.0, advance_on_poll=True)
    assert memory.poll("job", 1.0) < memory.poll("job", 1.0)
    assert memory.poll("job", 5.0) == 5.0
