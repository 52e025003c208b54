"""Violations that someone accepted: each with who, why and until when.

A baseline is a YAML list of entries:

    - rule: BOUNDARY-001
      operation: ChatCompletions_Create   # left out: every operation
      point: temperature.maximum:above    # or `pointer: /choices/*/message`; left out: everywhere
      reason: the gateway clamps instead, ticket 1234
      who: ops                            # may be left out
      until: 2027-01-31                   # may be left out; after that day the entry accepts nothing
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from aoai_conformance.rule import rule_named
from aoai_reports.findings import Finding, generalised
from aoai_reports.lines import ExchangeLine, ScenarioLine
from aoai_reports.reading import Record
from aoai_specs.errors import ConformanceError

_FIELDS = frozenset({"rule", "operation", "point", "pointer", "reason", "who", "until"})
_LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """One entry: which findings are accepted, and why. An operation, point or pointer of None is any."""

    rule: str
    reason: str
    operation: str | None = None
    point: str | None = None
    pointer: str | None = None
    who: str | None = None
    until: date | None = None

    def accepts(self, finding: Finding) -> bool:
        """Whether the entry is about this finding, whatever the day."""
        violation = finding.violation
        return (
            self.rule == finding.rule
            and self.operation in {None, finding.operation}
            and self.point in {None, violation.point}
            and (self.pointer is None or generalised(self.pointer) == generalised(violation.pointer))
        )

    @property
    def words(self) -> str:
        """The reason, with who gave it and until when."""
        told = [self.reason]
        if self.who:
            told.append(f"accepted by {self.who}")
        if self.until:
            told.append(f"until {self.until.isoformat()}")
        return ", ".join(told)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a baseline that hold on one day, and those whose day is past."""

    entries: tuple[Accepted, ...] = ()
    expired: tuple[Accepted, ...] = ()

    def why_known(self, finding: Finding) -> str | None:
        """The words of the first entry that accepts the finding; None where none does."""
        return next((entry.words for entry in self.entries if entry.accepts(finding)), None)

    def stale(self, findings: Iterable[Finding], record: Record) -> tuple[Accepted, ...]:
        """The entries that accept nothing any more, of those whose rule and operation the run judged."""
        found = tuple(findings)
        lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
        judged = {
            (rule, line.operation)
            for line in lines
            for rule, outcome in line.verdicts.items()
            if outcome != "inconclusive"
        }
        return tuple(
            entry
            for entry in self.entries
            if not any(entry.accepts(finding) for finding in found)
            and any(rule == entry.rule and entry.operation in {None, each} for rule, each in judged)
        )


def read_baseline(path: str | Path, today: date) -> Baseline:
    """The baseline in a file. Raises ConformanceError, naming the entry, for anything that is not one."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConformanceError(f"The baseline {path} cannot be read: {error.strerror or error}.") from error
    if len(raw) > _LARGEST:
        raise ConformanceError(f"The baseline {path} is larger than {_LARGEST:,} bytes.")
    try:
        loaded = yaml.safe_load(raw)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = "" if line is None else f", line {line + 1}"
        raise ConformanceError(f"The baseline {path}{at} is not YAML.") from error
    if loaded is None:
        loaded = []
    if not isinstance(loaded, list):
        raise ConformanceError(f"The baseline {path} is not a list of entries.")
    entries = [_entry(path, number, each) for number, each in enumerate(loaded, 1)]
    valid = tuple(entry for entry in entries if entry.until is None or today <= entry.until)
    return Baseline(valid, tuple(entry for entry in entries if entry not in valid))


def _entry(path: Path, number: int, data: object) -> Accepted:
    where = f"The baseline {path}, entry {number}"
    if not isinstance(data, dict):
        raise ConformanceError(f"{where}, is not a mapping with rule and reason.")
    unknown = sorted(str(name) for name in data if name not in _FIELDS)
    if unknown:
        raise ConformanceError(f"{where}, has the unknown field {unknown[0]!r}.")
    until = data.get("until")
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise ConformanceError(f"{where}: until is not a date such as 2027-01-31.") from None
    if until is not None and type(until) is not date:
        raise ConformanceError(f"{where}: until is not a date such as 2027-01-31.")
    texts = {name: value for name, value in data.items() if name != "until" and value is not None}
    for name, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise ConformanceError(f"{where}: {name} is not a text.")
    for name in ("rule", "reason"):
        if name not in texts:
            raise ConformanceError(f"{where}, has no {name}.")
    texts["rule"] = rule_named(texts["rule"]).id
    return Accepted(until=until, **texts)
