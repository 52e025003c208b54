"""Groups the violations of a record into findings: one for each rule, place and reason."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypeAlias

from aoai_model.verdict import Level, Violation
from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.record.reader import Record

#: The ends of the places of objects whose keys are data, for use without a document.
KNOWN_MAPS = ("/logprobs/top_logprobs/*", "/metadata", "/logit_bias")
_KEY = re.compile(f"({'|'.join(map(re.escape, KNOWN_MAPS))})/[^/]*(?=/|\\Z)")

LEVELS: tuple[Level, ...] = ("must", "should", "may")
_INDEX = re.compile(r"/\d+(?=/|\Z)")
#: A chunk has `delta` where a complete response has `message`; chat on your data has a list of them.
_DELTA = re.compile(r"(/choices/\*)/delta(?=/|\Z)")
_DELTA_OF_MESSAGE = re.compile(r"(/choices/\*/messages/\*)/delta(?=/|\Z)")

#: The prefix of a place in a stream, which is distinct from the same place in a plain response.
STREAM = "stream:"

#: Ranks requests that show a defect: by expectation, whether they carry several points, and size.
Clarity: TypeAlias = tuple[int, bool, int]
_EXPECTATIONS = ("accept", "any", "reject")

#: Hexadecimal digits of a fingerprint.
FINGERPRINT_LENGTH = 16


class Identity(NamedTuple):
    """Identifies a defect in any run."""

    rule: str
    document: str
    operation: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect: all violations of one rule at one place for one reason.

    `violation` and `exchanges` are those of the simplest request that shows it: a request that should be
    accepted before one that should be rejected, a single point before several, then the smallest body, then
    the first in the record. A defect between the steps of a scenario has several `exchanges`, and `scenario`
    is the kind of the scenario. `count` is the number of exchanges or scenarios that show it; `further` is
    the number of violations of the rule in the same response or scenario that are not listed. `others` are
    further places with the same cause (see `common_causes`). `known_because` is why it was accepted, None if
    it was not; `flaky` is whether that is because it comes and goes.
    """

    level: Level
    document: str
    operation: str
    kind: str
    violation: Violation
    case: str
    count: int
    exchanges: tuple[ExchangeLine, ...] = field(repr=False)
    scenario: str | None = None
    known_because: str | None = None
    others: tuple[str, ...] = ()
    further: int = 0
    flaky: bool = False

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self.violation.rule

    @property
    def place(self) -> str:
        """The point, or the pointer with `*` for every array index, prefixed with `stream:` in a stream."""
        streamed = any(
            line.response is not None and line.response.events is not None for line in self._single
        )
        return place_of(self.violation, streamed=streamed)

    @property
    def _single(self) -> tuple[ExchangeLine, ...]:
        """The exchange that shows it; empty for a scenario, which has several."""
        return self.exchanges if self.scenario is None else ()

    @property
    def identity(self) -> Identity:
        """Equal for the same defect in another run."""
        return Identity(self.rule, self.document, self.operation, self.place, self.violation.reason)

    @property
    def known(self) -> bool:
        """Whether it was accepted."""
        return self.known_because is not None


class Located(Protocol):
    """An object with a point or a JSON Pointer."""

    @property
    def point(self) -> str | None:
        """The id of the point, or None."""

    @property
    def pointer(self) -> str:
        """The JSON Pointer, or `header:` and a name."""


#: Returns why a finding is accepted, or None.
Known: TypeAlias = Callable[[Finding], str | None]


def place_of(violation: Located, *, streamed: bool = False) -> str:
    """The point of a violation, or its pointer with `*` for every array index.

    A place in a streamed response gets a prefix, since a defect in streams need not exist without streaming.
    """
    if violation.point is not None:
        return violation.point
    place = generalise(violation.pointer)
    return f"{STREAM}{place}" if streamed and place.startswith("/") else place


def is_point(place: str) -> bool:
    """Whether a place is the id of a point, rather than a place in a response or the whole of it."""
    return bool(place) and not place.startswith(("/", "header:", STREAM))


def generalise(pointer: str) -> str:
    """A JSON Pointer with `*` for every array index and map key, and `message` for the `delta` of a chunk.

    `/choices/0/message` and `/choices/0/delta` both become `/choices/*/message`: a defect of a stream has the
    same place in a chunk and in the assembled response.
    """
    assembled = _DELTA.sub(r"\1/message", _DELTA_OF_MESSAGE.sub(r"\1", _INDEX.sub("/*", pointer)))
    return without_keys(assembled)


