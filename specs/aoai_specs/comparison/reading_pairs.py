"""Reading the two descriptions of a comparison, in two processes if that saves time."""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterator
from dataclasses import replace

from aoai_specs.catalogue import DEFAULT_SURFACE
from aoai_specs.comparison.descriptions import Description, described
from aoai_specs.loading.sources import STANDARD_INPUT
from aoai_specs.reading import ReadingOptions
from aoai_specs.side_process import SideProcess, is_available

#: From this number of bytes on, two files are read in two processes.
_LARGE = 400_000


def described_pair(
    base: str,
    revision: str,
    surface: str = DEFAULT_SURFACE,
    *,
    as_published: bool = False,
    options: ReadingOptions | None = None,
) -> tuple[Description, Description]:
    """Return two descriptions as `described` does; large files are read side by side where possible."""

    def read(name: str) -> Description:
        return described(name, surface, as_published=as_published, options=options)

    if not (_is_large(base) and _is_large(revision) and is_available()):
        return read(base), read(revision)
    import pickle

    with SideProcess(lambda: _parts_of(read(revision))) as process:
        first = read(base)
        # needed next, and the other process still reads
        from aoai_specs.comparison import comparer  # noqa: F401

        content, rest = process.receive(), process.receive()
        if content is None or rest is None:
            return first, read(revision)
        second: Description = pickle.loads(rest)  # noqa: S301 - a fork of this process wrote it
        return first, replace(second, content=marshal.loads(content))  # noqa: S302


def _is_large(name: str) -> bool:
    try:
        return name != STANDARD_INPUT and os.stat(name).st_size >= _LARGE  # noqa: PTH116 - a name is not always a path
    except (OSError, ValueError):
        return False


def _parts_of(description: Description) -> Iterator[bytes]:
    """Yield the content of a description, and the rest; `marshal` is the fastest way to copy plain data."""
    import pickle

    yield marshal.dumps(dict(description.content))
    yield pickle.dumps(replace(description, content={}))
