"""The report of a run for a terminal: one screen, or every violation in full."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from aoai_reports.formats.terminal.entries import every_entry
from aoai_reports.formats.terminal.overview import overview
from aoai_reports.formats.terminal.quiet import quiet_lines
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary

__all__ = ["WIDTH", "print_changes", "print_summary", "terminal_text"]

#: The width of text for a file or a pipe.
WIDTH = 120


def terminal_text(summary: Summary, record: Record, *, verbose: bool = False) -> str:
    """The report as text without colours."""
    stream = StringIO()
    console = Console(file=stream, highlight=False, width=WIDTH)
    print_summary(summary, record, console, verbose=verbose)
    return stream.getvalue()


def print_summary(
    summary: Summary,
    record: Record,
    console: Console,
    *,
    report: str | Path | None = None,
    verbose: bool = False,
) -> None:
    """Print the report of a run: the verdict, what is new, and the causes, on one screen.

    With `verbose`, print each violation in full below its cause. `report` is the path of report.html. Text
    from a server is printed with escaped control characters and never as markup.
    """
    write = every_entry if verbose else overview
    write(summary, record, console, report).print()


def print_changes(
    summary: Summary,
    record: Record,
    console: Console,
    *,
    report: str | Path | None = None,
    name: str = "",
) -> None:
    """Print what changed since the previous comparable run, in one line if nothing did.

    `report` is the path of report.html, `name` that of the target if several are tested.
    """
    quiet_lines(summary, record, console, report, name).print()
