"""Write the reports of a run once its record is complete, and add it to the history.

A run imports this module after its last request: what it imports does not delay the first one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from aoai_conformance.baseline.baseline import Baseline
from aoai_conformance.options import RunChoices
from aoai_reports.formats.folder import write_run_folder
from aoai_reports.formats.output import write_text
from aoai_reports.history.earlier import MOST_RUNS, EarlierRuns, earlier_runs
from aoai_reports.history.entry import RunEntry, entry_of
from aoai_reports.history.since import changes_since, flaky_in
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.summary import Summary, summarize
from aoai_reports.run_comparison.formats.folder import write_documents_compared
from aoai_reports.run_folder import CAPABILITIES_NAME, RECORD_NAME
from aoai_strategies.planning.capabilities import Capabilities


@dataclass(frozen=True, slots=True)
class Reported:
    """A run whose reports were written, and its entry for the history."""

    record: Record
    summary: Summary
    entry: RunEntry

    def add_to_history(self, history: str | Path | None) -> str:
        """Add the run to the history; return why that failed, which does not affect the run."""
        if history is None:
            return ""
        from aoai_reports.history.store import History, HistoryError

        try:
            History(history).add(self.entry)
        except HistoryError as error:
            return f"The run was not added to the history. {error}"
        return ""


def write_reports(folder: Path, choices: RunChoices, baseline: Baseline) -> Reported:
    """Read the record in the folder of a run, and write the reports beside it.

    `baseline` has the accepted violations. The history of the choices is only read. Raises OutputError for
    files that cannot be written.
    """
    record = read_record(folder / RECORD_NAME)
    earlier = _earlier_runs(choices.history, record)
    summary = summarize(
        record,
        strict=choices.strict,
        baseline=baseline,
        flaky=flaky_in(earlier.runs) if choices.flaky else None,
    )
    entry = entry_of(record, str((folder / RECORD_NAME).resolve()), summary)
    if choices.history is not None:
        summary = replace(summary, changes=changes_since(earlier.runs, entry))
    write_run_folder(
        folder,
        record=record,
        summary=summary,
        previous=earlier.previous,
        trend=earlier.trend,
    )
    _write_capabilities(folder, record)
    write_documents_compared(folder, record, baseline.why_known)
    return Reported(record, summary, entry)


def _write_capabilities(folder: Path, record: Record) -> None:
    """Write capabilities.json for `--capabilities` if the run found any."""
    found = Capabilities.from_json(record.header.capabilities)
    if found.deployments:
        text = json.dumps(replace(found, promised=False).to_json(), ensure_ascii=False, indent=2)
        write_text(folder / CAPABILITIES_NAME, f"{text}\n")


def _earlier_runs(history: str | Path | None, record: Record) -> EarlierRuns:
    """The comparable runs of the same target in the history; none if it cannot be read."""
    from aoai_reports.history.store import History, HistoryError

    if history is None:
        return EarlierRuns()
    try:
        opened, header = History(history), record.header
        if not opened.exists:
            return EarlierRuns()
        return earlier_runs(opened.runs(key=header.label or header.target, most=MOST_RUNS), record)
    except HistoryError:
        return EarlierRuns()  # adding this run reports why
