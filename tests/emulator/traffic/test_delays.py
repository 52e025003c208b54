"""Delays are read from options, drawn from the seed, and applied to responses."""

from __future__ import annotations

from random import Random

import pytest

from aoai_emulator import parse_latencies
from aoai_emulator.app import asyncio as sleeping
from aoai_emulator.traffic.delays import Delay, parse_delay, read_latencies
from aoai_emulator.traffic.limits import parse_limits
from aoai_specs.errors import ConformanceError


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("200ms", Delay(0.2)),
        ("0.2s", Delay(0.2)),
        ("0.2s±50ms", Delay(0.2, 0.05)),
        ("1s +- 0.5s", Delay(1, 0.5)),
        ("0s", Delay(0)),
    ],
)
def test_a_delay_is_read_and_shown(text, delay):
    read = parse_delay(text)
    assert (read.mean, read.deviation) == pytest.approx((delay.mean, delay.deviation))
    assert parse_delay(str(read)) == read


@pytest.mark.parametrize("text", ["", "200", "1m", "-1s", "1.2.3s", "601s", "1s±", "١s", 5, None])
def test_rejects_a_text_that_is_no_delay(text):
    with pytest.raises(ConformanceError, match="A delay must be a time such as"):
        parse_delay(text)


def test_a_drawn_delay_depends_on_the_seed_and_is_never_negative():
    delay = Delay(0.01, 1.0)
    drawn = [delay.draw(Random(seed)) for seed in range(50)]
    assert drawn == [delay.draw(Random(seed)) for seed in range(50)]
    assert min(drawn) == 0
    assert max(drawn) > 1


def test_options_and_json_are_the_same():
    options = parse_latencies(["200ms", "gpt-4o=1s"], ["gpt-4o=20ms±5ms"])
    rows = [each.as_json() for each in options]
    assert rows == [
        {"deployment": "*", "first": "200ms"},
        {"deployment": "gpt-4o", "first": "1s", "token": "20ms±5ms"},
    ]
    assert read_latencies(rows) == options


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        (lambda: parse_latencies(["1s", "2s"], []), "The delay of * is given twice."),
        (lambda: parse_latencies(["=2s"], []), 'A delay must be VALUE or DEPLOYMENT=VALUE, not "=2s".'),
        (lambda: parse_limits(["1", "2"], [], []), "The requests per minute of * are given twice."),
        (lambda: parse_limits([], ["0"], []), "--tpm must be a whole number from 1, not 0."),
        (lambda: parse_limits([], [], ["a=x"]), '--ptu must be a whole number from 1, not "x".'),
    ],
)
def test_a_mistake_in_an_option_is_one_sentence(read, sentence):
    with pytest.raises(ConformanceError) as raised:
        read()
    assert str(raised.value) == sentence


@pytest.fixture
def slept(monkeypatch):
    """The delays, none of which is really waited for."""
    delays: list[float] = []
    sleep = sleeping.sleep

    async def record(seconds: float) -> None:
        if seconds:
            delays.append(seconds)
        await sleep(0)

    monkeypatch.setattr(sleeping, "sleep", record)
    return delays


async def test_a_response_is_delayed_by_its_first_byte_and_its_tokens(emulator, slept):
    client = emulator(latencies=parse_latencies(["2s"], ["0.5s"]))
    response = await client.chat(max_tokens=10)
    assert slept == [2 + 0.5 * response.json()["usage"]["completion_tokens"]]


async def test_the_events_of_a_stream_are_delayed_one_by_one(emulator, slept):
    client = emulator(latencies=parse_latencies(["2s"], ["0.5s"]))
    response = await client.chat(stream=True)
    assert slept == [2, *[0.5] * response.text.count("data: ")]


async def test_only_what_a_model_performs_is_delayed(emulator, slept, newer):
    client = emulator(latencies=parse_latencies(["2s"], []), served=newer)
    assert (await client.http.get("/openai/files")).status_code == 200
    assert slept == []


async def test_the_same_seed_gives_the_same_delays(emulator, slept):
    for seed in (1, 1, 2):
        client = emulator(latencies=parse_latencies(["1s±0.1s"], []), seed=seed)
        await client.chat()
    assert slept[0] == slept[1] != slept[2]
