"""The public API of the reports and their table of formats."""

from __future__ import annotations

import importlib

import pytest

import aoai_reports
from aoai_reports.history.store import HistoryError
from aoai_reports.record.evidence import RecordError
from aoai_reports.report_formats import RUN_COMPARISONS, RUN_REPORTS, SPEC_COMPARISONS
from aoai_specs.errors import ConformanceError

API = """
    formats.folder.write_run_folder
    history.entry.RunEntry history.entry.entry_of
    history.store.History history.store.HistoryError history.store.default_history
    record.evidence.RecordError
    record.reader.Record record.reader.read_record
    record.writer.RecordWriter
    report_formats.Format report_formats.RUN_COMPARISONS report_formats.RUN_REPORTS
    report_formats.SPEC_COMPARISONS
    results.baseline.Accepted results.baseline.Baseline results.baseline.BaselineState
    results.findings.Finding results.findings.findings results.findings.fingerprint
    results.summary.Summary results.summary.exit_code results.summary.summarize
    run_comparison.comparing.compare_documents_of run_comparison.comparing.compare_runs
    run_comparison.documents.linking.link_documents
    run_folder.read_run run_folder.record_file
"""


def test_the_public_names_are_these() -> None:
    listed = {f"{module}.{name}" for module, names in aoai_reports.PUBLIC.items() for name in names}
    assert listed == set(API.split())


@pytest.mark.parametrize("module", aoai_reports.PUBLIC)
def test_each_public_name_exists(module: str) -> None:
    imported = importlib.import_module(f"aoai_reports.{module}")
    assert [name for name in aoai_reports.PUBLIC[module] if not hasattr(imported, name)] == []


def test_errors_are_conformance_errors() -> None:
    assert issubclass(RecordError, ConformanceError)
    assert issubclass(HistoryError, ConformanceError)


@pytest.mark.parametrize(
    "format_", [*RUN_REPORTS.values(), *RUN_COMPARISONS.values(), *SPEC_COMPARISONS.values()], ids=str
)
def test_each_format_can_be_rendered(format_) -> None:
    assert callable(format_.render)
