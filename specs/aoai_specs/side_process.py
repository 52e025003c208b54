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
#: The size of a read for `arrived`, which is called often: the buffer of a larger one is slow to allocate.
_CHUNK = 1 << 16
_PIPE_SIZE = 1 << 20
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
            while data := b"" if self._ended else os.read(self._reading, _CHUNK):
                self._buffer += data
            self._ended = True
        while len(self._buffer) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._buffer[:_LENGTH])
            if len(self._buffer) < end:
                break
            message = bytes(self._buffer[_LENGTH:end])
            del self._buffer[:end]
            yield message

    def receive(self) -> bytearray | None:
        """Wait for the next message; return None if the process has ended without one."""
        os.set_blocking(self._reading, True)
        length = self._take(_LENGTH)
        return None if length is None else self._take(int.from_bytes(length))

    def _take(self, size: int) -> bytearray | None:
        """Take a number of bytes. What is not buffered comes directly from the pipe, without a copy."""
        held = self._buffer[:size]
        del self._buffer[:size]
        taken = bytearray(size)
        left = memoryview(taken)
        left[: len(held)] = held
        left = left[len(held) :]
        while left and not self._ended:
            count = os.readv(self._reading, [left])
            self._ended = count == 0
            left = left[count:]
        return None if left else taken


def _send(work: Callable[[], Iterable[bytes]], writing: int) -> None:
    """Send all messages, and end this process without what usually happens at its end."""
    try:
        _enlarge(writing)
        for message in work():
            for part in (len(message).to_bytes(_LENGTH), message):
                left = memoryview(part)
                while left:
                    left = left[os.write(writing, left) :]
    finally:
        os._exit(0)


def _enlarge(writing: int) -> None:
    """Let a pipe hold more, so that this process seldom waits for the other one to read."""
    import fcntl

    with suppress(OSError):
        fcntl.fcntl(writing, _SET_PIPE_SIZE, _PIPE_SIZE)
