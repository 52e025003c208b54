"""Writes the reports of a run beside its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aoai_reports.formats.output import write_text
from aoai_reports.record.reader import Record, read_record
from aoai_reports.report_formats import RUN_REPORTS
from aoai_reports.results.baseline import Baseline
from aoai_reports.results.findings import Known
from aoai_reports.results.previous import PreviousRun
from aoai_reports.results.summary import Summary, summarize
from aoai_reports.run_folder import RECORD_NAME


def write_run_folder(
    out: str | Path,
    record_path: str | Path | None = None,
    *,
    strict: bool = False,
    known: Known | None = None,
    baseline: Baseline | None = None,
    record: Record | None = None,
    summary: Summary | None = None,
    previous: PreviousRun | None = None,
    trend: Mapping[str, Sequence[int]] | None = None,
) -> Summary:
    """Write report.html, junit.xml, summary.md and summary.json into `out` and return the summary.

    `summary` is that of the record, if it was already summarized. `previous` is the run before, `trend` the
    number of violations of each cause in earlier runs: the report compares itself with them. The record is
    read from `record_path`, by default `out`/record.ndjson, unless it is given. Raises RecordError if it is
    unusable and OutputError if a file cannot be written.
    """
    folder = Path(out)
    if record is None:
        record = read_record(record_path if record_path is not None else folder / RECORD_NAME)
    if summary is None:
        summary = summarize(record, strict=strict, known=known, baseline=baseline)
    for each in RUN_REPORTS.values():
        if each.file is not None:
            earlier = {"previous": previous, "trend": trend} if each.compares else {}
            write_text(folder / each.file, each.render(summary, record, **earlier))
    return summary
