"""Accepted changes: a YAML list that people can read and review.

    accepted:
      - id: property-removed
        pointer: "#/components/schemas/file/properties/status_details"
        reason: We do not read it.
        date: 2025-01-20

An entry accepts every change of a kind (`id`) at a place (`pointer`, in which `*` matches any text); it needs
at least one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from aoai_specs.comparison.change import Accepted, Change, Changes
from aoai_specs.loading.files import Loaded, load
from aoai_specs.loading.sources import read_source

_FIELDS = ("id", "pointer", "reason", "date")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What is accepted, why, and since when; an empty `id` or `pointer` matches any."""

    id: str
    pointer: str
    reason: str
    day: str

    def fits(self, change: Change) -> bool:
        """Whether this entry accepts a change."""
        return self.id in ("", change.id) and (
            not self.pointer
            or fnmatchcase(change.pointer, self.pointer.replace("[", "[[]").replace("?", "[?]"))
        )

    @property
    def words(self) -> str:
        """The entry as text."""
        return " at ".join(filter(None, (self.id, self.pointer)))


def read_acceptances(path: str | Path) -> tuple[Acceptance, ...]:
    """Return the entries of a file. Raises DocumentError with file and line if it is malformed."""
    loaded = load(read_source(str(path)), str(path))
    listed = loaded.content.get("accepted")
    if not isinstance(listed, list):
        raise loaded.error("expected a list named 'accepted'.", "#/accepted")
    return tuple(_read(loaded, entry, f"#/accepted/{index}") for index, entry in enumerate(listed))


def _read(loaded: Loaded, entry: object, pointer: str) -> Acceptance:
    if not isinstance(entry, dict) or not set(entry) <= set(_FIELDS):
        raise loaded.error(f"an entry may only have the fields {', '.join(_FIELDS)}.", pointer)
    for name in _FIELDS:
        if name in entry and (not isinstance(entry[name], str) or not entry[name].strip()):
            raise loaded.error(f"{name} must be text.", f"{pointer}/{name}")
    if not entry.keys() & {"id", "pointer"}:
        raise loaded.error("an entry needs an id, a pointer or both.", pointer)
    for name in ("reason", "date"):
        if name not in entry:
            raise loaded.error(f"an entry needs a {name}.", pointer)
    try:
        date.fromisoformat(entry["date"])
    except ValueError:
        raise loaded.error("date must be a date such as 2025-01-20.", f"{pointer}/date") from None
    return Acceptance(entry.get("id", ""), entry.get("pointer", ""), entry["reason"].strip(), entry["date"])


def accept(changes: Changes, entries: Sequence[Acceptance]) -> tuple[Changes, tuple[Acceptance, ...]]:
    """Return the changes with the accepted ones set apart, and the entries that accept nothing."""
    left: list[Change] = []
    accepted: list[Accepted] = []
    used: set[Acceptance] = set()
    for change in changes.changes:
        fitting = [entry for entry in entries if entry.fits(change)]
        used.update(fitting)
        if fitting:
            accepted.append(Accepted(change, fitting[0].reason, fitting[0].day))
        else:
            left.append(change)
    stale = tuple(entry for entry in entries if entry not in used)
    return replace(changes, changes=tuple(left), accepted=tuple(accepted)), stale
