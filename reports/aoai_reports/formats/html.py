"""report.html: one self-contained page that loads nothing and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.output import write_text
from aoai_reports.formats.page import page_of
from aoai_reports.formats.wording import cost_sentence, further_doubts, verdict_sentence
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary


def html_text(summary: Summary, record: Record) -> str:
    """The report of a run as one HTML page; the same record gives the same text."""
    style, script = _packaged("report.css"), _packaged("report.js")
    header, footer = record.header, record.footer
    return _template().render(
        summary=summary,
        page=page_of(summary, record),
        # Hashes rather than 'unsafe-inline': markup that slipped through escaping would still not run.
        policy=f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - packaged files, not data
        script=Markup(script),  # noqa: S704
        sentence=visible_line(verdict_sentence(summary), 800),
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
        ended=_moment(footer.ended) if footer else "not known: the record has no footer",
        not_configured=[visible_line(name) for name in header.not_configured],
    )


def write_html(path: str | Path, summary: Summary, record: Record) -> None:
    """Write report.html. Raises OutputError where the file cannot be written."""
    write_text(Path(path), html_text(summary, record))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("aoai_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible_line
    return environment.get_template("report.html")


def _packaged(name: str) -> str:
    return files("aoai_reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _moment(text: str) -> str:
    """`2025-11-20T21:00:00.000Z` as `2025-11-20 21:00:00 UTC`."""
    return text[:19].replace("T", " ") + " UTC"
