"""Writes a comparison of the documents of one run beside the run's reports."""

from __future__ import annotations

from pathlib import Path

from aoai_reports.formats.output import write_text
from aoai_reports.record.reader import Record
from aoai_reports.report_formats import RUN_COMPARISONS
from aoai_reports.results.findings import Known
from aoai_reports.run_comparison.comparing import compare_documents_of
from aoai_reports.run_comparison.documents.linking import link_documents


def write_documents_compared(folder: Path, record: Record, known: Known | None = None) -> bool:
    """Write comparison.md and comparison.json if a run tested several documents of one surface.

    Returns whether it did. Raises OutputError if a file cannot be written.
    """
    surfaces = {name.partition("@")[0] for name in record.header.documents}
    if len(record.header.documents) < 2 or len(surfaces) > 1:
        return False
    comparison = link_documents(compare_documents_of(record, known))
    for each in RUN_COMPARISONS.values():
        if each.file is not None:
            write_text(folder / each.file, each.render(comparison))
    return True
