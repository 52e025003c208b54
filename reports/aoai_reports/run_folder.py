"""The folder of a run: the names of its files, and reading its record."""

from __future__ import annotations

from pathlib import Path

from aoai_reports.record.reader import Record, read_record

RECORD_NAME = "record.ndjson"
SUMMARY_NAME = "summary.json"
REPORT_NAME = "report.html"
#: What the deployments support; `--capabilities` reads it.
CAPABILITIES_NAME = "capabilities.json"


def record_file(run: Path) -> Path:
    """The record of a run, given its folder or the record itself."""
    return run / RECORD_NAME if run.is_dir() else run


def read_run(run: Path) -> Record:
    """Read the record of a run, given its folder or the record. Raises RecordError if it is unusable."""
    return read_record(record_file(run))
