"""Filters: the changes of some operations, directions, kinds or levels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import translate
from typing import NamedTuple

from aoai_specs.comparison.change import Change, Changes, Reached, by_severity
from aoai_specs.comparison.effects import VERDICTS
from aoai_specs.errors import DocumentError

_REGEX = "re:"


class Filter(NamedTuple):
    """One filter: which operations of a change it keeps, or which changes.

    A filter takes patterns, or else one of the `choices`. `help` completes "Only changes …".
    """

    help: str
    choices: tuple[str, ...] = ()
    operation: Callable[[str, Reached, tuple[str, ...]], bool] | None = None
    change: Callable[[str, Change], bool] | None = None
    names: Callable[[str, tuple[str, ...]], bool] | None = None


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern: `*` matches any text; `re:` begins a regular expression."""
    if pattern.startswith(_REGEX):
        return re.search(pattern.removeprefix(_REGEX), text) is not None
    return re.match(translate(pattern.replace("[", "[[]").replace("?", "[?]")), text) is not None


def check_pattern(pattern: str) -> None:
    """Raise ValueError with a sentence if a pattern is not valid."""
    try:
        matches(pattern, "")
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}.") from None


def _has_path(pattern: str, names: tuple[str, ...]) -> bool:
    return any(matches(pattern, name.partition(" ")[2]) for name in names if " " in name)


def _has_name(pattern: str, names: tuple[str, ...]) -> bool:
    return any(matches(pattern, name) for name in names)


#: Every filter by name. All that are given must keep a change; one of several values of a filter suffices.
FILTERS: Mapping[str, Filter] = {
    "path": Filter(
        "of paths that match: /files*, or re: and a regular expression.",
        operation=lambda pattern, _, names: _has_path(pattern, names),
        names=_has_path,
    ),
    "operation": Filter(
        'of operations that match by operationId or by name, such as "POST /files".',
        operation=lambda pattern, _, names: _has_name(pattern, names),
        names=_has_name,
    ),
    "direction": Filter(
        "of requests, of responses, or of neither (such as a removed operation).",
        choices=("request", "response", "none"),
        operation=lambda value, reached, _: reached.direction == value,
    ),
    "kind": Filter(
        "of kinds that match: enum-*.",
        change=lambda pattern, change: matches(pattern, change.id),
    ),
    "level": Filter(
        "of this level.",
        choices=VERDICTS,
        change=lambda value, change: change.verdict == value,
    ),
}


def keep(changes: Changes, selected: Mapping[str, Sequence[str]]) -> Changes:
    """Return the changes that every filter keeps; `selected` has the values of filters by their names.

    A change keeps only the operations that are selected, and has their most severe verdict. Raises
    DocumentError if a pattern matches no operation of either description.
    """
    chosen = [(FILTERS[name], values) for name, values in selected.items() if values]
    if not chosen:
        return changes
    for each, values in chosen:
        _check_names(each, values, changes.names)
    found = [narrowed for change in changes.changes if (narrowed := _narrowed(change, chosen, changes.names))]
    accepted = [
        entry._replace(change=narrowed)
        for entry in changes.accepted
        if (narrowed := _narrowed(entry.change, chosen, changes.names))
    ]
    return replace(changes, changes=by_severity(found), accepted=tuple(accepted))


def _narrowed(
    change: Change, chosen: Sequence[tuple[Filter, Sequence[str]]], names: Mapping[str, tuple[str, ...]]
) -> Change | None:
    """Return a change with the selected operations only, or None if it is not selected."""
    reached: Iterable[Reached] = change.operations
    restricted = False
    for each, values in chosen:
        if each.operation is not None:
            keeps = each.operation
            restricted = True
            reached = [
                one
                for one in reached
                if any(keeps(value, one, names.get(one.operation, (one.operation,))) for value in values)
            ]
    left = tuple(reached)
    if restricted and not left:
        return None
    if left != change.operations:
        first = min(left, key=lambda each: VERDICTS.index(each.verdict))
        change = replace(change, operations=left, verdict=first.verdict, direction=first.direction)
    for each, values in chosen:
        if each.change is not None:
            fits = each.change
            if not any(fits(value, change) for value in values):
                return None
    return change


def _check_names(each: Filter, patterns: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> None:
    for pattern in patterns if each.names is not None and names else ():
        if not any(each.names(pattern, known) for known in names.values() if each.names is not None):
            raise DocumentError(f"no operation of either description matches {pattern!r}.")
