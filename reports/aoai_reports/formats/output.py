"""Writes files atomically."""

from __future__ import annotations

import os
from pathlib import Path

from aoai_specs.errors import OutputError


def write_text(path: Path, text: str) -> None:
    """Replace a file with UTF-8 text in one step: a reader sees either the old file or the new one.

    Raises OutputError if it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with beside.open("wb") as opened:
                opened.write(text.encode("utf-8", "backslashreplace"))
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error
