"""The folder of a run: writes everything that follows from record.ndjson beside it."""

from __future__ import annotations

import json
from pathlib import Path

from aoai_reports.formats.html import write_html
from aoai_reports.formats.junit import write_junit
from aoai_reports.formats.markdown import write_markdown
from aoai_reports.formats.output import write_text
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.baseline import Baseline
from aoai_reports.results.findings import Known
from aoai_reports.results.summary import Summary, summarize

RECORD_NAME = "record.ndjson"


def summary_text(summary: Summary) -> str:
    """summary.json as text, indented, its keys in the order of the contract."""
    return json.dumps(summary.to_json(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_summary(path: str | Path, summary: Summary) -> None:
    """Write summary.json. Raises OutputError where the file cannot be written."""
    write_text(Path(path), summary_text(summary))


def write_run_folder(
    out: str | Path,
    record_path: str | Path | None = None,
    *,
    strict: bool = False,
    known: Known | None = None,
    baseline: Baseline | None = None,
    record: Record | None = None,
) -> Summary:
    """Write report.html, junit.xml, summary.md and summary.json into `out`, and return the summary.

    The record is read from `record_path`, by default `out`/record.ndjson, unless it is given. Raises
    RecordError for a record that cannot be read and OutputError for a file that cannot be written.
    """
    folder = Path(out)
    if record is None:
        record = read_record(record_path if record_path is not None else folder / RECORD_NAME)
    summary = summarize(record, strict=strict, known=known, baseline=baseline)
    write_summary(folder / "summary.json", summary)
    write_junit(folder / "junit.xml", summary, record)
    write_markdown(folder / "summary.md", summary, record)
    write_html(folder / "report.html", summary, record)
    return summary
