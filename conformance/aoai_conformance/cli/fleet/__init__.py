"""`aoai-conformance fleet`."""

from __future__ import annotations

import click

from aoai_conformance.cli.lazy_group import LazyGroup

COMMANDS = {
    "run": "Test the targets of a configuration file.",
    "judge": "Judge recorded traffic.",
    "report": "Merge the results in the folder of a fleet, and write its page.",
}


@click.group("fleet", cls=LazyGroup, package=__name__, summaries=COMMANDS, noun="fleet command")
def command() -> None:
    """Test many targets, or judge much recorded traffic, on the workers of a Dask cluster."""
