"""`aoai-conformance diff runs`."""

from __future__ import annotations

from pathlib import Path

import click

from aoai_conformance.cli.completion.names import complete_runs
from aoai_conformance.cli.options import format_option, out_file_option
from aoai_conformance.cli.output.printing import write_document
from aoai_reports.report_formats import RUN_COMPARISONS

NEW_VIOLATIONS = 1
RUN = click.Path(path_type=Path)


@click.command("runs")
@click.argument("base", metavar="R1", type=RUN, shell_complete=complete_runs)
@click.argument("revision", metavar="R2", type=RUN, shell_complete=complete_runs)
@click.option(
    "--noise", multiple=True, type=RUN, metavar="RUN",
    help="Another run of the same target; changes that it also shows are ignored. Repeatable.",
)  # fmt: skip
@format_option(*RUN_COMPARISONS)
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Accepted violations, which do not count as new.",
)  # fmt: skip
@out_file_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    base: Path,
    revision: Path,
    noise: tuple[Path, ...],
    form: str,
    baseline: Path | None,
    out: Path | None,
) -> None:
    """Compare two runs, such as those of two nights, servers or api-versions.

    R1 and R2 are records or the folders of runs. Exit code 1: the second run has a new MUST violation, or a
    deployment no longer supports something.
    """
    from aoai_conformance import api

    compared = api.compare(base, revision, noise=noise, baseline=baseline)
    write_document(RUN_COMPARISONS[form].render(compared), out)
    ctx.exit(NEW_VIOLATIONS if compared.fails else 0)
