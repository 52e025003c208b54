"""`aoai-conformance diff runs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_reports.record.reader import Record
    from aoai_reports.run_comparison.changes import RunComparison

NEWLY_BROKEN = 1
FORMATS = ("text", "markdown", "html", "json")
RUN = click.Path(path_type=Path)


@click.command("runs")
@click.argument("base", metavar="R1", type=RUN)
@click.argument("revision", metavar="R2", type=RUN)
@click.option(
    "--noise", multiple=True, type=RUN, metavar="RUN",
    help="A further run of the same target: what differs there is left out. Repeatable.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Violations that someone accepted: they do not count as new.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there."
)
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
    """Compare two runs: records or the folders of runs; of other nights, servers or api-versions.

    Exit code 1 where the second run breaks a must that the first, as far as it looked, did not, or where a
    deployment no longer supports what it did.
    """
    from aoai_conformance.cli.output.outcome import chosen_baseline
    from aoai_reports.formats.output import write_text
    from aoai_reports.run_comparison.comparing import compare_runs
    from aoai_reports.run_comparison.documented import explained

    known = chosen_baseline(baseline)
    compared = compare_runs(
        _record(base), _record(revision), [_record(each) for each in noise], known.why_known
    )
    if not compared.parts:
        raise ConformanceError(
            f"{base} and {revision} have no document of one surface in common: there is nothing to compare."
        )
    told = _told(explained(compared), form)
    if out is None:
        click.echo(told, nl=False)
    else:
        write_text(out, told)
    ctx.exit(NEWLY_BROKEN if compared.fails else 0)


def _record(path: Path) -> Record:
    from aoai_reports.formats.folder import RECORD_NAME
    from aoai_reports.record.reader import read_record

    return read_record(path / RECORD_NAME if path.is_dir() else path)


def _told(compared: RunComparison, form: str) -> str:
    match form:
        case "markdown":
            from aoai_reports.run_comparison.markdown import comparison_markdown

            return comparison_markdown(compared)
        case "html":
            from aoai_reports.run_comparison.html import comparison_html

            return comparison_html(compared)
        case "json":
            from aoai_reports.run_comparison.folder import comparison_json

            return comparison_json(compared)
        case _:
            from aoai_reports.run_comparison.text import comparison_text

            return comparison_text(compared)
