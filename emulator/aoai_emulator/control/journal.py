"""The journal: the latest requests, without secrets, and assertions on them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from aoai_emulator.control.clock import EmulatorClock
from aoai_emulator.control.errors import ControlError
from aoai_emulator.control.secrets import without_secret_fields, without_secrets
from aoai_emulator.http.json_text import JsonTextError, parse
from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.http.routing import Location
from aoai_emulator.matching.match_parsing import parse_match
from aoai_emulator.matching.request_facts import RequestFacts
from aoai_emulator.matching.request_match import RequestMatch
from aoai_emulator.settings import Settings
from aoai_specs.json_values import quote

MOST_ENTRIES = 1000
MOST_BYTES = 16 * 1024 * 1024
#: The longest body that is recorded; of a longer one, only the beginning.
LONGEST_BODY = 1024 * 1024
_MOST_SENTENCES = 10
#: Separates the names and values of headers; neither can contain it.
_SEPARATOR = "\0"


@dataclass(slots=True, eq=False)
class JournalEntry:
    """One request as it arrived: its number, time and facts, the status of the response, and what failed.

    `status` is None until the response is ready, and if the connection failed before it. `is_inner` marks a
    line of a batch. `size` is how many bytes it holds, about. Secrets are removed when it is read.

    A full journal does not fit into the processor's caches, so every object that an entry holds slows down
    each request: headers are one text, and the path is that of the location.
    """

    number: int
    time: float
    request_id: str
    is_inner: bool
    is_cut: bool
    size: int
    failures: tuple[str, ...]
    status: int | None
    _settings: Settings = field(repr=False)
    _method: str = field(repr=False)
    _head: str = field(repr=False)
    _query: Mapping[str, str] = field(repr=False)
    _raw: bytes = field(repr=False)
    _location: Location = field(repr=False)

    @property
    def facts(self) -> RequestFacts:
        """The facts without secrets; each call returns new ones, so that no parsed body is kept in memory."""
        return RequestFacts(
            self._settings,
            self._method,
            self._location.path,
            without_secrets(_headers(self._head)),
            without_secret_fields(self._raw),
            self._location.operation(self._method),
            self._location.deployment,
        )

    @property
    def query(self) -> Mapping[str, str]:
        """The query as sent, without secrets: with the api-version that the client named, if any."""
        query = {name: value for name, value in self._query.items() if name != "api-version"}
        asked = self._location.asked
        return without_secrets(query if asked is None else {**query, "api-version": asked})

    @property
    def body(self) -> Any:
        """The body: JSON as a value, other text as a string, None for none."""
        return _body(self.facts)

    def as_json(self) -> dict[str, Any]:
        """Describe the request."""
        facts = self.facts
        return {
            "id": self.number,
            "request_id": self.request_id,
            "time": self.time,
            "method": facts.method,
            "path": facts.path,
            "query": dict(self.query),
            "headers": dict(facts.headers),
            "operation": facts.kind,
            "deployment": facts.deployment,
            "models": sorted(facts.models),
            "body": _body(facts),
            "is_cut": self.is_cut,
            "is_inner": self.is_inner,
            "failures": list(self.failures),
            "status": self.status,
        }

    def summary(self) -> str:
        """Name the request in a sentence."""
        status = "no response" if self.status is None else self.status
        return f"#{self.number} {self._method} {self._location.path} ({status})"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of an assertion: how many of the received requests matched, and the sentence that says so.

    If too few did, `nearest` is the request that misses the fewest conditions, and `mismatches` are those.
    """

    is_met: bool
    matched: int
    received: int
    message: str
    nearest: JournalEntry | None = None
    mismatches: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Describe the result."""
        return {
            "is_met": self.is_met,
            "matched": self.matched,
            "received": self.received,
            "message": self.message,
            "nearest": None if self.nearest is None else self.nearest.as_json(),
            "mismatches": list(self.mismatches),
        }


@dataclass(slots=True)
class Journal:
    """The latest requests of one emulator, at most MOST_ENTRIES of MOST_BYTES, the oldest first.

    A thread may read it while another one records.
    """

    settings: Settings
    clock: EmulatorClock
    _entries: deque[JournalEntry] = field(default_factory=deque)
    _bytes: int = 0
    _number: int = 0

    def add(self, request: IncomingRequest, failures: tuple[str, ...]) -> JournalEntry | None:
        """Record a request with the ids of what it fails with, if the emulator has a control API."""
        if not self.settings.has_control:
            return None
        self._number += 1
        raw, headers, location = request.raw, request.headers, request.location
        is_cut = len(raw) > LONGEST_BODY
        if is_cut:
            raw = raw[:LONGEST_BODY]
        head = _SEPARATOR.join([*headers, *headers.values()])
        size = len(raw) + len(location.path) + len(head) + sum(map(len, request.query.values()))
        entry = JournalEntry(
            self._number,
            self.clock.now(),
            request.id,
            request.is_inner,
            is_cut,
            size,
            failures,
            None,
            request.settings,
            intern(request.method),
            head,
            request.query,
            raw,
            location,
        )
        entries = self._entries
        entries.append(entry)
        self._bytes += size
        while len(entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            self._bytes -= entries.popleft().size
        return entry

    def clear(self) -> None:
        """Forget every request."""
        self._entries.clear()
        self._bytes = 0

    def find(self, match: RequestMatch | Mapping[str, Any] | None = None) -> list[JournalEntry]:
        """Return the requests that match, the oldest first. Raises MatchError or UnknownNameError."""
        parsed = _parsed(match)
        return [entry for entry in tuple(self._entries) if parsed.matches(entry.facts)]

    def get(self, number: int) -> JournalEntry | None:
        """Return the request with this number, or None if it is not recorded any more."""
        return next((entry for entry in tuple(self._entries) if entry.number == number), None)

    def verify(
        self,
        match: RequestMatch | Mapping[str, Any] | None = None,
        *,
        count: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> Verification:
        """Check how many requests match: by default, at least one.

        Raises ControlError for numbers that contradict each other, MatchError or UnknownNameError otherwise.
        """
        parsed = _parsed(match)
        least, most, expected = _expected(count, at_least, at_most)
        matched = len(self.find(parsed))
        received = len(self._entries)
        is_met = least <= matched and (most is None or matched <= most)
        conditions = quote(parsed.conditions(), 500)
        message = f"Expected {expected} matching {conditions}; {matched} of {received} recorded match."
        if is_met or matched > least:
            return Verification(is_met, matched, received, message)
        nearest, mismatches = self._nearest(parsed)
        if nearest is not None:
            message += f" The nearest is {nearest.summary()}: {' '.join(mismatches)}"
        return Verification(is_met, matched, received, message, nearest, mismatches)

    def _nearest(self, match: RequestMatch) -> tuple[JournalEntry | None, tuple[str, ...]]:
        """Return the request that misses the fewest conditions, the latest of several, and what it misses."""
        nearest: JournalEntry | None = None
        fewest: tuple[str, ...] = ()
        for entry, mismatches in self._missing(match):
            if nearest is None or len(mismatches) <= len(fewest):
                nearest, fewest = entry, mismatches
        return nearest, fewest[:_MOST_SENTENCES]

    def _missing(self, match: RequestMatch) -> Iterator[tuple[JournalEntry, tuple[str, ...]]]:
        for entry in tuple(self._entries):
            mismatches = tuple(match.mismatches(entry.facts))
            if mismatches:
                yield entry, mismatches


def _headers(head: str) -> dict[str, str]:
    """Return the headers that an entry has as one text: first the names, then the values."""
    texts = head.split(_SEPARATOR) if head else []
    half = len(texts) // 2
    return dict(zip(texts[:half], texts[half:], strict=False))


def _body(facts: RequestFacts) -> Any:
    if not facts.raw:
        return None
    try:
        return parse(facts.raw)
    except JsonTextError:
        return facts.fields or facts.raw.decode("utf-8", "replace")


def _parsed(match: RequestMatch | Mapping[str, Any] | None) -> RequestMatch:
    return match if isinstance(match, RequestMatch) else parse_match({} if match is None else match)


def _expected(count: int | None, at_least: int | None, at_most: int | None) -> tuple[int, int | None, str]:
    """Return the least and the most number of requests, and their words."""
    for name, value in (("count", count), ("at_least", at_least), ("at_most", at_most)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise ControlError(f"{name} must be a whole number from 0, not {quote(value)}.")
    if count is not None:
        if at_least is not None or at_most is not None:
            raise ControlError("Give either count, or at_least and at_most.")
        return count, count, _requests(count)
    if at_most is None:
        least = 1 if at_least is None else at_least
        return least, None, f"at least {_requests(least)}"
    least = at_least or 0
    if least > at_most:
        raise ControlError(f"at_least ({least}) is larger than at_most ({at_most}).")
    words = f"{least} to {at_most} requests" if least else f"at most {_requests(at_most)}"
    return least, at_most, words


def _requests(number: int) -> str:
    return f"{number} request{'' if number == 1 else 's'}"
