"""Writes report files whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from aoai_specs.errors import OutputError


def write_text(path: Path, text: str) -> None:
    """Put a text into a file as UTF-8, in one step: a reader sees the old file or the new one.

    Raises OutputError where it cannot be written.
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
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
