"""The garbage collector during commands that build large values and end soon."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Do not search for cyclic garbage, as a context or as a decorator.

    What is read from descriptions stays until the end of the command, and contains few cycles; the collector
    would visit it again and again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
