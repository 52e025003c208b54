"""How long to wait before retrying a request, and when to stop retrying.

A busy server says how long to wait in `retry-after-ms`, `Retry-After` (seconds or a date) or
`x-ratelimit-reset-*` (Azure OpenAI sends either, both or neither). Otherwise the wait doubles with each
attempt, with jitter. Waits and attempts are limited.
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
    """The limits of retrying.

    `busy_attempts` is how often a request is sent in total while the status is 429 or 503;
    `broken_attempts` while connections fail or break, or the status is 502 or 504; `slow_attempts` while
    there is no complete response in time. `longest_wait` limits one wait, in seconds; `first_wait` is the
    first back-off if the server requests none. After `give_up_after` consecutive requests of one lane fail
    with all their attempts, the rest of the lane is not sent: the last resort if
    `aoai_conformance.engine.unresponsive` did not find the cause.
    """

    busy_attempts: int = 6
    broken_attempts: int = 3
    slow_attempts: int = 2
    longest_wait: float = 60.0
    first_wait: float = 0.5
    give_up_after: int = 40


def is_busy(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in _BUSY


def is_gateway_trouble(status: int) -> bool:
    """Whether a gateway could not reach the server."""
    return status in _GATEWAY


def requested_wait(headers: Headers, now: datetime) -> float | None:
    """Return the seconds that a response asks its client to wait, or None."""
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
    """The lanes of a run: the requests in one lane share a rate limit, as those of one deployment do.

    `clock` and `sleep` default to those of the running event loop.
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
        """Close the lane for as long as a busy server requests, or for a back-off; return the seconds.

        `attempt` is 1 for the first. The lane is closed for all requests: others would be throttled too.
        """
        asked = requested_wait(headers, self._now())
        seconds = self.back_off(attempt) if asked is None else min(asked, self.patience.longest_wait)
        self._closed_until[lane] = max(self._closed_until.get(lane, 0.0), self._time() + seconds)
        if self._on_wait is not None:
            self._on_wait(lane, seconds)
        return seconds

    async def pause(self, attempt: int) -> None:
        """Wait for a back-off before retrying one request after its connection failed."""
        await self._sleep(self.back_off(attempt))

    def back_off(self, attempt: int) -> float:
        """Return seconds that double with each attempt, up to the limit, minus a random half at most."""
        longest = min(self.patience.first_wait * 2.0 ** (attempt - 1), self.patience.longest_wait)
        return longest * self._random.uniform(0.5, 1.0)

    def succeeded(self, lane: str) -> None:
        """Note that the lane works."""
        self._failures.pop(lane, None)

    def failed(self, lane: str) -> None:
        """Note that a request of the lane used all its attempts."""
        self._failures[lane] = self._failures.get(lane, 0) + 1

    def is_hopeless(self, lane: str) -> bool:
        """Whether so many consecutive requests of the lane failed that no more are sent."""
        return self._failures.get(lane, 0) >= self.patience.give_up_after

    def _time(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()


def _number(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text):
        return None
    return float(text)


def _seconds_until(text: str, now: datetime) -> float | None:
    """Return the seconds until a date; None for text that is not a date, or a date out of range."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _duration(text: str) -> float | None:
    """Return the seconds in a reset header: a number, or `6m0s`, `1.5s`, `120ms` as OpenAI writes them."""
    plain = _number(text)
    if plain is not None:
        return plain
    match = _DURATION.fullmatch(text.strip())
    if match is None or not match.group():
        return None
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
