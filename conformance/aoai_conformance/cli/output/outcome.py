"""Prints the summary of a record and the state of the baseline, and gives the exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.output.pipelines import show_in_pipeline
from aoai_reports.formats.legible import visible_line
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary, exit_code
from aoai_reports.run_folder import REPORT_NAME

if TYPE_CHECKING:
    from rich.console import Console

BASELINE_FAILS = (
    "Only the baseline fails the run. Renew or remove expired entries; "
    "`aoai-conformance baseline prune` removes those that match nothing."
)
#: How many baseline entries to fix are listed on stderr without --verbose.
MOST_COMPLAINTS = 5


def console_on_stdout() -> Console:
    """A console on standard output; wide enough for most lines unless it is a terminal."""
    from rich.console import Console

    from aoai_reports.formats.terminal import WIDTH

    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def show_outcome(summary: Summary, record: Record, *, report: Path | None, verbose: bool = False) -> int:
    """Print the summary on stdout and baseline problems on stderr; return the exit code.

    `report` is the folder of the reports, if they were written.
    """
    from aoai_reports.formats.terminal import print_summary

    page = None if report is None else report / REPORT_NAME
    print_summary(summary, record, console_on_stdout(), report=page, verbose=verbose)
    _print_baseline_problems(summary, None if verbose else MOST_COMPLAINTS)
    show_in_pipeline(summary, record, report)
    return exit_code(summary)


def show_changes(summary: Summary, record: Record, *, report: Path | None, name: str = "") -> int:
    """Print what changed since the previous comparable run on stdout; return the exit code.

    In a pipeline, the rest is shown too if anything changed. `name` is that of the target if several are
    tested.
    """
    from aoai_reports.formats.terminal import print_changes

    page = None if report is None else report / REPORT_NAME
    print_changes(summary, record, console_on_stdout(), report=page, name=name)
    if summary.changes:
        show_in_pipeline(summary, record, report)
    return exit_code(summary)


def _print_baseline_problems(summary: Summary, most: int | None) -> None:
    """Print a sentence for each baseline entry that fails the run, or for the first ones."""
    if summary.baseline is None or not summary.baseline.fails:
        return
    complaints = tuple(summary.baseline.complaints())
    for sentence in complaints[:most]:
        click.echo(visible_line(sentence, 1000), err=True)
    if most is not None and len(complaints) > most:
        click.echo(f"… and {len(complaints) - most:,} more baseline entries; see --verbose.", err=True)
    if not (summary.at("must") or (summary.strict and summary.at("should"))):
        click.echo(BASELINE_FAILS, err=True)
