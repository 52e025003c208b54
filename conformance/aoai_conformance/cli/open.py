"""`aoai-conformance open`."""

from __future__ import annotations

from pathlib import Path

import click

from aoai_conformance.cli.completion.names import complete_runs
from aoai_specs.errors import ConformanceError


@click.command("open")
@click.argument(
    "run", type=click.Path(path_type=Path), metavar="[RUN]", required=False, shell_complete=complete_runs
)
def command(*, run: Path | None) -> None:
    """Open report.html of a run in the browser and print its path.

    RUN is the folder of a run; by default, the newest one in aoai-runs.
    """
    import webbrowser

    page = page_of(run)
    click.echo(str(page))
    if not webbrowser.open(page.resolve().as_uri()):
        raise ConformanceError("No browser was found; open the file above in one.")


def page_of(run: Path | None) -> Path:
    """The report of a run, or of the newest run in the default place. Raises ConformanceError without one."""
    from aoai_conformance.run.output_folder import DEFAULT_PARENT, default_runs
    from aoai_reports.run_folder import REPORT_NAME

    if run is None:
        runs = default_runs()
        if not runs:
            raise ConformanceError(
                f"There is no run in {DEFAULT_PARENT}; name the folder of a run, or start one with "
                "`aoai-conformance run`."
            )
        run = runs[0]
    page = run / REPORT_NAME if run.is_dir() else run.with_name(REPORT_NAME)
    if not page.is_file():
        raise ConformanceError(
            f"There is no {page}; write it with `aoai-conformance report {run} --format html --out {page}`."
        )
    return page
