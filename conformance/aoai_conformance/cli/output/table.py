"""Plain tables: columns as wide as they need to be, and nothing cut unless a width is given."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aoai_conformance.cli.output.terminal import echo
from aoai_reports.formats.legible import visible

_GAP = 2
_NARROWEST = 8


def print_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    title: str = "",
    width: int | None = None,
    tails: Collection[int] = (),
) -> None:
    """Print a head and rows on stdout; the columns in `numbers` stand to the right.

    With a `width`, the widest columns are cut until a row fits into it; those in `tails` keep their end.
    """
    head, *rows = [[visible(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    if width is not None:
        widths = _narrowed(widths, width)
    if title:
        echo(title)
    for row in (head, *rows):
        cells = [
            _cut(cell, room, keep_end=index in tails).rjust(room)
            if index in numbers
            else _cut(cell, room, keep_end=index in tails).ljust(room)
            for index, (cell, room) in enumerate(zip(row, widths, strict=True))
        ]
        echo((" " * _GAP).join(cells).rstrip())


def _narrowed(widths: list[int], width: int) -> list[int]:
    room = width - _GAP * (len(widths) - 1)
    narrowed = list(widths)
    while sum(narrowed) > room and max(narrowed) > _NARROWEST:
        narrowed[narrowed.index(max(narrowed))] -= 1
    return narrowed


def _cut(cell: str, room: int, *, keep_end: bool) -> str:
    if len(cell) <= room:
        return cell
    return f"…{cell[-(room - 1) :]}" if keep_end else f"{cell[: room - 1]}…"
