"""A lock between processes that ends with the process that holds it, however that ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A context that one process at a time is in; the others wait for as long as it takes.

    The file is made where it is missing, and left behind.
    """
    with path.open("a+b") as opened:
        _acquire(opened.fileno())
        yield


if sys.platform == "win32":
    import msvcrt
    import time

    def _acquire(descriptor: int) -> None:
        """Closing the file gives the lock back."""
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError:  # somebody else has it
                time.sleep(0.1)
            else:
                return

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        """Closing the file gives the lock back."""
        fcntl.flock(descriptor, fcntl.LOCK_EX)
