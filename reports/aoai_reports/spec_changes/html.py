"""A comparison of two API descriptions as one self-contained HTML page."""

from __future__ import annotations

from aoai_reports.formats.html_page import HtmlPage
from aoai_reports.spec_changes.wording import (
    SpecComparison,
    affected_operations,
    by_verdict,
    message,
    sentence,
)

_PAGE = HtmlPage(
    "changes.html",
    styles=("base.css", "changes.css"),
    filters={"message": message, "reached": affected_operations},
)


def render(comparison: SpecComparison) -> str:
    """A table for each verdict; the same changes give the same page."""
    changes = comparison.changes
    return _PAGE.render(
        changes=changes,
        groups=by_verdict(changes),
        sentence=sentence(changes),
    )
