"""Groups the violations of a record: one finding for one rule at one place for one reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from aoai_model.verdict import Level, Violation
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.maps import without_keys

LEVELS: tuple[Level, ...] = ("must", "should", "may")
_INDEX = re.compile(r"/\d+(?=/|\Z)")
#: How a chunk names what the whole answer calls a message; the chat on data has a list of them.
_DELTA = re.compile(r"(/choices/\*)/delta(?=/|\Z)")
_DELTA_OF_MESSAGE = re.compile(r"(/choices/\*/messages/\*)/delta(?=/|\Z)")

#: What the place of a defect in a stream begins with: it need not be there without streaming.
STREAM = "stream:"

#: Which requests show a defect best: by what is expected of them, whether they are packed, and their bytes.
Clarity: TypeAlias = tuple[int, bool, int]
_EXPECTATIONS = ("accept", "any", "reject")

#: What tells two defects apart: rule, document, operation, place, reason.
Identity: TypeAlias = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect: everything that broke one rule at one place for one reason.

    `violation` and `exchanges` are those of the smallest request that shows it: one that should be accepted
    before one that should be refused (which would send its reader after another mistake), one that carries
    a single point before a packed one, then fewest body bytes, then the first written. `exchanges` are
    several for a defect between the steps of a scenario, and `scenario` is then its kind. `count` says how
    many exchanges or scenarios show it, `further` how many more violations of the rule the same response or
    scenario has than are listed. `others` are further places with the same cause (see `common_causes`).
    `known_because` are the words by which somebody accepted it, None where nobody did.
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

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self.violation.rule

    @property
    def place(self) -> str:
        """The point, or the pointer with every array index as `*`; in a stream after `stream:`."""
        streamed = any(line.response is not None and line.response.events is not None for line in self._shown)
        return place_of(self.violation, streamed=streamed)

    @property
    def _shown(self) -> tuple[ExchangeLine, ...]:
        """The exchange that shows it; none for a scenario, which is about several."""
        return self.exchanges if self.scenario is None else ()

    @property
    def identity(self) -> Identity:
        """What is equal for the same defect in another run."""
        return (self.rule, self.document, self.operation, self.place, self.violation.reason)

    @property
    def known(self) -> bool:
        """Whether somebody accepted it."""
        return self.known_because is not None


class Located(Protocol):
    """What has a point or a JSON Pointer."""

    @property
    def point(self) -> str | None:
        """The id of the point; None for a place in a message."""

    @property
    def pointer(self) -> str:
        """The JSON Pointer, or a place in the headers."""


#: Says by which words a finding is accepted, or None.
Known: TypeAlias = Callable[[Finding], str | None]


def place_of(violation: Located, *, streamed: bool = False) -> str:
    """The point of a violation, or its pointer with every array index as `*`.

    A place in the body of a streamed response is another than the same one without streaming: what is wrong
    in streams only must not pass for what is wrong everywhere.
    """
    if violation.point is not None:
        return violation.point
    place = generalised(violation.pointer)
    return f"{STREAM}{place}" if streamed and place.startswith("/") else place


def generalised(pointer: str) -> str:
    """A JSON Pointer as a place: every array index and key of a map as `*`, chunks as the assembled answer.

    `/choices/0/message` becomes `/choices/*/message`, and so does `/choices/0/delta`: a defect of a streamed
    answer is at the same place whether it is found in a chunk or in the answer that the chunks make.
    """
    assembled = _DELTA.sub(r"\1/message", _DELTA_OF_MESSAGE.sub(r"\1", _INDEX.sub("/*", pointer)))
    return without_keys(assembled)


def findings(record: Record, known: Known | None = None) -> tuple[Finding, ...]:
    """Every defect of a record once: musts first, then by rule, document, operation, place and reason."""
    clearest: dict[Identity, tuple[Clarity, Finding]] = {}
    counts: dict[Identity, int] = {}
    levels: dict[Identity, Level] = {}
    for clarity, shown in _shown(record):
        seen_here: set[Identity] = set()
        for finding in shown:
            identity = finding.identity
            levels[identity] = min(levels.get(identity, finding.level), finding.level, key=LEVELS.index)
            if identity in seen_here:
                continue
            seen_here.add(identity)
            counts[identity] = counts.get(identity, 0) + 1
            if identity not in clearest or clarity < clearest[identity][0]:
                clearest[identity] = (clarity, finding)
    grouped = [
        replace(finding, count=counts[identity], level=levels[identity])
        for identity, (_, finding) in clearest.items()
    ]
    if known is not None:
        grouped = [replace(finding, known_because=known(finding)) for finding in grouped]
    return tuple(sorted(grouped, key=lambda finding: (LEVELS.index(finding.level), finding.identity)))


def _shown(record: Record) -> Iterator[tuple[Clarity, Iterator[Finding]]]:
    """What each exchange and scenario shows, and how clearly, in the order of the record."""
    for line in record.exchanges:
        if line.violations:
            yield _clarity((line,)), _of_exchange(line)
    broken = [line for line in record.scenarios if line.violations]
    if broken:
        wanted = {case for line in broken for case in line.cases}
        by_case = {line.case: line for line in record.exchanges if line.case in wanted}
        for scenario in broken:
            steps = tuple(by_case[case] for case in scenario.cases if case in by_case)
            yield _clarity(steps), _of_scenario(scenario, steps)


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
