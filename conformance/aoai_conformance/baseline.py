"""Violations that someone accepted: each with who, why and until when.

A baseline is a YAML list of entries, each of which hides exactly one defect:

    - rule: BOUNDARY-001
      operation: ChatCompletions_Create
      place: temperature.maximum:above    # a point, a pointer such as /choices/*/message, or header:NAME
      reason: accepted                    # what tells two defects at one place apart
      why: the gateway clamps instead, ticket 1234
      who: ops                            # may be left out, as may all that follow
      since: 2026-11-30
      until: 2027-01-31                   # after that day the entry accepts nothing and fails the gate
      state: flaky                        # failing (the default) or flaky: may be absent from a run

`aoai-conformance baseline update` writes such entries. An older form is read too: without `why`, `reason` are
the words of whoever accepted it, `point` or `pointer` give the place, and operation and place may be left
out. Where such an entry accepts several defects, the gate says so and fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from aoai_conformance.rule import rule_named
from aoai_reports.findings import Finding, generalised
from aoai_reports.lines import ExchangeLine, ScenarioLine
from aoai_reports.reading import Record
from aoai_specs.errors import ConformanceError

_FIELDS = frozenset(
    {"rule", "operation", "place", "reason", "why", "who", "since", "until", "state", "point", "pointer"}
)
_DAYS = ("since", "until")
_STATES = ("failing", "flaky")
_LARGEST = 4 * 1024 * 1024


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

    @property
    def point(self) -> str | None:
        """The place, where it is a point and none in an answer."""
        is_point = bool(self.place) and not (self.place or "").startswith(("/", "header:"))
        return self.place if is_point else None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a baseline that hold on one day, and those whose day is past."""

    entries: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()

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

    def complaints(self, findings: Iterable[Finding], record: Record) -> Iterator[str]:
        """What is wrong with the baseline after a run, a sentence for each entry; any fails a gate."""
        found = tuple(findings)
        for entry in self.expired:
            yield f"The baseline's entry for {entry.named} is past its day: {entry.words}."
        for entry in self.stale(found, record):
            yield f"The baseline's entry for {entry.named} accepts nothing any more: {entry.words}."
        for entry in self.entries:
            hidden = {_defect(finding) for finding in found if entry.accepts(finding)}
            if len(hidden) > 1:
                yield (
                    f"The baseline's entry for {entry.named} accepts {len(hidden)} defects, "
                    "and may hide one: give it an operation, a place, a reason and its why."
                )


def _defect(finding: Finding) -> tuple[str, ...]:
    """What makes it one defect, whichever documents show it."""
    return (finding.rule, finding.operation, finding.place, finding.violation.reason)


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
            ),
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


def read_baseline(path: str | Path, today: date) -> Baseline:
    """The baseline in a file. Raises ConformanceError, naming the entry, for anything that is not one."""
    path = Path(path)
    entries = read_baseline_text(path, baseline_text(path))
    valid = tuple(entry for entry in entries if entry.until is None or today <= entry.until)
    return Baseline(valid, tuple(entry for entry in entries if entry not in valid))


def baseline_text(path: Path) -> str:
    """What stands in the file. Raises ConformanceError where it cannot be read, or is too large."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConformanceError(f"The baseline {path} cannot be read: {error.strerror or error}.") from error
    if len(raw) > _LARGEST:
        raise ConformanceError(f"The baseline {path} is larger than {_LARGEST:,} bytes.")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConformanceError(f"The baseline {path} is not YAML: it is no UTF-8.") from error


def read_baseline_text(path: Path, text: str) -> tuple[Accepted, ...]:
    """The entries of a baseline's text, in order; `path` is for the sentence of what is raised."""
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = "" if line is None else f", line {line + 1}"
        raise ConformanceError(f"The baseline {path}{at} is not YAML.") from error
    except ValueError as error:
        raise ConformanceError(
            f"The baseline {path} holds a value that cannot be read, such as a date that does not exist."
        ) from error
    if loaded is None:
        loaded = []
    if not isinstance(loaded, list):
        raise ConformanceError(f"The baseline {path} is not a list of entries.")
    return tuple(_entry(path, number, each) for number, each in enumerate(loaded, 1))


def _entry(path: Path, number: int, data: object) -> Accepted:
    where = f"The baseline {path}, entry {number}"
    if not isinstance(data, dict):
        raise ConformanceError(f"{where}, is not a mapping with rule and reason.")
    unknown = sorted(str(name) for name in data if name not in _FIELDS)
    if unknown:
        raise ConformanceError(f"{where}, has the unknown field {unknown[0]!r}.")
    since, until = (_day(where, name, data.get(name)) for name in _DAYS)
    texts = {name: value for name, value in data.items() if name not in _DAYS and value is not None}
    blank = {"place", "reason"} if "why" in texts else set()
    for name, value in texts.items():
        if not isinstance(value, str) or not (value.strip() or name in blank):
            raise ConformanceError(f"{where}: {name} is not a text.")
    for name in ("rule", "reason"):
        if name not in texts:
            raise ConformanceError(f"{where}, has no {name}.")
    state = texts.pop("state", _STATES[0])
    if state not in _STATES:
        raise ConformanceError(f"{where}: state is neither {' nor '.join(_STATES)}.")
    texts["rule"] = rule_named(texts["rule"]).id
    texts = _whole(where, texts) if "why" in texts else _older(where, texts)
    return Accepted(**texts, since=since, until=until, flaky=state == "flaky")


def _day(where: str, name: str, value: object) -> date | None:
    """A day, which YAML reads by itself unless it is quoted."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ConformanceError(f"{where}: {name} is not a date such as 2027-01-31.") from None
    if value is not None and type(value) is not date:
        raise ConformanceError(f"{where}: {name} is not a date such as 2027-01-31.")
    return value


def _whole(where: str, texts: dict[Any, Any]) -> dict[str, Any]:
    """An entry that names one defect."""
    for name in ("operation", "place"):
        if name not in texts:
            raise ConformanceError(f"{where}, has a why but no {name}: an entry hides exactly one defect.")
    for name in ("point", "pointer"):
        if name in texts:
            raise ConformanceError(f"{where}, has a why and a {name}: its {name} is called place.")
    texts["place"] = generalised(texts["place"])
    return texts


def _older(where: str, texts: dict[Any, Any]) -> dict[str, Any]:
    """An entry of the older form, whose reason are the words of whoever accepted it."""
    texts["why"] = texts.pop("reason")
    places = [texts.pop(name) for name in ("place", "point", "pointer") if name in texts]
    if len(places) > 1:
        raise ConformanceError(f"{where}, names several places.")
    return texts | {"place": generalised(places[0]) if places else None}
