"""When to send a request, how long to wait before retrying it, and when to stop retrying.

Requests to a deployment keep to its rate limits. A busy server says how long to wait in `retry-after-ms`,
`Retry-After` (seconds or a date) or `x-ratelimit-reset-*` (Azure OpenAI sends either, both or neither).
Otherwise the wait doubles with each attempt, with jitter. Waits and attempts are limited.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aoai_conformance.engine.lanes import Lane
from aoai_conformance.engine.rate_limits import RateLimits
from aoai_conformance.engine.slots import OTHER
from aoai_model.exchange import Headers, header

_RESET_HEADER = re.compile(r"x-rate-?limit-reset-\w+", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_BUSY = frozenset({429, 503})
_GATEWAY = frozenset({502, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of retrying.

    `busy_attempts` is how often a request is sent in total while the status is 429 or 503; `broken_attempts`
    while connections fail or break, or the status is 502 or 504; `slow_attempts` while there is no complete
    response in time. `longest_wait` limits one wait, in seconds; `first_wait` is the first back-off if the
    server requests none. If the server requests a wait longer than `give_up_wait`, nothing more is sent to
    the deployment until then. After `give_up_after` consecutive requests of one lane fail with all their
    attempts, the rest of the lane is not sent: the last resort if `aoai_conformance.engine.unresponsive` did
    not find the cause.
    """

    busy_attempts: int = 6
    broken_attempts: int = 3
    slow_attempts: int = 2
    longest_wait: float = 300.0
    first_wait: float = 0.5
    give_up_after: int = 40
    give_up_wait: float = 300.0


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

    At most `concurrency` requests of one lane are in flight, fewer while the server is overloaded. `limits`
    are the rate limits that the user gives. `clock` and `sleep` default to those of the running event loop.
    """

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        concurrency: int = 256,
        limits: RateLimits | None = None,
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
        self._concurrency = concurrency
        self._limits = RateLimits() if limits is None else limits
        self._lanes: dict[str, Lane] = {}

    async def enter(self, lane: str) -> None:
        """Wait until the lane is open."""
        state = self._lane(lane)
        while not state.exhausted and (remaining := state.closed_until - self.time()) > 0:
            await self._sleep(remaining)

    @asynccontextmanager
    async def turn(self, lane: str, tokens: int = 0, urgency: int = OTHER) -> AsyncGenerator[None, None]:
        """A context in which one request of the lane may be sent; entering waits for its turn.

        `tokens` is the estimate for the request. Nothing may be sent if `why_exhausted` returns a reason.
        """
        state = self._lane(lane)
        async with state.concurrency.slots.taken(urgency):
            await self.enter(lane)
            if not state.exhausted:
                seconds = state.reserve(tokens, self.time())
                if seconds > 0:
                    await self._sleep(seconds)
                    await self.enter(lane)
            yield

    def note(self, lane: str, headers: Headers, sent_at: float, *, busy: bool) -> None:
        """Note a response to a request that was sent at a time of `time`: its latency and its headers."""
        state, now = self._lane(lane), self.time()
        state.learn(headers, now)
        if busy:
            state.concurrency.overloaded(sent_at, now)
        else:
            state.concurrency.responded(sent_at, now)

    def correct(self, lane: str, *, estimated: int, used: int) -> None:
        """Correct the estimated tokens of a request by the usage that its response reports."""
        self._lane(lane).correct(estimated, used)

    def excessive_wait(self, headers: Headers) -> float | None:
        """Return the seconds that a busy server requests to wait if that is longer than the user allows."""
        asked = requested_wait(headers, self._now())
        return asked if asked is not None and asked > self.patience.give_up_wait else None

    def exhaust(self, lane: str, seconds: float, why: str) -> None:
        """Send nothing more to the lane for so many seconds; `why` is a sentence with the server's words."""
        state = self._lane(lane)
        state.closed_until, state.exhausted = self.time() + seconds, why

    def why_exhausted(self, lane: str) -> str:
        """Return why nothing is sent to the lane now; empty if it is open."""
        state = self._lane(lane)
        if state.exhausted and self.time() >= state.closed_until:
            state.exhausted = ""
        return state.exhausted

    def hold(self, lane: str, headers: Headers, attempt: int) -> float:
        """Close the lane for as long as a busy server requests, or for a back-off; return the seconds.

        `attempt` is 1 for the first. The lane is closed for all requests: others would be throttled too.
        """
        asked = requested_wait(headers, self._now())
        seconds = self.back_off(attempt) if asked is None else min(asked, self.patience.longest_wait)
        state = self._lane(lane)
        state.closed_until = max(state.closed_until, self.time() + seconds)
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
        self._lane(lane).failures = 0

    def failed(self, lane: str) -> None:
        """Note that a request of the lane used all its attempts."""
        self._lane(lane).failures += 1

    def is_hopeless(self, lane: str) -> bool:
        """Whether so many consecutive requests of the lane failed that no more are sent."""
        return self._lane(lane).failures >= self.patience.give_up_after

    def _lane(self, name: str) -> Lane:
        if name not in self._lanes:
            self._lanes[name] = Lane.create(name, self._concurrency, self._limits)
        return self._lanes[name]

    def time(self) -> float:
        """Return the seconds of the clock."""
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
