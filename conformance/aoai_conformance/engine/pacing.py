"""How long to wait before a request is tried again, and when to stop trying.

A server that is busy is waited for: it says how long in `retry-after-ms`, `Retry-After` (seconds or a date)
or `x-ratelimit-reset-*` (Azure OpenAI sends either, both or neither); where it says nothing, the wait
doubles with each attempt, with jitter. Every wait and every number of attempts is bounded.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aoai_model.exchange import Headers, header

_RESET_HEADER = re.compile(r"x-rate-?limit-reset-\w+", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_BUSY = frozenset({429, 503})
_GATEWAY = frozenset({502, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """The bounds of waiting.

    `busy_attempts` is how often a request is sent in all while the server answers 429 or 503;
    `broken_attempts` how often while connections fail or break, or a gateway answers 502 or 504;
    `slow_attempts` how often while there is no whole response in time;
    `longest_wait` caps one wait in seconds; `first_wait` is the first back-off where the server names none;
    `give_up_after` is the number of requests of one lane that must fail in a row, all their attempts spent,
    before the others of the lane are not sent at all: the last resort, where
    `aoai_conformance.engine.unresponsive` did not find out why.
    """

    busy_attempts: int = 6
    broken_attempts: int = 3
    slow_attempts: int = 2
    longest_wait: float = 60.0
    first_wait: float = 0.5
    give_up_after: int = 40


def is_busy(status: int) -> bool:
    """Whether a status says that the same request may be welcome later."""
    return status in _BUSY


def is_gateway_trouble(status: int) -> bool:
    """Whether a status is said by something that stands before the server and could not reach it."""
    return status in _GATEWAY


def asked_wait(headers: Headers, now: datetime) -> float | None:
    """The seconds that a response asks its client to wait; None where it names none or none above zero."""
    milliseconds = _number(header(headers, "retry-after-ms"))
    if milliseconds is not None and milliseconds > 0:
        return milliseconds / 1000
    named = header(headers, "retry-after")
    if named is not None:
        seconds = _number(named)
        if seconds is None:
            seconds = _seconds_until(named, now)
        if seconds is not None and seconds > 0:
            return seconds
    resets = [_duration(value) for name, value in headers if _RESET_HEADER.fullmatch(name)]
    longest = max((reset for reset in resets if reset is not None), default=0.0)
    return longest if longest > 0 else None


class Pacer:
    """Keeps the lanes of a run: each a stream of requests that shares a limit, as one deployment's does.

    `clock` and `sleep` are those of the running event loop unless others are given.
    """

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        seed: int = 0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_wait: Callable[[str, float], None] | None = None,
    ) -> None:
        self.patience = Patience() if patience is None else patience
        self._random = random.Random(seed)
        self._sleep = sleep
        self._clock = clock
        self._now = now
        self._on_wait = on_wait
        self._closed_until: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    async def enter(self, lane: str) -> None:
        """Wait until the lane is open."""
        while (remaining := self._closed_until.get(lane, 0.0) - self._time()) > 0:
            await self._sleep(remaining)

    def hold(self, lane: str, headers: Headers, attempt: int) -> float:
        """Close the lane for as long as a busy server asks, or for a back-off; give the seconds.

        `attempt` is 1 for the first. The lane stays closed for everyone: others would only be refused as
        well.
        """
        asked = asked_wait(headers, self._now())
        seconds = self.back_off(attempt) if asked is None else min(asked, self.patience.longest_wait)
        self._closed_until[lane] = max(self._closed_until.get(lane, 0.0), self._time() + seconds)
        if self._on_wait is not None:
            self._on_wait(lane, seconds)
        return seconds

    async def pause(self, attempt: int) -> None:
        """Wait out a back-off for one request alone, after a connection that failed."""
        await self._sleep(self.back_off(attempt))

    def back_off(self, attempt: int) -> float:
        """Seconds that double with each attempt, capped, of which a random part up to a half is left off."""
        longest = min(self.patience.first_wait * 2.0 ** (attempt - 1), self.patience.longest_wait)
        return longest * self._random.uniform(0.5, 1.0)

    def succeeded(self, lane: str) -> None:
        """Note that the lane works."""
        self._failures.pop(lane, None)

    def failed(self, lane: str) -> None:
        """Note that a request of the lane spent all its attempts."""
        self._failures[lane] = self._failures.get(lane, 0) + 1

    def is_hopeless(self, lane: str) -> bool:
        """Whether so many requests of the lane failed in a row that the next need not be tried."""
        return self._failures.get(lane, 0) >= self.patience.give_up_after

    def _time(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()


def _number(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text):
        return None
    return float(text)


def _seconds_until(text: str, now: datetime) -> float | None:
    """The seconds until a date; None for text that is no date, or one that no calendar here can hold."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _duration(text: str) -> float | None:
    """Seconds of a reset header: a plain number, or `6m0s`, `1.5s`, `120ms` as OpenAI writes them."""
    plain = _number(text)
    if plain is not None:
        return plain
    match = _DURATION.fullmatch(text.strip())
    if match is None or not match.group():
        return None
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
