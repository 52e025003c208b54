"""`aoai-conformance diff changelogs`."""

from __future__ import annotations

from pathlib import Path

import click

STALE = 1


@click.command("changelogs")
@click.option(
    "--into", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="The folder of the change logs and their index.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is stale.")
def command(*, folder: Path, check: bool) -> None:
    """Write a change log for each pair of consecutive packaged documents."""
    from aoai_reports.formats.quantities import quantity
    from aoai_reports.spec_changes.catalogued import stale_changelogs, write_changelogs
    from aoai_specs.catalogue import Catalogue

    catalogue = Catalogue.packaged()
    if not check:
        click.echo(f"{quantity(write_changelogs(catalogue, folder), 'file')} written.")
        return
    stale = stale_changelogs(catalogue, folder)
    for path in stale:
        click.echo(f"{folder / path} is stale.")
    if stale:
        click.get_current_context().exit(STALE)
