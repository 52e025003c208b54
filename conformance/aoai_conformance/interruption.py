"""Ctrl-C as a wish to end well: the first one is told to the run, a second one ends it at once."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stops_on_interrupt(stop: asyncio.Event) -> Iterator[None]:
    """A context in which SIGINT and SIGTERM set `stop` on the running event loop.

    The second signal does what it would do otherwise. Outside the main thread, where Python hears no signals,
    nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.getsignal(each) for each in signals}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def heard(number: int, frame: FrameType | None) -> None:
        del number, frame
        restore()
        loop.call_soon_threadsafe(stop.set)

    for each in signals:
        signal.signal(each, heard)
    try:
        yield
    finally:
        restore()
