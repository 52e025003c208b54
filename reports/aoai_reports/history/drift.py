"""What moved over many nights: when each defect came and went, and what appeared undeclared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from aoai_model.serialization import Json
from aoai_reports.history.entry import DefectSeen, RunEntry
from aoai_reports.results.findings import STREAM
from aoai_reports.results.fingerprint import fingerprint_of

#: The reason of a finding about something that the document does not declare; a pointer tells a field.
UNDECLARED = "undeclared"
#: Document, operation, rule, place, reason.
DefectKey: TypeAlias = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class DefectDrift:
    """A defect that showed at least once: when it first and last did, and how often that changed.

    One defect is one rule, document, operation, place and reason, as in a comparison of two runs. The moments
    are starts of runs. `flips` counts the changes between showing and not showing from one run that looked
    for it to the next; `broken` and `judged` count runs. `broken_now` says what the last of them found,
    `known_now` that it was accepted.
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

    def to_json(self) -> dict[str, Json]:
        """For other programs."""
        return {
            "document": self.document,
            "operation": self.operation,
            "rule": self.rule,
            "place": self.place,
            "reason": self.reason,
            "fingerprint": fingerprint_of(
                (self.rule, self.document, self.operation, self.place, self.reason)
            ),
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
    #: One for each defect; the public form calls them `rules`, as it always has.
    rules: tuple[DefectDrift, ...]
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
        tuple(_defects(kept)),
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


def _defects(runs: tuple[RunEntry, ...]) -> Iterator[DefectDrift]:
    shown = [{_key(defect): defect for defect in run.defects} for run in runs]
    for key in sorted({key for found in shown for key in found}):
        seen = [(run, found.get(key)) for run, found in zip(runs, shown, strict=True)]
        looked = [(run, defect) for run, defect in seen if defect is not None or _looked_for(run, key)]
        present = [(run.started, defect) for run, defect in looked if defect is not None]
        now = looked[-1][1]
        yield DefectDrift(
            *key,
            level=present[-1][1].level,
            first_seen=present[0][0],
            last_seen=present[-1][0],
            flips=sum((one is None) != (other is None) for (_, one), (_, other) in pairwise(looked)),
            broken=len(present),
            judged=len(looked),
            broken_now=now is not None,
            known_now=now is not None and now.known,
        )


def _key(defect: DefectSeen) -> DefectKey:
    return (defect.document, defect.operation, defect.rule, defect.place, defect.reason)


def _looked_for(run: RunEntry, key: DefectKey) -> bool:
    """Whether a run that does not show a defect would have shown it.

    It has to have judged the rule at the operation and, for a point, to have an answer to it.
    """
    document, operation, rule, place, _ = key
    judged = any(
        (each.document, each.operation, each.rule) == (document, operation, rule)
        and (each.passed or each.violation)
        for each in run.rules
    )
    is_point = bool(place) and not place.startswith(("/", "header:"))
    return judged and (not is_point or run.has_answer(document, operation, place))


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
