"""Changes over many nights: when each defect came and went, and undeclared fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aoai_model.serialization import Json
from aoai_reports.history.entry import DefectSeen, RunEntry
from aoai_reports.history.presence import TestedRun
from aoai_reports.results.cause_kinds import cause_id
from aoai_reports.results.findings import LEVELS, STREAM, Identity, fingerprint_of

#: The reason of findings about undeclared fields.
UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class DefectDrift:
    """The history of a defect: a rule, document, operation, place and reason.

    `first_seen` and `last_seen` are starts of runs. Of the runs that tested it, `judged` is the number of all
    and `broken` of those that found it; `flips` is how often the result changed from one to the next.
    `broken_now` is the result of the last of them; `known_now` is whether it was accepted there.
    """

    document: str
    operation: str
    rule: str
    place: str
    reason: str
    level: str
    first_seen: str
    last_seen: str
    flips: int
    broken: int
    judged: int
    broken_now: bool
    known_now: bool = False

    @property
    def is_new(self) -> bool:
        """Whether only the last of the runs that tested it found it, and it was not accepted there."""
        return self.broken_now and not self.known_now and self.broken == 1 < self.judged

    @property
    def identity(self) -> Identity:
        """Identifies the defect in any run."""
        return Identity(self.rule, self.document, self.operation, self.place, self.reason)

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "document": self.document,
            "operation": self.operation,
            "rule": self.rule,
            "place": self.place,
            "reason": self.reason,
            "fingerprint": fingerprint_of(self.identity),
            "cause": cause_id(self.identity),
            "level": self.level,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "flips": self.flips,
            "broken": self.broken,
            "judged": self.judged,
            "broken_now": self.broken_now,
            "known_now": self.known_now,
            "new": self.is_new,
        }


@dataclass(frozen=True, slots=True)
class CauseDrift:
    """The history of a cause: its newest title and how many of its defects each night showed.

    `violations` has one number for each night, the oldest first, without accepted defects: the highest of the
    runs of that night, or None if none of them tested it.
    """

    id: str
    title: str
    level: str
    first_seen: str
    last_seen: str
    violations: tuple[int | None, ...]

    @property
    def failing_now(self) -> bool:
        """Whether the last night that tested it shows it."""
        return bool(self._tested and self._tested[-1])

    @property
    def is_new(self) -> bool:
        """Whether the last night shows it, and earlier ones tested it and do not."""
        return self.failing_now and len(self._tested) > 1 and not any(self._tested[:-1])

    @property
    def _tested(self) -> tuple[int, ...]:
        return tuple(each for each in self.violations if each is not None)

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "id": self.id,
            "title": self.title,
            "level": self.level,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "violations": list(self.violations),
            "new": self.is_new,
        }


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """A field that the document does not declare, and the runs that saw it."""

    document: str
    operation: str
    place: str
    first_seen: str
    last_seen: str
    runs: int

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "document": self.document,
            "operation": self.operation,
            "place": self.place,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "runs": self.runs,
        }


@dataclass(frozen=True, slots=True)
class Night:
    """The runs of one day in UTC: unaccepted MUST violations and cost."""

    day: str
    runs: int
    musts: int
    requests: int
    prompt: int
    completion: int

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "day": self.day,
            "runs": self.runs,
            "musts": self.musts,
            "requests": self.requests,
            "tokens": {"prompt": self.prompt, "completion": self.completion},
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """Changes over some nights, the oldest first."""

    nights: tuple[Night, ...]
    #: One for each defect; the public form calls them `rules`.
    rules: tuple[DefectDrift, ...]
    fields: tuple[FieldDrift, ...]
    causes: tuple[CauseDrift, ...] = ()

    @property
    def new(self) -> tuple[DefectDrift, ...]:
        """The defects that only the last run that tested them found."""
        return tuple(each for each in self.rules if each.is_new)

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "schema": "aoai-conformance/drift/v1",
            "nights": [each.to_json() for each in self.nights],
            "causes": [each.to_json() for each in self.causes],
            "rules": [each.to_json() for each in self.rules],
            "undeclared_fields": [each.to_json() for each in self.fields],
        }


def drift_of(runs: Iterable[RunEntry], nights: int) -> Drift:
    """The changes in the last `nights` days that have runs; `runs` begins with the oldest."""
    runs = tuple(runs)
    days = sorted({run.night for run in runs})[-nights:]
    recent = tuple(run for run in runs if run.night in days)
    return Drift(
        tuple(_night(day, [run for run in recent if run.night == day]) for day in days),
        tuple(_defects(recent)),
        tuple(_fields(recent)),
        causes_over(recent, days, lambda run: run.night),
    )


def _night(day: str, runs: list[RunEntry]) -> Night:
    return Night(
        day,
        len(runs),
        max(run.broken("must") for run in runs),
        sum(run.requests for run in runs),
        sum(run.prompt for run in runs),
        sum(run.completion for run in runs),
    )


def causes_over(
    runs: Sequence[RunEntry], columns: Sequence[str], column: Callable[[RunEntry], str]
) -> tuple[CauseDrift, ...]:
    """The causes of some runs, the oldest first, with one number for each column: new causes come first.

    `column` is the column of a run, such as its night; several runs may share one.
    """
    found = _causes(tuple(runs), columns, column)
    return tuple(sorted(found, key=lambda each: (not each.is_new, not each.failing_now)))


def _causes(
    runs: tuple[RunEntry, ...], columns: Sequence[str], column: Callable[[RunEntry], str]
) -> Iterator[CauseDrift]:
    """The causes of some runs, those of the newest run first and in its order."""
    indexed = tuple(map(TestedRun.of, runs))
    titles = {cause.id: cause.title for run in runs for cause in run.causes}
    seen: dict[str, list[tuple[RunEntry, list[DefectSeen]]]] = {}
    for run in reversed(runs):
        groups: dict[str, list[DefectSeen]] = {cause.id: [] for cause in run.causes}
        for defect in run.defects:
            groups.setdefault(cause_id(defect.identity), []).append(defect)
        for id_, defects in groups.items():
            if defects:
                seen.setdefault(id_, []).append((run, defects))
    for id_, found in seen.items():
        newest, defects = found[0]
        keys = {defect.identity for _, members in found for defect in members}
        counts: dict[str, int | None] = dict.fromkeys(columns)
        for each in indexed:
            if any(map(each.tested, keys)):
                counts[column(each.run)] = 0
        for run, members in found:
            unaccepted = sum(not each.known for each in members)
            counts[column(run)] = max(counts[column(run)] or 0, unaccepted)
        yield CauseDrift(
            id_,
            titles.get(id_, defects[0].message),
            min((each.level for each in defects), key=LEVELS.index),
            found[-1][0].started,
            newest.started,
            tuple(counts.values()),
        )


def _defects(runs: tuple[RunEntry, ...]) -> Iterator[DefectDrift]:
    indexed = tuple(map(TestedRun.of, runs))
    for key in sorted({key for each in indexed for key in each.defects}, key=_by_document):
        tested = [(each.run, each.defects.get(key)) for each in indexed if each.tested(key)]
        present = [(run.started, defect) for run, defect in tested if defect is not None]
        now = tested[-1][1]
        yield DefectDrift(
            document=key.document,
            operation=key.operation,
            rule=key.rule,
            place=key.place,
            reason=key.reason,
            level=present[-1][1].level,
            first_seen=present[0][0],
            last_seen=present[-1][0],
            flips=sum((one is None) != (other is None) for (_, one), (_, other) in pairwise(tested)),
            broken=len(present),
            judged=len(tested),
            broken_now=now is not None,
            known_now=now is not None and now.known,
        )


def _by_document(key: Identity) -> tuple[str, ...]:
    return (key.document, key.operation, key.rule, key.place, key.reason)


def _fields(runs: tuple[RunEntry, ...]) -> Iterator[FieldDrift]:
    seen: dict[tuple[str, str, str], list[str]] = {}
    for run in runs:
        for defect in run.defects:
            place = defect.place.removeprefix(STREAM)
            if defect.reason == UNDECLARED and place.startswith("/"):
                key = (defect.document, defect.operation, place)
                moments = seen.setdefault(key, [])
                if run.started not in moments:
                    moments.append(run.started)
    for key, moments in sorted(seen.items(), key=lambda each: (each[1][0], each[0])):
        yield FieldDrift(*key, moments[0], moments[-1], len(moments))
