"""Ctrl-C: the first one asks a run to stop and write its reports; a second one ends it at once."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: What a terminal needs so that its cursor, which progress bars hide, is shown again.
_SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def stops_on_interrupt(stop: asyncio.Event) -> Iterator[None]:
    """A context in which SIGINT and SIGTERM set `stop` on the running event loop.

    From the first signal on, a second one ends the process at once, even after the context: the reports are
    still to be written. `restored_signals` around it ends this. Outside the main thread, where Python
    receives no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def first(number: int, frame: FrameType | None) -> None:
        del number, frame
        for each in _SIGNALS:
            signal.signal(each, _leave)
        loop.call_soon_threadsafe(stop.set)

    before = {each: signal.signal(each, first) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            if signal.getsignal(each) is first:
                signal.signal(each, handler)


@contextmanager
def restored_signals() -> Iterator[None]:
    """A context after which SIGINT and SIGTERM do again what they did before it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """End the process without waiting for anything, with the exit code that shells give a signal."""
    del frame
    with suppress(OSError, ValueError):
        cursor = _SHOW_CURSOR if os.isatty(2) else ""
        os.write(2, f"{cursor}Interrupted twice: the reports are not written.\n".encode())
    os._exit(128 + number)
