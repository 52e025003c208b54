"""The program `aoai-conformance`: its help without click, which takes longer to import than all the rest.

Only the help of the program itself is written here, exactly as click would write it. Everything else is up to
`aoai_conformance.cli`.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator

from aoai_conformance.command_table import DESCRIPTION, SUBCOMMANDS

_OPTIONS = (
    ("--version", "Show the version and exit."),
    ("-h, --help", "Show this message and exit."),
)
#: Commands that may hold large descriptions: ending the process is faster than freeing them.
_HOLDING_MUCH = (["diff", "specs"], ["specs", "lint"])
_WIDEST = 100
#: Narrower terminals, where even the first line is wrapped, are left to click.
_NARROWEST = 60
_INDENT = "  "


def main() -> None:
    """Run the command with the arguments of the process."""
    columns = _terminal_columns()
    if sys.argv[1:] in (["--help"], ["-h"]) and columns >= _NARROWEST:
        sys.stdout.write(help_text(os.path.basename(sys.argv[0]), min(columns, _WIDEST) - 2))  # noqa: PTH119
        return
    holds_much = sys.argv[1:3] in _HOLDING_MUCH
    if holds_much:
        gc.disable()
    from aoai_conformance.cli import main as command

    if holds_much:
        _run_and_leave(command)
    else:
        command()


def _run_and_leave(command: Callable[[], object]) -> None:
    """Run a command and end the process without freeing what it holds."""
    try:
        command()
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            raise ended from None
        os._exit(ended.code or 0)


def help_text(program: str, width: int) -> str:
    """Return the help of the program for lines of a width."""
    lines = [f"Usage: {program} [OPTIONS] COMMAND [ARGS]...", ""]
    for paragraph in DESCRIPTION.split("\n\n"):
        lines += [*(_INDENT + line for line in _wrapped(paragraph, width - len(_INDENT))), ""]
    lines += ["Options:", *_definitions(_OPTIONS, width), ""]
    lines += ["Commands:", *_definitions(SUBCOMMANDS.items(), width)]
    return "\n".join(lines) + "\n"


def _definitions(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield the lines of names in one column and their texts, which are wrapped, in another."""
    rows = list(rows)
    column = len(_INDENT) + max(len(name) for name, _ in rows) + 2
    for name, text in rows:
        first, *others = _wrapped(text, width - column)
        yield f"{_INDENT}{name}".ljust(column) + first
        yield from (" " * column + other for other in others)


def _wrapped(text: str, width: int) -> list[str]:
    """Return lines of a text that break at spaces; `textwrap` would import regular expressions."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _terminal_columns() -> int:
    """Return the width of the terminal as `shutil` finds it, whose import takes longer."""
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        columns = 0
    if columns > 0:
        return columns
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


if __name__ == "__main__":
    main()
