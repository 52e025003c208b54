"""Emulators in processes of their own that start at once: forked from one that has imported what they need.

They are what `python -m aoai_conformance.target.emulator_host` is. Starting that takes longer than most runs
of the tests. tests/conformance/target/test_emulator_process.py starts it, and so does every command in a
process of its own.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import IO, Any

import pytest

from aoai_conformance.target import emulator_host, emulator_process
from aoai_conformance.target.documents import choose_documents

#: Whether a process can be forked and be passed its pipes.
AVAILABLE = hasattr(os, "fork") and hasattr(socket, "send_fds")


@dataclass
class ForkedProcess:
    """What EmulatorProcess uses of a `subprocess.Popen`; the other end of `life` closes when it ends."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    life: socket.socket

    def wait(self, timeout: float | None = None) -> None:
        if self.life.fileno() < 0:
            return
        self.life.settimeout(timeout)
        try:
            self.life.recv(1)
        except TimeoutError:
            raise subprocess.TimeoutExpired("emulator_host", timeout or 0) from None
        self.life.close()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@dataclass
class Forks:
    """Starts forked emulators; the process that they are forked from starts with the first."""

    control: socket.socket | None = None
    starting: threading.Lock = field(default_factory=threading.Lock)
    process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], *, stderr: IO[bytes], **_pipes: Any) -> ForkedProcess:
        """Start an emulator in the current folder, like Popen with pipes for stdin and stdout."""
        assert list(command) == [sys.executable, "-m", emulator_host.__name__]
        with self.starting:
            if self.control is None:
                self.control = self._first()
            settings, stdin = os.pipe()
            stdout, ready = os.pipe()
            life, held = socket.socketpair()
            passed = (settings, ready, stderr.fileno(), held.fileno())
            socket.send_fds(self.control, [f"{os.getcwd()}\n".encode()], passed)  # noqa: PTH109 - text
            pid = int(life.recv(20))
            os.close(settings)
            os.close(ready)
            held.close()
        return ForkedProcess(pid, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"), life)

    def _first(self) -> socket.socket:
        control, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        return control

    def end(self) -> None:
        if self.control is not None and self.process is not None:
            self.control.close()
            self.process.wait(60)


@contextmanager
def forked_emulators() -> Iterator[None]:
    """Let EmulatorProcess fork its emulators."""
    forks = Forks()
    popen = SimpleNamespace(**{**vars(subprocess), "Popen": forks.start})
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(emulator_process, "subprocess", popen)
            yield
    finally:
        forks.end()


def serve_forks(control: socket.socket) -> None:
    """Fork for each message, a folder and the descriptors of stdin, stdout, stderr and `life`.

    Returns in the forked processes; the first one ends with the socket.
    """
    choose_documents()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 4)
        if not message:
            sys.exit()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            os.setsid()
            os.chdir(message.decode().rstrip("\n"))
            for standard, descriptor in enumerate(descriptors[:3]):
                os.dup2(descriptor, standard)
                os.close(descriptor)
            os.write(descriptors[3], f"{os.getpid()}".encode())
            return
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    serve_forks(socket.socket(fileno=int(sys.argv[1])))
    sys.exit(emulator_host.main())
