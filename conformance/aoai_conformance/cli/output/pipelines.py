"""Shows the outcome of a run in GitHub Actions and Azure Pipelines when the command runs there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from aoai_conformance.cli.output.printing import echo
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary

#: GitHub rejects a longer summary of a step.
LARGEST_SUMMARY = 1024 * 1024


def show_in_pipeline(
    summary: Summary, record: Record, folder: Path | None, environment: Mapping[str, str] = os.environ
) -> None:
    """Print annotations and publish summary.md if the variables of a CI system are set.

    GitHub Actions sets GITHUB_ACTIONS and GITHUB_STEP_SUMMARY, Azure Pipelines TF_BUILD. `folder` has the
    files of the run; None if none were written. A summary that cannot be written is reported on stderr.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        from aoai_reports.formats.machine.annotations import annotations_of
        from aoai_reports.formats.machine.log_commands import github_commands

        click.echo(github_commands(annotations_of(summary, record)), nl=False)
        if environment.get("GITHUB_STEP_SUMMARY"):
            _append_summary(Path(environment["GITHUB_STEP_SUMMARY"]), summary, record)
    if environment.get("TF_BUILD") == "True":
        from aoai_reports.formats.machine.annotations import annotations_of
        from aoai_reports.formats.machine.log_commands import azure_commands, azure_summary_command
        from aoai_reports.report_formats import RUN_REPORTS

        click.echo(azure_commands(annotations_of(summary, record)), nl=False)
        file = None if folder is None else folder / (RUN_REPORTS["markdown"].file or "")
        if file is not None and file.is_file():
            click.echo(azure_summary_command(str(file.resolve())))


def _append_summary(path: Path, summary: Summary, record: Record) -> None:
    """Append the Markdown report, or its first line if the file would be too large for GitHub."""
    from aoai_reports.formats.legible import visible_line
    from aoai_reports.report_formats import RUN_REPORTS

    text = RUN_REPORTS["markdown"].render(summary, record).encode("utf-8", "backslashreplace")
    try:
        room = LARGEST_SUMMARY - (path.stat().st_size if path.exists() else 0)
        if len(text) > room:
            text = text.partition(b"\n")[0] + b"\n\nThe rest does not fit; the files of the run have it.\n"
        if len(text) > room:
            echo("The step summary is full; this run is not in it.", err=True)
            return
        with path.open("ab") as opened:
            opened.write(text)
    except OSError as error:
        echo(
            visible_line(f"Cannot write the step summary {path}: {error.strerror or error}.", 1000), err=True
        )
