"""Two signals that arrive together."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest

from aoai_conformance.run import interruption
from aoai_conformance.run.interruption import restored_signals, stops_on_interrupt


class ExitedError(Exception):
    """Raised in place of the end of the process."""


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The exit codes with which the process would have ended."""
    codes: list[int] = []

    def exit_with(code: int) -> None:
        codes.append(code)
        raise ExitedError

    monkeypatch.setattr(interruption.os, "_exit", exit_with)
    monkeypatch.setattr(interruption.os, "write", lambda *_: 0)
    return codes


def test_one_signal_stops_the_run_without_exiting(exits: list[int]) -> None:
    async def run() -> bool:
        stop = asyncio.Event()
        with stops_on_interrupt(stop):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.wait_for(stop.wait(), 10)
        return stop.is_set()

    with restored_signals():
        assert asyncio.run(run())
    assert exits == []


@pytest.mark.parametrize(("first", "second"), [("SIGINT", "SIGTERM"), ("SIGTERM", "SIGINT")])
def test_a_signal_that_arrives_while_the_first_is_handled_exits(
    monkeypatch: pytest.MonkeyPatch, exits: list[int], first: str, second: str
) -> None:
    change_handler = signal.signal
    pending = []

    def with_another(number: int, handler: Any) -> Any:
        if pending:
            signal.raise_signal(pending.pop())
        return change_handler(number, handler)

    async def run() -> None:
        with stops_on_interrupt(asyncio.Event()):
            pending.append(signal.Signals[second])
            monkeypatch.setattr(interruption.signal, "signal", with_another)
            with pytest.raises(ExitedError):
                signal.raise_signal(signal.Signals[first])

    with restored_signals():
        asyncio.run(run())
    assert exits == [128 + signal.Signals[second]]
