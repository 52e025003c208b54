"""`aoai-conformance diff`."""

from __future__ import annotations

import click

from aoai_conformance.cli.lazy_group import LazyGroup

COMPARISONS = {
    "specs": "Compare two API descriptions from a client's point of view.",
    "runs": "Compare the results of two runs.",
    "changelogs": "Write the change logs of the packaged documents.",
}


@click.group("diff", cls=LazyGroup, package=__name__, summaries=COMPARISONS, noun="comparison")
def command() -> None:
    """Compare two API descriptions or two runs."""