def findings(record: Record, known: Known | None = None) -> tuple[Finding, ...]:
    """The findings of a record, ordered by level, rule, document, operation, place and reason."""
    grouped = record.collected(FindingCollector).findings()
    if known is not None:
        grouped = [replace(finding, known_because=known(finding)) for finding in grouped]
    return tuple(sorted(grouped, key=lambda finding: (LEVELS.index(finding.level), finding.identity)))


@dataclass(slots=True)
class _Seen:
    """The clearest finding of a defect with its rank and place, how many lines show it, and its level."""

    clarity: Clarity
    place: Place
    finding: Finding
    level: Level
    count: int = 1

    def join(self, other: _Seen) -> None:
        self.level = min(self.level, other.level, key=LEVELS.index)
        self.count += other.count
        if (other.clarity, other.place) < (self.clarity, self.place):
            self.clarity, self.place, self.finding = other.clarity, other.place, other.finding


class FindingCollector(Collector):
    """Collects the findings of a record: of each defect the clearest evidence, and how often it occurs."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[Identity, _Seen] = {}

    def add_exchange(self, line: ExchangeLine, place: Place, /) -> None:
        """Add the violations of an exchange."""
        if line.violations:
            self._add(_clarity((line,)), place, _of_exchange(line))

    def add_scenario(self, line: ScenarioLine, steps: Sequence[ExchangeLine], place: Place, /) -> None:
        """Add the violations of a scenario."""
        if line.violations:
            steps = tuple(steps)
            self._add(_clarity(steps), place, _of_scenario(line, steps))

    def _add(self, clarity: Clarity, place: Place, candidates: Iterator[Finding]) -> None:
        here: dict[Identity, _Seen] = {}
        for finding in candidates:
            identity = finding.identity
            seen = here.get(identity)
            if seen is None:
                here[identity] = _Seen(clarity, place, finding, finding.level)
            else:
                seen.level = min(seen.level, finding.level, key=LEVELS.index)
        self._join(here)

    def _join(self, found: Mapping[Identity, _Seen]) -> None:
        for identity, seen in found.items():
            mine = self._seen.get(identity)
            if mine is None:
                self._seen[identity] = seen
            else:
                mine.join(seen)

    def join(self, other: FindingCollector) -> None:
        """Add the findings of other lines."""
        self._join(other._seen)

    def findings(self) -> list[Finding]:
        """The findings, in no particular order."""
        return [replace(each.finding, count=each.count, level=each.level) for each in self._seen.values()]


def _clarity(steps: tuple[ExchangeLine, ...]) -> Clarity:
    expected = max((_EXPECTATIONS.index(step.expect) for step in steps), default=0)
    packed = any(len(step.points) > 1 for step in steps)
    return expected, packed, sum(len(step.request.body) for step in steps)


def _of_exchange(line: ExchangeLine) -> Iterator[Finding]:
    for violation in line.violations:
        yield Finding(
            level=violation.level or "must",
            document=line.document,
            operation=line.operation,
            kind=line.kind,
            violation=violation,
            case=line.case,
            count=1,
            exchanges=(line,),
            further=line.further.get(violation.rule, 0),
        )


def _of_scenario(line: ScenarioLine, steps: tuple[ExchangeLine, ...]) -> Iterator[Finding]:
    for violation in line.violations:
        yield Finding(
            level=violation.level or "must",
            document=line.document,
            operation=line.operation,
            kind=steps[0].kind if steps else "other",
            violation=violation,
            case=line.cases[0] if line.cases else line.scenario,
            count=1,
            exchanges=steps,
            scenario=line.kind,
            further=line.further.get(violation.rule, 0),
        )


def is_known_map(place: str) -> bool:
    """Whether a generalised pointer is that of a map, by its name."""
    return place.endswith(KNOWN_MAPS)


def without_keys(place: str) -> str:
    """A place with `*` for the keys of known maps."""
    return _KEY.sub(r"\1/*", place)


def fingerprint(finding: Finding) -> str:
    """The fingerprint of a finding: equal for the same defect in every run and on every target."""
    return fingerprint_of(finding.identity)


def fingerprint_of(identity: Identity) -> str:
    """The fingerprint of an identity.

    It does not depend on messages, levels, values, case ids, hosts or times.
    """
    text = json.dumps(identity, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:FINGERPRINT_LENGTH]
