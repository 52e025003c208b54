"""`aoai-conformance report`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from aoai_conformance.cli.completion.names import complete_runs
from aoai_conformance.cli.options import format_option, out_file_option, run_options, verbose_option
from aoai_conformance.cli.output.printing import echo, write_document
from aoai_conformance.options import RunChoices
from aoai_reports.report_formats import RUN_REPORTS

if TYPE_CHECKING:
    from aoai_reports.record.reader import Record
    from aoai_reports.results.summary import Summary


@click.command("report")
@click.argument(
    "runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...",
    shell_complete=complete_runs,
)  # fmt: skip
@format_option(*RUN_REPORTS)
@run_options("report")
@verbose_option
@out_file_option
@click.option(
    "--site", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write a static site instead: a scoreboard over all RUNs with their reports and badges.",
)  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    runs: tuple[Path, ...],
    form: str,
    out: Path | None,
    site: Path | None,
    verbose: bool,
    **given: Any,
) -> None:
    """Write the report of a run in another format. RUN is the folder of a run or its record.ndjson.

    With --site, several runs make one site. A run of the same name replaces its files; nothing is deleted.
    """
    choices = RunChoices(**given)
    if site is not None:
        if out is not None or verbose or ctx.get_parameter_source("form") is ParameterSource.COMMANDLINE:
            raise click.UsageError("--site takes neither --format nor --out nor --verbose.")
        _write_site(site, runs, choices)
        return
    if len(runs) > 1:
        raise click.UsageError("Several runs need --site DIR.")
    if verbose and form != "terminal":
        raise click.UsageError("--verbose applies to --format terminal only.")
    ((_, summary, record),) = _summarized(runs, choices)
    if form == "terminal" and out is None:
        from aoai_conformance.cli.output.outcome import console_on_stdout
        from aoai_reports.formats.terminal import print_summary

        # with colours, as wide as the terminal
        print_summary(summary, record, console_on_stdout(), verbose=verbose)
        return
    options = {"verbose": True} if verbose else {}
    write_document(RUN_REPORTS[form].render(summary, record, **options), out)


def _write_site(site: Path, runs: tuple[Path, ...], choices: RunChoices) -> None:
    from aoai_reports.formats.site.folder import write_site

    echo(f"Wrote {write_site(site, _summarized(runs, choices))}")


def _summarized(runs: tuple[Path, ...], choices: RunChoices) -> Iterator[tuple[Path, Summary, Record]]:
    """Read one run after another, so that only one is in memory."""
    from aoai_conformance.baseline.baseline import read_accepted
    from aoai_reports.results.summary import summarize
    from aoai_reports.run_folder import read_run

    baseline = read_accepted(choices.baseline)
    for run in runs:
        record = read_run(run)
        yield run, summarize(record, strict=choices.strict, baseline=baseline), record
