"""Waiting for what another thread or process does, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Far above the time that anything takes on a busy machine; it only ends tests that would never end.
LONGEST = 180.0


def until(done: Callable[[], object]) -> None:
    """Wait until `done` returns something true; fail if it never does."""
    deadline = time.monotonic() + LONGEST
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
