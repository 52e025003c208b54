"""Work in a second process that begins with everything this process holds, where the platform can fork."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

_LENGTH = 8
_CHUNK = 1 << 20
#: The command of fcntl on Linux that sets the size of a pipe.
_SET_PIPE_SIZE = 1031


def is_available() -> bool:
    """Whether a second process would save time, and can be forked safely.

    A fork copies only the thread that calls it, and the system libraries of macOS do not support it.
    """
    if not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity") or sys.platform == "darwin":
        return False
    return len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1


class SideProcess:
    """A forked process that sends messages. As a context manager, it ends the process at the end.

    `work` yields the messages. If it raises an exception, the process ends silently and the messages so far
    remain, so that the caller does the rest of the work itself.
    """

    def __init__(self, work: Callable[[], Iterable[bytes]]) -> None:
        self._reading, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._reading)
            _send(work, writing)
        os.close(writing)
        self._buffer = bytearray()
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        os.close(self._reading)
        with suppress(ChildProcessError):
            os.waitpid(self._process, 0)

    def stop(self) -> None:
        """Kill the process if it still runs, without waiting for it to free its memory."""
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)

    @property
    def ended(self) -> bool:
        """Whether the process has ended, as far as this one has read, so that no more messages arrive."""
        return self._ended

    def arrived(self) -> Iterator[bytes]:
        """Yield the messages that have arrived since the last call, without waiting for more."""
        os.set_blocking(self._reading, False)
        with suppress(BlockingIOError):
            while self._read():
                pass
        while (message := self._next()) is not None:
            yield message

    def receive(self) -> bytes | None:
        """Wait for the next message; return None if the process has ended without one."""
        os.set_blocking(self._reading, True)
        while (message := self._next()) is None:
            if not self._read():
                return None
        return message

    def _read(self) -> bool:
        """Read what is in the pipe; return whether there may be more."""
        data = b"" if self._ended else os.read(self._reading, _CHUNK)
        self._buffer += data
        self._ended = not data
        return not self._ended

    def _next(self) -> bytes | None:
        """Take the first message from the buffer, if it is complete."""
        end = _LENGTH + int.from_bytes(self._buffer[:_LENGTH])
        if len(self._buffer) < max(end, _LENGTH):
            return None
        message = bytes(self._buffer[_LENGTH:end])
        del self._buffer[:end]
        return message


def _send(work: Callable[[], Iterable[bytes]], writing: int) -> None:
    """Send all messages, and end this process without what usually happens at its end."""
    try:
        _enlarge(writing)
        for message in work():
            left = memoryview(len(message).to_bytes(_LENGTH) + message)
            while left:
                left = left[os.write(writing, left) :]
    finally:
        os._exit(0)


def _enlarge(writing: int) -> None:
    """Let a pipe hold more, so that this process seldom waits for the other one to read."""
    import fcntl

    with suppress(OSError):
        fcntl.fcntl(writing, _SET_PIPE_SIZE, _CHUNK)
