"""User-defined quirks: known deviations of a server that should not be reported as violations.

A file of quirks is a YAML list of entries:

    - rule: SCHEMA-001
      operation: ChatCompletions_Create        # an operationId, a kind such as chat, or '*' for any
      place: /choices/*/message/refusal        # a point, header:NAME, or a pointer; `*` is one step, `**` any
      why: the gateway leaves the field out
      source: https://tickets.example/1234
      until: 2027-01-31                        # may be left out; after that day the entry no longer applies
      id: no-refusal                           # may be left out

What an entry matches passes with a note, and reports list it among the quirks. A baseline, in contrast,
accepts violations that stay violations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from aoai_conformance.quirks.deviations import Deviation
from aoai_conformance.quirks.quirks import QuirkTable, known_quirks
from aoai_conformance.rule import rule_named
from aoai_reports.record.lines import Header
from aoai_specs.errors import ConformanceError
from aoai_specs.plain_yaml import error_line, load_yaml

_REQUIRED = ("rule", "operation", "place", "why", "source")
_FIELDS = frozenset({*_REQUIRED, "until", "id"})
_LARGEST = 4 * 1024 * 1024
#: The option of a record's header with the day on which the file's entries were evaluated.
DAY = "quirks_on"


@dataclass(frozen=True, slots=True)
class OwnQuirks:
    """The entries of a file that apply on one day, and the expired ones; both empty without a file."""

    day: date | None = None
    file: str = ""
    entries: tuple[Deviation, ...] = ()
    expired: tuple[Deviation, ...] = ()

    @property
    def table(self) -> QuirkTable:
        """Return all quirks that pass: these, and those of the real service."""
        return known_quirks().having(self.entries)

    @property
    def options(self) -> dict[str, Any]:
        """Return the options for a record's header, so that the file gives the same verdicts later."""
        if self.day is None:
            return {}
        kept: dict[str, Any] = {"quirks": self.file, DAY: self.day.isoformat()}
        return {**kept, "quirks_expired": [each.id for each in self.expired]} if self.expired else kept

    @property
    def complaints(self) -> tuple[str, ...]:
        """Return a sentence for each expired entry."""
        return tuple(
            f"The quirk {each.id} ({', '.join(each.excuses)} at {each.place or 'the whole response'}) "
            f"expired on {each.until} and no longer applies: {each.description}"
            for each in self.expired
        )


def choose_quirks(path: Path | None, header: Header | None = None) -> OwnQuirks:
    """Return the quirks in a file as of the day in a record, or else as of today in UTC."""
    if path is None:
        return OwnQuirks()
    kept = header.options.get(DAY) if header is not None else None
    return read_quirks(path, date.fromisoformat(kept) if isinstance(kept, str) else datetime.now(UTC).date())


def read_quirks(path: Path, day: date) -> OwnQuirks:
    """Return the quirks in a file as of a day. Raises ConformanceError, which names an invalid entry."""
    entries = tuple(_entry(path, number, each) for number, each in enumerate(_loaded(path), 1))
    names = [entry.id for entry in entries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConformanceError(f"The quirks file {path} has two entries with the id {twice!r}.")
    taken = next((name for name in names if name in {each.id for each in known_quirks()}), None)
    if taken is not None:
        raise ConformanceError(
            f"The quirks file {path} uses the id {taken!r} of a built-in quirk; choose another."
        )
    valid = tuple(entry for entry in entries if entry.until is None or day <= entry.until)
    return OwnQuirks(day, path.name, valid, tuple(entry for entry in entries if entry not in valid))


def _loaded(path: Path) -> list[Any]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConformanceError(f"Cannot read the quirks file {path}: {error.strerror or error}.") from error
    if len(raw) > _LARGEST:
        raise ConformanceError(f"The quirks file {path} is larger than {_LARGEST:,} bytes.")
    try:
        loaded = load_yaml(raw.decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        line = error_line(error, raw.decode("utf-8-sig", "replace"))
        at = "" if line is None else f", line {line}"
        raise ConformanceError(f"The quirks file {path}{at} is not valid YAML.") from error
    if not isinstance(loaded, list | None):
        raise ConformanceError(
            f"The quirks file {path} must be a list of entries with {', '.join(_REQUIRED)}."
        )
    return loaded or []


def _entry(path: Path, number: int, data: object) -> Deviation:
    where = f"The quirks file {path}, entry {number}"
    if not isinstance(data, dict):
        raise ConformanceError(f"{where}, must be a mapping with {', '.join(_REQUIRED)}.")
    unknown = sorted(str(name) for name in data if name not in _FIELDS)
    if unknown:
        raise ConformanceError(f"{where}, has the unknown field {unknown[0]!r}.")
    texts = {name: _text(where, name, data) for name in _REQUIRED}
    operation = texts["operation"]
    return Deviation(
        id=_text(where, "id", data) if "id" in data else f"own-{number}",
        description=texts["why"],
        source=texts["source"],
        excuses=frozenset({rule_named(texts["rule"]).id}),
        place=texts["place"],
        operations=frozenset() if operation == "*" else frozenset({operation}),
        until=_day(where, data.get("until")),
    )


def _text(where: str, name: str, data: Mapping[Any, Any]) -> str:
    value = data.get(name)
    if value is None:
        raise ConformanceError(f"{where}, has no {name}.")
    if not isinstance(value, str) or not (value.strip() or name == "place"):
        raise ConformanceError(f"{where}: {name} must be a string.")
    return value


def _day(where: str, value: object) -> date | None:
    """Parse a day, which YAML already does unless it is quoted."""
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ConformanceError(f"{where}: until must be a date such as 2027-01-31.") from None
