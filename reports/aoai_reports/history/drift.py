"""Changes over many nights: when each defect came and went, and undeclared fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from aoai_model.serialization import Json
from aoai_reports.history.entry import DefectSeen, RunEntry
from aoai_reports.results.findings import STREAM, fingerprint_of

#: The reason of findings about undeclared fields.
UNDECLARED = "undeclared"
#: Document, operation, rule, place, reason.
DefectKey: TypeAlias = tuple[str, str, str, str, str]


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

    def to_json(self) -> dict[str, Json]:
        """The public form."""
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

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "schema": "aoai-conformance/drift/v1",
            "nights": [each.to_json() for each in self.nights],
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
    defects = [{_key(defect): defect for defect in run.defects} for run in runs]
    for key in sorted({key for found in defects for key in found}):
        seen = [(run, found.get(key)) for run, found in zip(runs, defects, strict=True)]
        tested = [(run, defect) for run, defect in seen if defect is not None or _was_tested(run, key)]
        present = [(run.started, defect) for run, defect in tested if defect is not None]
        now = tested[-1][1]
        yield DefectDrift(
            *key,
            level=present[-1][1].level,
            first_seen=present[0][0],
            last_seen=present[-1][0],
            flips=sum((one is None) != (other is None) for (_, one), (_, other) in pairwise(tested)),
            broken=len(present),
            judged=len(tested),
            broken_now=now is not None,
            known_now=now is not None and now.known,
        )


def _key(defect: DefectSeen) -> DefectKey:
    return (defect.document, defect.operation, defect.rule, defect.place, defect.reason)


def _was_tested(run: RunEntry, key: DefectKey) -> bool:
    """Whether a run would have shown a defect: it judged the rule there and, for a point, got a response."""
    document, operation, rule, place, _ = key
    judged = any(
        (each.document, each.operation, each.rule) == (document, operation, rule)
        and (each.passed or each.violation)
        for each in run.rules
    )
    is_point = bool(place) and not place.startswith(("/", "header:"))
    return judged and (not is_point or run.has_response(document, operation, place))


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
