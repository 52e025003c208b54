"""Writes what the documents of one run differ in beside the run's reports."""

from __future__ import annotations

import json
from pathlib import Path

from aoai_reports.formats.output import write_text
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Known
from aoai_reports.run_comparison.changes import RunComparison
from aoai_reports.run_comparison.comparing import compare_documents_of
from aoai_reports.run_comparison.documented import explained
from aoai_reports.run_comparison.markdown import comparison_markdown


def comparison_json(comparison: RunComparison) -> str:
    """The public form as text, indented."""
    return json.dumps(comparison.to_json(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_documents_compared(folder: Path, record: Record, known: Known | None = None) -> bool:
    """Write comparison.md and comparison.json where a run tested several documents of one surface.

    Says whether it did. Raises OutputError where a file cannot be written.
    """
    surfaces = {name.partition("@")[0] for name in record.header.documents}
    if len(record.header.documents) < 2 or len(surfaces) > 1:
        return False
    comparison = explained(compare_documents_of(record, known))
    write_text(folder / "comparison.md", comparison_markdown(comparison))
    write_text(folder / "comparison.json", comparison_json(comparison))
    return True
