"""A fleet's summary as one HTML page: targets by causes, api-versions by operations."""

from __future__ import annotations

from urllib.parse import quote

from aoai_reports.fleet.result import TaskResult
from aoai_reports.fleet.summary import FleetSummary
from aoai_reports.fleet.tables import documents_of, open_causes, operation_rows, target_groups
from aoai_reports.fleet.text import headline, totals
from aoai_reports.formats.html_page import HtmlPage
from aoai_reports.run_folder import REPORT_NAME


def _report_link(result: TaskResult) -> str:
    """Return the address of a result's report, relative to the page; empty without one."""
    if not result.folder:
        return ""
    return quote(f"{result.folder}/{REPORT_NAME}")


_PAGE = HtmlPage("fleet.html", styles=("base.css", "fleet.css"), filters={"report_link": _report_link})


def fleet_html(summary: FleetSummary) -> str:
    """Return the page: it loads nothing, runs no script, and links to the reports below its folder."""
    return _PAGE.render(
        summary=summary,
        headline=headline(summary),
        totals=totals(summary),
        causes=open_causes(summary),
        groups=target_groups(summary),
        documents=documents_of(summary),
        rows=operation_rows(summary),
    )
