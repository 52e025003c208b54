"""The user's own levels for kinds of change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aoai_specs.comparison.change import Change, Changes, by_severity
from aoai_specs.comparison.effects import VERDICTS, Verdict
from aoai_specs.comparison.kinds import KINDS
from aoai_specs.comparison.review.filters import matches

IGNORE = "ignore"
LEVELS: tuple[str, ...] = (*VERDICTS, IGNORE)


def check_severity(kind: str, level: str) -> None:
    """Raise ValueError with a sentence for a level or a kind that does not exist.

    `*` in a kind matches any text.
    """
    if level not in LEVELS:
        raise ValueError(f"the level of {kind!r} must be one of {', '.join(LEVELS)}.")
    if not any(matches(kind, known) for known in KINDS):
        raise ValueError(f"there is no kind of change {kind!r}.")


def rate(changes: Changes, severities: Mapping[str, str]) -> tuple[Changes, tuple[str, ...]]:
    """Return the changes with the user's levels, and the kinds that match no change.

    The last level that matches a kind counts. An ignored change is left out and counted.
    """
    rated: list[Change] = []
    used: set[str] = set()
    ignored = 0
    for change in changes.changes:
        fitting = [kind for kind in severities if matches(kind, change.id)]
        used.update(fitting)
        level = severities[fitting[-1]] if fitting else change.verdict
        if level == IGNORE:
            ignored += 1
        else:
            verdict = _verdict(level)
            rated.append(change.with_verdict(verdict) if fitting else change)
    unused = tuple(kind for kind in severities if kind not in used)
    return replace(changes, changes=by_severity(rated), ignored=changes.ignored + ignored), unused


def _verdict(level: str) -> Verdict:
    return next(each for each in VERDICTS if each == level)
