"""What a command prints about a finished record: the summary, the baseline's stale entries; its exit code."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_conformance.baseline.baseline import Baseline, read_baseline
from aoai_reports.formats.legible import visible_line
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary, exit_code, summarize

if TYPE_CHECKING:
    from rich.console import Console

BASELINE_FAILS = (
    "The gate fails for its baseline alone: renew or remove what is past its day; "
    "`aoai-conformance baseline prune` drops what accepts nothing any more."
)
#: The width of a summary that is written to a file or a pipe.
WIDTH = 120


def chosen_baseline(path: Path | None) -> Baseline:
    """The baseline in a file, as of today in UTC; an empty one where there is no file."""
    return Baseline() if path is None else read_baseline(path, datetime.now(UTC).date())


def console_on_stdout() -> Console:
    """Standard output as rich sees it; where it is no terminal, wide enough for most lines."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def show_outcome(record: Record, baseline: Baseline, *, strict: bool, report: Path | None) -> int:
    """Print the summary on stdout, what is wrong with the baseline on stderr, and give the exit code."""
    from aoai_reports.formats.terminal import print_summary

    summary = summarize(record, strict=strict, baseline=baseline)
    print_summary(summary, record, console_on_stdout(), report=report)
    _complain(summary)
    return exit_code(summary)


def _complain(summary: Summary) -> None:
    """Say on stderr which entries of the baseline fail the gate, where nothing else has to be read."""
    if summary.baseline is None or not summary.baseline.fails:
        return
    for sentence in summary.baseline.complaints():
        click.echo(visible_line(sentence, 1000), err=True)
    if not (summary.at("must") or (summary.strict and summary.at("should"))):
        click.echo(BASELINE_FAILS, err=True)
