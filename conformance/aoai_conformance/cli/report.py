"""`aoai-conformance report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aoai_conformance.cli.options import format_option, out_file_option, run_options, verbose_option
from aoai_conformance.cli.output.printing import write_document
from aoai_conformance.options import RunChoices
from aoai_reports.report_formats import RUN_REPORTS


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@format_option(*RUN_REPORTS)
@run_options("report")
@verbose_option
@out_file_option
def command(*, run: Path, form: str, out: Path | None, verbose: bool, **given: Any) -> None:
    """Write the report of a run in another format. RUN is the folder of a run or its record.ndjson."""
    from aoai_conformance.cli.output.outcome import console_on_stdout, read_accepted
    from aoai_reports.results.summary import summarize
    from aoai_reports.run_folder import read_run

    if verbose and form != "terminal":
        raise click.UsageError("--verbose applies to --format terminal only.")
    choices = RunChoices(**given)
    record = read_run(run)
    summary = summarize(record, strict=choices.strict, baseline=read_accepted(choices.baseline))
    if form == "terminal" and out is None:
        from aoai_reports.formats.terminal import print_summary

        # with colours, as wide as the terminal
        print_summary(summary, record, console_on_stdout(), verbose=verbose)
        return
    options = {"verbose": True} if verbose else {}
    write_document(RUN_REPORTS[form].render(summary, record, **options), out)
