"""A comparison of two API descriptions as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from aoai_reports.formats.html_page import HtmlPage
from aoai_reports.formats.legible import visible_line, visible_value
from aoai_reports.spec_changes.places import base_place, revision_place
from aoai_reports.spec_changes.wording import (
    SpecComparison,
    affected_operations,
    by_verdict,
    heading,
    message,
    sentence,
    trail,
)
from aoai_specs.comparison import Change
from aoai_specs.comparison.kinds import KINDS
from aoai_specs.comparison.review.groups import ChangeGroup


def render(comparison: SpecComparison) -> str:
    """A card for each entry, with search, filters and permalinks; the same changes give the same page."""
    changes = comparison.changes
    return _PAGE.render(
        changes=changes,
        groups=by_verdict(changes),
        sentence=sentence(changes),
        kinds=KINDS,
        lines=_lines(comparison),
    )


def _lines(comparison: SpecComparison) -> dict[str, str]:
    """The lines of the places of changes on both sides, by fingerprint, as far as they are in files."""
    found: dict[str, str] = {}
    for change in comparison.changes.changes:
        places = {"base": base_place(comparison, change), "revision": revision_place(comparison, change)}
        words = [f"{side} line {each.line}" for side, each in places.items() if each.line is not None]
        if words:
            found[change.fingerprint] = ", ".join(words)
    return found


def _heading(groups: Sequence[ChangeGroup]) -> str:
    return heading(groups[0].verdict, groups)


def _directions(change: Change | ChangeGroup) -> str:
    """The directions of a change for the filter, one on each line."""
    return "\n".join(dict.fromkeys(each.direction for each in change.operations))


def _operations(change: Change | ChangeGroup) -> str:
    """The operations of a change for the filter, one on each line."""
    return "\n".join(dict.fromkeys(visible_line(each.operation) for each in change.operations))


def _value(value: object) -> str:
    return "–" if value is None else visible_value(value)


_PAGE = HtmlPage(
    "changes.html",
    styles=("base.css", "changes.css"),
    scripts=("folding.js", "search.js", "changes.js"),
    filters={
        "message": message,
        "reached": affected_operations,
        "heading": _heading,
        "directions": _directions,
        "operations": _operations,
        "value": _value,
        "trail": trail,
    },
)
