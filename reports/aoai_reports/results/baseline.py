"""Baselines: accepted violations, and which entries a run shows to be out of date. Reads no files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from aoai_model.serialization import Json
from aoai_reports.record.evidence import storable
from aoai_reports.record.reader import Record
from aoai_reports.results.cause_kinds import cause_id, rules_of_cause
from aoai_reports.results.collected.verdicts import VerdictCollector
from aoai_reports.results.findings import Finding, is_point
from aoai_reports.results.point_account import PointCollector

#: The lists of summary.json's `baseline` whose entries fail a run.
OUT_OF_DATE = ("stale", "expired", "too_wide")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One entry: an accepted defect, or a group of them.

    `reason` is that of the violation; `why` is the explanation by the person in `who`. None as operation,
    place or reason, which only groups and the old format allow, matches any. A `flaky` defect may be absent
    from a run.

    A group has a pattern of `places`, in which `…` stands for any text, or a `cause`, with which the rule may
    be empty. It accepts at most `most` defects, any number if that is None.
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
    places: str | None = None
    cause: str | None = None
    most: int | None = None

    @property
    def is_group(self) -> bool:
        """Whether it accepts several defects."""
        return self.places is not None or self.cause is not None

    def accepts(self, finding: Finding) -> bool:
        """Whether the entry matches a finding, regardless of its dates."""
        return (
            self.rule in {"", finding.rule}
            and self.operation in {None, finding.operation}
            and self.place in {None, finding.place}
            and self.reason in {None, finding.violation.reason}
            and (self.places is None or matches_places(self.places, finding.place))
            and self.cause in {None, cause_id(finding.identity)}
        )

    @property
    def explanation(self) -> str:
        """Why it is accepted, by whom and until when."""
        parts = [self.why]
        if self.flaky:
            parts.append("flaky")
        if self.who:
            parts.append(f"accepted by {self.who}")
        if self.until:
            parts.append(f"until {self.until.isoformat()}")
        return ", ".join(parts)

    @property
    def name(self) -> str:
        """The entry in a sentence: rule, operation and place, or the cause of a group."""
        where = [self.operation or "", self.place or self.places or ""]
        what = " ".join(filter(None, [self.rule, f"cause {self.cause}" if self.cause else ""]))
        return " ".join([what, *("at " + " ".join(filter(None, where)),) * any(where)])

    def to_json(self) -> dict[str, Json]:
        """The entry as in summary.json; null matches any."""
        return {
            "rule": self.rule,
            "operation": _text(self.operation),
            "place": _text(self.place),
            "reason": _text(self.reason),
            "why": _text(self.why),
            "who": _text(self.who),
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            **({} if self.places is None else {"places": _text(self.places)}),
            **({} if self.cause is None else {"cause": _text(self.cause)}),
            **({} if self.most is None else {"most": self.most}),
        }

    @property
    def point(self) -> str | None:
        """The place if it is a point."""
        return self.place if is_point(self.place or "") else None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries that are valid on a certain day and the expired ones; `path` is the file."""

    entries: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()
    path: str | None = field(default=None, compare=False)

    @property
    def was_given(self) -> bool:
        """Whether there is a baseline: a file or an entry."""
        return bool(self.path or self.entries or self.expired)

    def why_known(self, finding: Finding) -> str | None:
        """The explanation of the first entry that accepts a finding, or None."""
        return next((entry.explanation for entry in self.entries if entry.accepts(finding)), None)

    def stale(self, findings: Iterable[Finding], record: Record) -> tuple[Accepted, ...]:
        """The entries that match no finding although the run tested them.

        A run tests an entry if it judged the rule on the operation and, for a point, got a response to it. A
        flaky entry is never stale.
        """
        found = tuple(findings)
        tested = _Tested.of(record)
        return tuple(
            entry
            for entry in self.entries
            if not entry.flaky and tested.covers(entry) and not any(map(entry.accepts, found))
        )

    def state(self, findings: Iterable[Finding], record: Record) -> BaselineState:
        """The state of the baseline after a run; `findings` are those of the record."""
        found = tuple(findings)
        hidden = [(entry, defect_count(entry, found)) for entry in self.entries]
        return BaselineState(
            path=self.path,
            known=sum(any(entry.accepts(finding) for entry in self.entries) for finding in found),
            stale=self.stale(found, record),
            expired=self.expired,
            too_wide=tuple((entry, defects) for entry, defects in hidden if _is_too_wide(entry, defects)),
            groups=tuple((entry, defects) for entry, defects in hidden if entry.is_group),
        )

    def complaints(self, findings: Iterable[Finding], record: Record) -> Iterator[str]:
        """A sentence for each entry that is out of date after a run; any of them fails the run."""
        yield from self.state(findings, record).complaints()


