"""What a command says of a finished record: the summary, the stale entries of a baseline, the exit code."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_conformance.baseline import Baseline, read_baseline
from aoai_reports.legible import visible_line
from aoai_reports.record import Record
from aoai_reports.summary import Summary, exit_code, summarize

if TYPE_CHECKING:
    from rich.console import Console

VIOLATIONS = 1
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
    from aoai_reports.terminal import print_summary

    summary = summarize(record, strict=strict, known=baseline.why_known)
    print_summary(summary, record, console_on_stdout(), report=report)
    return gate(summary, baseline, record)


def gate(summary: Summary, baseline: Baseline, record: Record) -> int:
    """The exit code: that of the summary, or 1 for an expired, stale or too wide entry of the baseline."""
    complaints = tuple(baseline.complaints(summary.findings, record))
    for sentence in complaints:
        click.echo(visible_line(sentence, 1000), err=True)
    code = exit_code(summary)
    if not complaints or code != 0:
        return code
    click.echo(BASELINE_FAILS, err=True)
    return VIOLATIONS
