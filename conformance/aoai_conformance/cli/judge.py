"""`aoai-conformance judge`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aoai_conformance.cli.completion.names import complete_runs
from aoai_conformance.cli.options import jobs_option, run_options, verbose_option
from aoai_conformance.recording.parallel.jobs import Jobs


@click.command("judge")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE...",
    shell_complete=complete_runs,
)
@run_options("judge")
@verbose_option
@click.option(
    "--secret-header", "secret_headers", multiple=True, metavar="NAME",
    help="A header whose value is a secret, to be masked wherever it occurs. Repeatable.",
)  # fmt: skip
@jobs_option
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Write the new record and its reports to this new or empty folder, with a subfolder for each of "
    "several files.",
)  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    secret_headers: tuple[str, ...],
    jobs: Jobs,
    out: Path | None,
    verbose: bool,
    **given: Any,
) -> None:
    """Judge recorded traffic against the current rules; send nothing.

    FILE is a record or the folder of a run, a HAR file, a cassette of VCR or vcrpy, or a recording of the
    Azure SDK test proxy.

    A record is judged against its own documents. For other recordings, the documents are those of the
    api-versions in them, unless --api-version, --spec or --surface chooses others.
    """
    from contextlib import ExitStack

    from aoai_conformance import api
    from aoai_conformance.cli.output.outcome import show_outcome
    from aoai_conformance.run.output_folder import new_folder
    from aoai_reports.formats.legible import visible_line

    def remark(sentence: str) -> None:
        click.echo(visible_line(sentence, 1000), err=True)

    codes: list[int] = []
    with ExitStack() as stack:
        folder = None if out is None or len(files) == 1 else stack.enter_context(new_folder(out))
        for number, file in enumerate(files, 1):
            if len(files) > 1:
                click.echo(visible_line(f"{file}:"))
            here = out if folder is None else folder / f"{number:02}-{file.name}"
            judged = api.judge(
                file, out=here, secret_headers=secret_headers, jobs=jobs, remark=remark, **given
            )
            codes.append(show_outcome(judged.summary, judged.record, report=judged.folder, verbose=verbose))
    ctx.exit(next((code for code in (1, 3) if code in codes), 0))
