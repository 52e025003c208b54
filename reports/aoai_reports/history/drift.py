"""What moved over many nights: when each rule began and ceased to be broken, and what appeared undeclared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from aoai_reports.evidence import Json
from aoai_reports.findings import STREAM
from aoai_reports.history.entry import RunEntry

#: The reason of a finding about something that the document does not declare; a pointer tells a field.
UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class RuleDrift:
    """A rule at an operation that was broken at least once: where it first and last was, and how it changed.

    The moments are starts of runs. `flips` counts the changes between kept and broken from one run that
    judged it to the next; `broken` and `judged` count runs. `broken_now` says what the last of them found,
    `known_now` that all of it was accepted.
    """

    document: str
    operation: str
    rule: str
    level: str
    first_seen: str
    last_seen: str
    flips: int
    broken: int
    judged: int
    broken_now: bool
    known_now: bool = False

    def to_json(self) -> dict[str, Json]:
        """For other programs."""
        return {
            "document": self.document,
            "operation": self.operation,
            "rule": self.rule,
            "level": self.level,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "flips": self.flips,
            "broken": self.broken,
            "judged": self.judged,
            "broken_now": self.broken_now,
            "known_now": self.known_now,
        }


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """A field that the document does not declare, and in which runs it was."""

    document: str
    operation: str
    place: str
    first_seen: str
    last_seen: str
    runs: int

    def to_json(self) -> dict[str, Json]:
        """For other programs."""
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
    """The runs of one day in UTC, their broken musts but for accepted ones, and what they cost."""

    day: str
    runs: int
    musts: int
    requests: int
    prompt: int
    completion: int

    def to_json(self) -> dict[str, Json]:
        """For other programs."""
        return {
            "day": self.day,
            "runs": self.runs,
            "musts": self.musts,
            "requests": self.requests,
            "tokens": {"prompt": self.prompt, "completion": self.completion},
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """What moved over some nights, oldest first."""

    nights: tuple[Night, ...]
    rules: tuple[RuleDrift, ...]
    fields: tuple[FieldDrift, ...]

    def to_json(self) -> dict[str, Json]:
        """For other programs."""
        return {
            "schema": "aoai-conformance/drift/v1",
            "nights": [each.to_json() for each in self.nights],
            "rules": [each.to_json() for each in self.rules],
            "undeclared_fields": [each.to_json() for each in self.fields],
        }


def drift_of(runs: Iterable[RunEntry], nights: int) -> Drift:
    """What moved in the last `nights` days on which there were runs; `runs` are the oldest first."""
    runs = tuple(runs)
    days = sorted({run.night for run in runs})[-nights:]
    kept = tuple(run for run in runs if run.night in days)
    return Drift(
        tuple(_night(day, [run for run in kept if run.night == day]) for day in days),
        tuple(_rules(kept)),
        tuple(_fields(kept)),
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


def _rules(runs: tuple[RunEntry, ...]) -> Iterator[RuleDrift]:
    outcomes: dict[tuple[str, str, str], list[tuple[str, bool]]] = {}
    accepted: dict[tuple[str, str, str], bool] = {}
    levels: dict[tuple[str, str, str], str] = {}
    for run in runs:
        found: dict[tuple[str, str, str], list[bool]] = {}
        for defect in run.defects:
            key = (defect.document, defect.operation, defect.rule)
            levels[key] = defect.level
            found.setdefault(key, []).append(defect.known)
        for each in run.rules:
            if each.passed or each.violation:
                key = (each.document, each.operation, each.rule)
                outcomes.setdefault(key, []).append((run.started, each.violation > 0))
                accepted[key] = all(known for known in found.get(key, [False]))
    for key, seen in sorted(outcomes.items()):
        broken = [started for started, is_broken in seen if is_broken]
        if broken:
            flips = sum(before != after for (_, before), (_, after) in pairwise(seen))
            level = levels.get(key, "must")
            now = seen[-1][1]
            yield RuleDrift(
                *key, level, broken[0], broken[-1], flips, len(broken), len(seen), now, now and accepted[key]
            )


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
