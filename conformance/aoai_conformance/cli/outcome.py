"""What a command says of a finished record: the summary, the stale entries of a baseline, the exit code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from aoai_conformance.baseline import Baseline, read_baseline
from aoai_reports.record import Record
from aoai_reports.summary import Summary, exit_code, summarize

VIOLATIONS = 1


def chosen_baseline(path: Path | None) -> Baseline:
    """The baseline in a file, as of today in UTC; an empty one where there is no file."""
    return Baseline() if path is None else read_baseline(path, datetime.now(UTC).date())


def show_outcome(record: Record, baseline: Baseline, *, strict: bool, report: Path | None) -> int:
    """Print the summary on stdout, what is wrong with the baseline on stderr, and give the exit code."""
    from rich.console import Console

    from aoai_reports.terminal import print_summary

    summary = summarize(record, strict=strict, known=baseline.why_known)
    print_summary(summary, record, Console(highlight=False), report=report)
    return gate(summary, baseline, record)


def gate(summary: Summary, baseline: Baseline, record: Record) -> int:
    """The exit code: that of the summary, or 1 where an entry of the baseline accepts nothing any more."""
    for entry in baseline.expired:
        click.echo(f"The baseline's entry for {entry.rule} is past its day: {entry.words}.", err=True)
    stale = baseline.stale(summary.findings, record)
    for entry in stale:
        told = f"The baseline's entry for {entry.rule} accepts nothing any more: {entry.words}."
        click.echo(told, err=True)
    code = exit_code(summary)
    return VIOLATIONS if stale and code == 0 else code
