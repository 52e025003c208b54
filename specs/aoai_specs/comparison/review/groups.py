"""The same change in many places as one entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from aoai_specs.comparison.change import Change, Reached
from aoai_specs.comparison.effects import Verdict, Way
from aoai_specs.comparison.fingerprints import fingerprint
from aoai_specs.json_values import key_of


class ChangeGroup(NamedTuple):
    """The same change in one or more places: the same kind, values, verdict and name of the field.

    The fingerprint does not depend on the places, so that it stays the same if more are affected.
    """

    changes: tuple[Change, ...]
    fingerprint: str

    @property
    def first(self) -> Change:
        """The change in the first place."""
        return self.changes[0]

    @property
    def verdict(self) -> Verdict:
        """The verdict, which is the same in every place."""
        return self.first.verdict

    @property
    def direction(self) -> Way:
        """The direction of the verdict, which is the same in every place."""
        return self.first.direction

    @property
    def message(self) -> str:
        """What changed: with its place if there is only one, else with the name of the field."""
        if len(self.changes) == 1:
            return self.first.message
        return f"{self.first.field}: {self.first.summary}" if self.first.field else self.first.summary

    @property
    def operations(self) -> tuple[Reached, ...]:
        """The affected operations, each once for each direction."""
        found: dict[tuple[str, Way], Reached] = {}
        for change in self.changes:
            for each in change.operations:
                found.setdefault((each.operation, each.direction), each)
        return tuple(found.values())

    def to_json(self) -> dict[str, Any]:
        """Return the group in the published format; its changes are named by their fingerprints."""
        return {
            "fingerprint": self.fingerprint,
            "id": self.first.id,
            "verdict": self.verdict,
            "direction": self.direction,
            "message": self.message,
            "count": len(self.changes),
            "changes": [each.fingerprint for each in self.changes],
        }


def grouped(changes: Iterable[Change]) -> tuple[ChangeGroup, ...]:
    """Return the changes as groups, in the order of the first change of each."""
    found: dict[tuple[str, ...], list[Change]] = {}
    for each in changes:
        found.setdefault(_key(each), []).append(each)
    used: dict[str, int] = {}
    groups: list[ChangeGroup] = []
    for held in found.values():
        first = held[0]
        mark = fingerprint("group", first.id, first.name, first.base, first.revision)
        used[mark] = used.get(mark, 0) + 1
        if used[mark] > 1:
            mark = fingerprint(mark, used[mark])
        groups.append(ChangeGroup(tuple(held), mark))
    return tuple(groups)


def _key(change: Change) -> tuple[str, ...]:
    summary = change.summary or change.message
    values = (key_of(change.base), key_of(change.revision))
    direction = "" if change.verdict == "info" else change.direction
    return (change.id, change.verdict, direction, change.field, summary, *values)
