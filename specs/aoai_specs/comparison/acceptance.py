"""Accepted changes and levels of kinds: a YAML file that people can read and review.

    accepted:
      - id: property-removed
        pointer: "#/components/schemas/file/properties/status_details"
        reason: We do not read it.
        date: 2025-01-20
    severity:
      enum-value-added: info
      description-*: ignore

An entry accepts every change of a kind (`id`) at a place (`pointer`, in which `*` matches any text) with a
`fingerprint`, that of a change or of a group of changes; it needs at least one of the three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from aoai_specs.comparison.change import Accepted, Change, Changes
from aoai_specs.comparison.review.groups import grouped
from aoai_specs.comparison.review.severities import check_severity
from aoai_specs.loading.files import Loaded, load
from aoai_specs.loading.sources import read_source
from aoai_specs.pointers import join

_WHICH = ("id", "pointer", "fingerprint")
_FIELDS = (*_WHICH, "reason", "date")


class Acceptance(NamedTuple):
    """What is accepted, why, and since when; an empty `id`, `pointer` or `fingerprint` matches any."""

    id: str
    pointer: str
    reason: str
    day: str
    fingerprint: str = ""

    def fits(self, change: Change, group: str = "") -> bool:
        """Whether this entry accepts a change; `group` is the fingerprint of its group."""
        return (
            self.id in ("", change.id)
            and self.fingerprint in ("", change.fingerprint, group)
            and (
                not self.pointer
                or fnmatchcase(change.pointer, self.pointer.replace("[", "[[]").replace("?", "[?]"))
            )
        )

    @property
    def words(self) -> str:
        """The entry as text."""
        return " at ".join(filter(None, (self.id, self.pointer, self.fingerprint)))


class Decisions(NamedTuple):
    """What a file decides: the accepted changes, and levels by kind of change."""

    accepted: tuple[Acceptance, ...]
    severities: Mapping[str, str]


def read_decisions(path: str | Path) -> Decisions:
    """Return the content of a file. Raises DocumentError with file and line if it is malformed."""
    loaded = load(read_source(str(path)), str(path))
    unknown = loaded.content.keys() - {"accepted", "severity"}
    if unknown and "severity" in loaded.content:
        raise loaded.error(f"{min(unknown)!r} is neither 'accepted' nor 'severity'.", "#")
    listed = loaded.content.get("accepted", [] if "severity" in loaded.content else None)
    if not isinstance(listed, list):
        raise loaded.error("expected a list named 'accepted'.", "#/accepted")
    entries = tuple(_read(loaded, entry, f"#/accepted/{index}") for index, entry in enumerate(listed))
    return Decisions(entries, _severities(loaded))


def read_acceptances(path: str | Path) -> tuple[Acceptance, ...]:
    """Return the accepted changes of a file. Raises DocumentError with file and line if it is malformed."""
    return read_decisions(path).accepted


def _severities(loaded: Loaded) -> dict[str, str]:
    listed = loaded.content.get("severity", {})
    if not isinstance(listed, dict):
        raise loaded.error("'severity' must map kinds of change to levels.", "#/severity")
    for kind, level in listed.items():
        try:
            check_severity(kind, level)
        except ValueError as error:
            raise loaded.error(str(error), join("#/severity", kind)) from None
    return dict(listed)


def _read(loaded: Loaded, entry: object, pointer: str) -> Acceptance:
    if not isinstance(entry, dict) or not set(entry) <= set(_FIELDS):
        raise loaded.error(f"an entry may only have the fields {', '.join(_FIELDS)}.", pointer)
    for name in _FIELDS:
        if name in entry and (not isinstance(entry[name], str) or not entry[name].strip()):
            raise loaded.error(f"{name} must be text.", f"{pointer}/{name}")
    if not entry.keys() & set(_WHICH):
        raise loaded.error("an entry needs an id, a pointer or a fingerprint.", pointer)
    for name in ("reason", "date"):
        if name not in entry:
            raise loaded.error(f"an entry needs a {name}.", pointer)
    try:
        date.fromisoformat(entry["date"])
    except ValueError:
        raise loaded.error("date must be a date such as 2025-01-20.", f"{pointer}/date") from None
    which, place, mark = (entry.get(name, "") for name in _WHICH)
    return Acceptance(which, place, entry["reason"].strip(), entry["date"], mark)


def accept(changes: Changes, entries: Sequence[Acceptance]) -> tuple[Changes, tuple[Acceptance, ...]]:
    """Return the changes with the accepted ones set apart, and the entries that accept nothing."""
    left: list[Change] = []
    accepted: list[Accepted] = []
    used: set[Acceptance] = set()
    groups = {
        each.fingerprint: group.fingerprint
        for group in (grouped(changes.changes) if any(entry.fingerprint for entry in entries) else ())
        for each in group.changes
    }
    for change in changes.changes:
        group = groups.get(change.fingerprint, "")
        fitting = [entry for entry in entries if entry.fits(change, group)]
        used.update(fitting)
        if fitting:
            accepted.append(Accepted(change, fitting[0].reason, fitting[0].day))
        else:
            left.append(change)
    stale = tuple(entry for entry in entries if entry not in used)
    return replace(changes, changes=tuple(left), accepted=tuple(accepted)), stale
