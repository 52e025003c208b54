"""A lock between processes that is released when the process that holds it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that one process at a time can hold; others wait for it.

    The file is created if necessary, and not removed.
    """
    with path.open("a+b") as opened:
        _acquire(opened.fileno())
        yield


if sys.platform == "win32":
    import msvcrt
    import time

    def _acquire(descriptor: int) -> None:
        """Acquire the lock; closing the file releases it."""
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError:  # another process holds it
                time.sleep(0.1)
            else:
                return

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        """Acquire the lock; closing the file releases it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX)
