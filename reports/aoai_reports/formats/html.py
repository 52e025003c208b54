"""The report of a run as one self-contained HTML page (report.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from aoai_reports.formats.html_page import HtmlPage
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.page.boundaries import number_text
from aoai_reports.formats.page.clause_links import clause_link
from aoai_reports.formats.page.embedded_json import embedded
from aoai_reports.formats.page.page import page_of
from aoai_reports.formats.page.table_cells import number_cell
from aoai_reports.formats.wording import STATE_WORDS, TITLES, cost_sentence, further_doubts, verdict_sentence
from aoai_reports.record.reader import Record
from aoai_reports.results.previous import PreviousRun
from aoai_reports.results.summary import Summary

#: The parts of the script in their order; each uses those before it.
SCRIPTS = ("elements", "data", "streams", "cards", "view", "causes", "tables", "start")
_PAGE = HtmlPage(
    "report/page.html",
    styles=("base.css", "report/report.css"),
    scripts=("folding.js", *(f"report/{name}.js" for name in SCRIPTS)),
    filters={"number": number_text, "number_cell": number_cell, "clause_link": clause_link},
)


def html_text(
    summary: Summary,
    record: Record,
    *,
    previous: PreviousRun | None = None,
    trend: Mapping[str, Sequence[int]] | None = None,
) -> str:
    """The report as HTML; the same arguments give the same text.

    `previous` is the run before; `trend` has the numbers of violations of causes, by id, in
    the runs before this one, oldest first. Without them, the report compares nothing.
    """
    header, footer = record.header, record.footer
    page = page_of(summary, record, previous=previous, trend=trend)
    return _PAGE.render(
        summary=summary,
        page=page,
        data=Markup(embedded(page.data)),  # noqa: S704 - JSON without markup
        level_titles=TITLES,
        states=STATE_WORDS,
        sentence=visible_line(verdict_sentence(summary, record), 800),
        doubts=[visible_line(doubt, 800) for doubt in further_doubts(summary)],
        baseline=[visible_line(each, 1000) for each in summary.baseline.complaints()]
        if summary.baseline is not None
        else [],
        cost=cost_sentence(summary),
        target=visible_line(summary.target),
        documents=visible_line(", ".join(summary.documents), 600),
        surface=visible_line(header.surface),
        profile=visible_line(summary.profile),
        tool=visible_line(header.tool),
        started=_moment(header.started),
        ended=_moment(footer.ended) if footer else "unknown: the record has no footer",
        not_configured=[visible_line(name) for name in header.not_configured],
    )


def _moment(text: str) -> str:
    """`2025-11-20T21:00:00.000Z` as `2025-11-20 21:00:00 UTC`."""
    return text[:19].replace("T", " ") + " UTC"
