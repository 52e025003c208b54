"""The violations that somebody accepted, and what of that list a run shows to be out of date.

How the list is read from a file is a matter of whoever has the file; nothing here reads one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from aoai_model.serialization import Json
from aoai_reports.record.evidence import storable
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import STREAM, Finding, generalised

#: The lists of summary.json's `baseline` whose entries fail a run.
OUT_OF_DATE = ("stale", "expired", "too_wide")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One entry: which defect is accepted, and why.

    `reason` is that of the violation, `why` are the words of `who` accepted it. An operation, place or reason
    of None, which only the older form can have, is any. A `flaky` one may be absent from a run.
    """

    rule: str
    why: str
    operation: str | None = None
    place: str | None = None
    reason: str | None = None
    who: str | None = None
    since: date | None = None
    until: date | None = None
    flaky: bool = False

    def accepts(self, finding: Finding) -> bool:
        """Whether the entry is about this finding, whatever the day."""
        return (
            self.rule == finding.rule
            and self.operation in {None, finding.operation}
            and self.place in {None, finding.place}
            and self.reason in {None, finding.violation.reason}
        )

    @property
    def words(self) -> str:
        """Why it is accepted, with who accepted it and until when."""
        told = [self.why]
        if self.flaky:
            told.append("flaky")
        if self.who:
            told.append(f"accepted by {self.who}")
        if self.until:
            told.append(f"until {self.until.isoformat()}")
        return ", ".join(told)

    @property
    def named(self) -> str:
        """The entry in a sentence: rule, operation and place."""
        where = [self.operation or "", self.place or ""]
        return " ".join([self.rule, *("at " + " ".join(filter(None, where)),) * any(where)])

    def to_json(self) -> dict[str, Json]:
        """The entry as summary.json has it; null stands for what it leaves open."""
        return {
            "rule": self.rule,
            "operation": _text(self.operation),
            "place": _text(self.place),
            "reason": _text(self.reason),
            "why": _text(self.why),
            "who": _text(self.who),
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }

    @property
    def point(self) -> str | None:
        """The place, where it is a point and none in an answer."""
        is_point = bool(self.place) and not (self.place or "").startswith(("/", "header:", STREAM))
        return self.place if is_point else None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a baseline that hold on one day, and those whose day is past; `path` is its file."""

    entries: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()
    path: str | None = field(default=None, compare=False)

    @property
    def was_given(self) -> bool:
        """Whether there is a baseline at all: a file, or an entry."""
        return bool(self.path or self.entries or self.expired)

    def why_known(self, finding: Finding) -> str | None:
        """The words of the first entry that accepts the finding; None where none does."""
        return next((entry.words for entry in self.entries if entry.accepts(finding)), None)

    def stale(self, findings: Iterable[Finding], record: Record) -> tuple[Accepted, ...]:
        """The entries that accept nothing any more, of those that the run tried.

        A run tries an entry where it judged the rule at the operation and, for a point, got an answer to it.
        A flaky entry is never stale.
        """
        found = tuple(findings)
        tried = _Tried.of(record)
        return tuple(
            entry
            for entry in self.entries
            if not entry.flaky and tried.covers(entry) and not any(map(entry.accepts, found))
        )

    def state(self, findings: Iterable[Finding], record: Record) -> BaselineState:
        """What a run shows about the entries; `findings` are those of the record."""
        found = tuple(findings)
        hidden = (
            (entry, len({_defect(finding) for finding in found if entry.accepts(finding)}))
            for entry in self.entries
        )
        return BaselineState(
            path=self.path,
            known=sum(any(entry.accepts(finding) for entry in self.entries) for finding in found),
            stale=self.stale(found, record),
            expired=self.expired,
            too_wide=tuple((entry, defects) for entry, defects in hidden if defects > 1),
        )

    def complaints(self, findings: Iterable[Finding], record: Record) -> Iterator[str]:
        """What is wrong with the baseline after a run, a sentence for each entry; any fails a gate."""
        yield from self.state(findings, record).complaints()


@dataclass(frozen=True, slots=True)
class BaselineState:
    """What a run shows about a baseline.

    `known` counts the findings that it accepts. `stale` entries accept nothing although the run tried them,
    `expired` ones are past their day, and `too_wide` ones accept as many defects as the number says, of which
    they may hide some. `path` is the file, None where there is none.
    """

    path: str | None = None
    known: int = 0
    stale: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()
    too_wide: tuple[tuple[Accepted, int], ...] = ()

    @property
    def fails(self) -> bool:
        """Whether the baseline fails a gate by itself."""
        return bool(self.stale or self.expired or self.too_wide)

    @property
    def sentence(self) -> str:
        """How many entries are out of date, and in what way; empty where none is."""
        counts = (
            (len(self.expired), "expired"),
            (len(self.stale), "stale"),
            (len(self.too_wide), "too wide"),
        )
        parts = [f"{number:,} {word}" for number, word in counts if number]
        several = sum(number for number, _ in counts) > 1
        return f"{' and '.join(parts)} baseline {'entries' if several else 'entry'}" if parts else ""

    def complaints(self) -> Iterator[str]:
        """What is wrong, a sentence for each entry."""
        for entry in self.expired:
            yield f"The baseline's entry for {entry.named} is past its day: {entry.words}."
        for entry in self.stale:
            yield f"The baseline's entry for {entry.named} accepts nothing any more: {entry.words}."
        for entry, defects in self.too_wide:
            yield (
                f"The baseline's entry for {entry.named} accepts {defects} defects, "
                "and may hide one: give it an operation, a place, a reason and its why."
            )

    def to_json(self) -> dict[str, Json]:
        """The key `baseline` of summary.json."""
        named: dict[str, Json] = {} if self.path is None else {"path": _text(self.path)}
        return {
            **named,
            "known": self.known,
            "stale": [entry.to_json() for entry in self.stale],
            "expired": [entry.to_json() for entry in self.expired],
            "too_wide": [{**entry.to_json(), "defects": defects} for entry, defects in self.too_wide],
        }


def _text(text: str | None) -> Json:
    return storable(text)


def _defect(finding: Finding) -> tuple[str, ...]:
    """What makes it one defect, whichever documents show it."""
    return (finding.rule, finding.operation, finding.place, finding.violation.reason)


def _hides_kinds(line: ExchangeLine | ScenarioLine, rule: str) -> bool:
    """Whether a defect may be among the violations of a rule that a line counts and does not list.

    A line lists the first violation of each kind before a second one, so it lists every kind where it lists
    any kind twice.
    """
    listed = [each for each in line.violations if each.rule == rule]
    return len({(generalised(each.pointer), each.reason, each.point) for each in listed}) == len(listed)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a run judged: (rule, operation), and the (operation, point) that were answered."""

    judged: frozenset[tuple[str, str]]
    answered: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, record: Record) -> _Tried:
        lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
        return cls(
            frozenset(
                (rule, line.operation)
                for line in lines
                for rule, outcome in line.verdicts.items()
                if outcome != "inconclusive"
            )
            - {(rule, line.operation) for line in lines for rule in line.further if _hides_kinds(line, rule)},
            frozenset(
                (line.operation, point.id)
                for line in record.exchanges
                if line.response is not None
                for point in line.points
            ),
        )

    def covers(self, entry: Accepted) -> bool:
        """Whether an entry's defect would have shown."""
        operations = {operation for rule, operation in self.judged if rule == entry.rule}
        if entry.operation is not None:
            operations &= {entry.operation}
        if entry.point is not None:
            operations = {each for each in operations if (each, entry.point) in self.answered}
        return bool(operations)
