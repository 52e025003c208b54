"""Prints text, tables and documents on standard output; untrusted text cannot affect the terminal."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

import click

from aoai_reports.formats.legible import visible

_GAP = 2
_NARROWEST = 8


def echo(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    """Print text with control and invisible characters escaped, except line ends and tabs.

    JSON is printed with `echo_json`, since it escapes them itself.
    """
    click.echo(visible(text, lines=True), nl=nl, err=err)


def echo_json(value: object) -> None:
    """Print a value as indented JSON; what JSON has no form for is printed as text."""
    echo_json_text(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def echo_json_text(text: str) -> None:
    """Print JSON without what a CI runner would read as a command."""
    from aoai_reports.formats.machine.json_text import inert_json

    click.echo(inert_json(text), nl=False)


def write_document(text: str, out: Path | None) -> None:
    """Write a rendered document to a file, or to standard output if there is none."""
    if out is None:
        click.echo(text, nl=False)
        return
    from aoai_reports.formats.output import write_text

    write_text(out, text)


def print_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    title: str = "",
    width: int | None = None,
    tails: Collection[int] = (),
) -> None:
    """Print a head and rows; the columns in `numbers` are aligned to the right.

    With a `width`, the widest columns are cut until the rows fit; those in `tails` keep their end.
    """
    head, *rows = [[visible(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    if width is not None:
        widths = _shrink(widths, width)
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


def _shrink(widths: list[int], width: int) -> list[int]:
    room = width - _GAP * (len(widths) - 1)
    shrunk = list(widths)
    while sum(shrunk) > room and max(shrunk) > _NARROWEST:
        shrunk[shrunk.index(max(shrunk))] -= 1
    return shrunk


def _cut(cell: str, room: int, *, keep_end: bool) -> str:
    if len(cell) <= room:
        return cell
    return f"…{cell[-(room - 1) :]}" if keep_end else f"{cell[: room - 1]}…"
