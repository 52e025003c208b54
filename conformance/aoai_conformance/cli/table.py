"""Plain tables: columns as wide as they need to be, nothing cut, so that other tools can read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import click


def print_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[int] = (), title: str = ""
) -> None:
    """Print a head and rows on stdout; the columns in `numbers` stand to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    if title:
        click.echo(title)
    for row in (head, *rows):
        cells = [
            cell.rjust(width) if index in numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
