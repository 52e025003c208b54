"""`aoai-conformance diff specs`."""

from __future__ import annotations

import click


@click.command("specs")
@click.argument("base", metavar="A")
@click.argument("revision", metavar="B")
def command(*, base: str, revision: str) -> None:
    """Compare two API descriptions as clients see them."""
    raise click.UsageError(f"{base} and {revision} cannot be compared yet.")
