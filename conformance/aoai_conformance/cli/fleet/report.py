"""`aoai-conformance fleet report`."""

from __future__ import annotations

import click

from aoai_conformance.cli.options import format_option


@click.command("report")
@click.argument("folder", metavar="FOLDER|URL")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, /, *, folder: str, form: str) -> None:
    """Merge the results in the folder of a fleet, and write its page.

    Writes index.html, fleet.txt and fleet.json into the folder and prints one of the last two. The exit code
    is the worst one of all results, in the order 1, 2, 3, 0; a task without a result counts as 3.
    """
    from aoai_conformance.cli.output.printing import echo, echo_json
    from aoai_conformance.fleet.folder import summarize_folder, write_reports
    from aoai_conformance.fleet.storage import open_storage
    from aoai_reports.fleet.text import fleet_text

    storage = open_storage(folder)
    summary = summarize_folder(storage)
    write_reports(storage, summary)
    if form == "json":
        echo_json(summary.to_json())
    else:
        echo(fleet_text(summary), nl=False)
    ctx.exit(summary.code)
