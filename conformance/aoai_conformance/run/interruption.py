"""Ctrl-C: the first one stops a run, which still writes its reports; a second one exits at once."""

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
#: The terminal sequence that shows the cursor, which progress bars hide.
_SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def stops_on_interrupt(stop: asyncio.Event) -> Iterator[None]:
    """A context in which SIGINT and SIGTERM set `stop` on the running event loop.

    A second signal exits the process at once, even after the context, while the reports are written, until
    the end of a surrounding `restored_signals`. Outside the main thread, where Python receives no signals,
    this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    interrupted = False

    def first(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        # `signal.signal` handles pending signals before it changes a handler, so a second one may come here
        if interrupted:
            _exit(number, frame)
        interrupted = True
        for each in _SIGNALS:
            signal.signal(each, _exit)
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
    """A context that restores the handlers of SIGINT and SIGTERM at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    """Exit at once with the exit code that shells use for a signal."""
    del frame
    with suppress(OSError, ValueError):
        cursor = _SHOW_CURSOR if os.isatty(2) else ""
        os.write(2, f"{cursor}Interrupted twice; no reports were written.\n".encode())
    os._exit(128 + number)