@dataclass(frozen=True, slots=True)
class BaselineState:
    """The state of a baseline after a run.

    `known` is the number of findings that it accepts. `stale` entries match no finding although the run
    tested them, `expired` ones are past their last day, and `too_wide` ones match the given number of
    defects, so they may hide a new one. `groups` has the number of defects that each group covers. `path` is
    the file, None if there is none.
    """

    path: str | None = None
    known: int = 0
    stale: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()
    too_wide: tuple[tuple[Accepted, int], ...] = ()
    groups: tuple[tuple[Accepted, int], ...] = ()

    @property
    def fails(self) -> bool:
        """Whether the baseline alone fails the run."""
        return bool(self.stale or self.expired or self.too_wide)

    @property
    def sentence(self) -> str:
        """How many entries are out of date: `1 expired and 2 stale baseline entries`; empty for none."""
        counts = (
            (len(self.expired), "expired"),
            (len(self.stale), "stale"),
            (len(self.too_wide), "too wide"),
        )
        parts = [f"{number:,} {word}" for number, word in counts if number]
        several = sum(number for number, _ in counts) > 1
        return f"{' and '.join(parts)} baseline {'entries' if several else 'entry'}" if parts else ""

    def complaints(self) -> Iterator[str]:
        """A sentence for each entry that is out of date."""
        for entry in self.expired:
            yield f"Baseline entry for {entry.name} has expired: {entry.explanation}."
        for entry in self.stale:
            yield f"Baseline entry for {entry.name} matches no violation: {entry.explanation}."
        for entry, defects in self.too_wide:
            if entry.most is not None:
                yield (
                    f"Baseline group for {entry.name} covers {defects} defects, but at most {entry.most} are "
                    "accepted: fix the new ones, or raise `most`."
                )
                continue
            yield (
                f"Baseline entry for {entry.name} matches {defects} defects and may hide a new one: "
                "add an operation, a place, a reason and a why."
            )

    def to_json(self) -> dict[str, Json]:
        """The key `baseline` of summary.json."""
        path: dict[str, Json] = {} if self.path is None else {"path": _text(self.path)}
        return {
            **path,
            "known": self.known,
            "stale": [entry.to_json() for entry in self.stale],
            "expired": [entry.to_json() for entry in self.expired],
            "too_wide": [{**entry.to_json(), "defects": defects} for entry, defects in self.too_wide],
            **({"groups": self._groups_json()} if self.groups else {}),
        }

    def _groups_json(self) -> list[Json]:
        return [{**entry.to_json(), "covers": covers} for entry, covers in self.groups]


def matches_places(pattern: str, place: str) -> bool:
    """Whether a place matches a pattern in which `…` or `...` stands for any text; `*` is an array index."""
    parts = map(re.escape, re.split(r"…|\.\.\.", pattern))
    return re.fullmatch(".*".join(parts), place, re.DOTALL) is not None


def _is_too_wide(entry: Accepted, defects: int) -> bool:
    """Whether an entry accepts more defects than it may."""
    return entry.most is not None and defects > entry.most if entry.is_group else defects > 1


def _text(text: str | None) -> Json:
    return storable(text)


def defect_count(entry: Accepted, found: Iterable[Finding]) -> int:
    """How many defects an entry matches, each counted once for all documents."""
    return len({_defect(finding) for finding in found if entry.accepts(finding)})


def _defect(finding: Finding) -> tuple[str, ...]:
    """Identifies a defect, whichever documents show it."""
    return (finding.rule, finding.operation, finding.place, finding.violation.reason)


@dataclass(frozen=True, slots=True)
class _Tested:
    """What a run judged, as (rule, operation), and what got a response, as (operation, point)."""

    judged: frozenset[tuple[str, str]]
    responded: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, record: Record) -> _Tested:
        verdicts = record.collected(VerdictCollector)
        results = verdicts.results()
        return cls(
            frozenset(
                (rule, operation)
                for (_, operation, rule), each in results.items()
                if each.outcomes["pass"] + each.outcomes["violation"] + each.outcomes["not_applicable"]
            )
            - verdicts.hidden
            - {(rule, operation) for (_, operation, rule), each in results.items() if each.missing_extra},
            frozenset(
                (operation, point)
                for (_, operation), points in record.collected(PointCollector).responded.items()
                for point in points
            ),
        )

    def covers(self, entry: Accepted) -> bool:
        """Whether the defect of an entry would have been found."""
        rules = (entry.rule,) if entry.rule else rules_of_cause(entry.cause or "")
        operations = {
            operation
            for rule, operation in self.judged
            if any(fnmatchcase(rule, pattern) for pattern in rules)
        }
        if entry.operation is not None:
            operations &= {entry.operation}
        if entry.point is not None:
            operations = {each for each in operations if (each, entry.point) in self.responded}
        if entry.places is not None and "/" not in entry.places and is_point(entry.places):
            operations &= {each for each, point in self.responded if matches_places(entry.places, point)}
        return bool(operations)
