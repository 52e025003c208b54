"""A comparison of two runs as one self-contained HTML page."""

from __future__ import annotations

from aoai_reports.formats.html_page import HtmlPage
from aoai_reports.run_comparison.changes import DEFECT_CLASSES, NEWLY_BROKEN, RunComparison
from aoai_reports.run_comparison.formats import wording

_PAGE = HtmlPage(
    "run_comparison.html",
    styles=("base.css", "run_comparison.css"),
    scripts=("folding.js", "search.js", "filter.js"),
    filters={
        "defect": wording.defect_words,
        "place": wording.change_place,
        "documented": wording.documented_words,
        "change": wording.change_words,
        "side": wording.side_sentence,
        "matched": wording.matched_sentences,
        "named": wording.listed,
        "points": wording.counts_sentence,
        "points_of": wording.counts_by_operation,
        "spread": wording.spread_words,
        "tested": wording.tested_sentence,
    },
)


def comparison_html(comparison: RunComparison) -> str:
    """The comparison as HTML in the style of report.html; the same records give the same text."""
    return _PAGE.render(
        comparison=comparison,
        sentence=wording.verdict_sentence(comparison),
        state="nonconformant" if comparison.fails else "inconclusive" if comparison.differs else "conformant",
        classes=DEFECT_CLASSES,
        newly_broken=NEWLY_BROKEN,
        titles=wording.TITLES,
    )
