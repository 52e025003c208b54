"""Emulators and commands in processes of their own that start at once.

They are forked from a process that has imported what they need, which takes longer than most runs of the
tests. `python -m aoai_conformance.target.emulator_host` itself is started by
tests/conformance/target/test_emulator_process.py, and by every command in a process that is not forked.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any
from unittest.mock import patch

import forking_script
from aoai_conformance.recording.record_lines import rule_facts
from aoai_conformance.rule import rules
from aoai_conformance.target import emulator_host, emulator_process
from aoai_conformance.target.documents import choose_documents
from aoai_emulator.faults.registry import fault_catalogue

#: Whether a process can be forked and be passed its pipes.
AVAILABLE = hasattr(os, "fork") and hasattr(socket, "send_fds")
#: Modules that a run imports after its start, up to its reports.
_OF_RUNS = (
    "aoai_conformance.cli.run", "aoai_conformance.run.whole_run", "aoai_conformance.rules.catalogue",
    "aoai_conformance.run.reporting", "aoai_reports.history.database", "alembic.runtime.environment",
    "aoai_reports.formats.html", "aoai_reports.formats.junit", "aoai_reports.formats.markdown",
)  # fmt: skip
#: Modules that an emulator imports with its first requests.
_OF_EMULATORS = (
    "aoai_specs.schemas.jsonschema_errors", "encodings.idna", "uvicorn.lifespan.off",
    "uvicorn.protocols.http.h11_impl",
)  # fmt: skip
#: The programs that can be forked, with modules that they import late.
PROGRAMS = {
    "aoai_conformance.cli": _OF_RUNS,
    "pytest": (*_OF_RUNS, "allure_commons", "aoai_conformance.pytest_suite.activation"),
}
#: The length of a number in a message about a process: its id, then its exit code.
_DIGITS = 20


@dataclass
class ForkedProcess:
    """What the tests and EmulatorProcess use of a `subprocess.Popen`.

    `life` receives the exit code when the process ends.
    """

    pid: int
    stdin: IO[Any] | None
    stdout: IO[Any]
    stderr: IO[Any] | None
    life: socket.socket
    returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raise `subprocess.TimeoutExpired` if the process does not end in time."""
        if self.returncode is None:
            self.life.settimeout(timeout)
            try:
                self.returncode = int(self.life.recv(_DIGITS, socket.MSG_WAITALL))
            except TimeoutError:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0) from None
            self.life.close()
        return self.returncode

    def communicate(self, timeout: float) -> tuple[Any, Any]:
        """Return what is left of the output and of the errors after the process has ended."""
        read: list[Any] = [None, None]

        def drain(number: int, pipe: IO[Any]) -> None:
            read[number] = pipe.read()

        pipes = [each for each in (self.stdout, self.stderr) if each is not None and not each.closed]
        readers = [threading.Thread(target=drain, args=each, daemon=True) for each in enumerate(pipes)]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader, pipe in zip(readers, pipes, strict=True):
            reader.join(timeout)
            pipe.close()
        return read[0], read[1]

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass
class Forks:
    """Starts forked processes; the process that they are forked from starts with the first."""

    control: socket.socket | None = None
    starting: threading.Lock = field(default_factory=threading.Lock)
    process: subprocess.Popen[bytes] | None = None

    def start_emulators(self, command: Sequence[str], *, stderr: IO[bytes], **_pipes: Any) -> ForkedProcess:
        """Start what EmulatorProcess starts, in the current folder, with pipes for stdin and stdout."""
        assert list(command) == [sys.executable, "-m", emulator_host.__name__]
        settings, stdin = os.pipe()
        stdout, ready = os.pipe()
        pid, life = self._fork([settings, ready, stderr.fileno()])
        os.close(settings)
        os.close(ready)
        return ForkedProcess(pid, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"), None, life)

    def start_command(
        self,
        *arguments: object,
        program: str = "aoai_conformance.cli",
        largest_file: int | None = None,
        **where: Any,
    ) -> ForkedProcess:
        """Start `aoai-conformance`, or another of the PROGRAMS, with arguments.

        `where` may have its `folder` and `environment`; by default they are those of this process.
        `largest_file` is the number of bytes after which a write to a file fails, as on a full disk.
        """
        stdout, out = os.pipe()
        stderr, err = os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            command = [program, [str(each) for each in arguments], largest_file]
            pid, life = self._fork([nothing.fileno(), out, err], command=command, **where)
        os.close(out)
        os.close(err)
        return ForkedProcess(pid, None, os.fdopen(stdout), os.fdopen(stderr), life)

    @contextmanager
    def in_shells(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Fork what shells start as `aoai-conformance`.

        Puts a script of that name into the folder, which a shell needs on its PATH. Yields the arguments
        `env` and `pass_fds` for `subprocess.run`.
        """
        (folder / "aoai-conformance").symlink_to(forking_script.__file__)
        with self.starting:
            if self.control is None:
                self.control = self._first()
            control = self.control.fileno()
            path = f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            yield {
                "env": {**os.environ, "PATH": path, forking_script.CONTROL: str(control)},
                "pass_fds": [control],
            }

    def _fork(self, standard: list[int], **chosen: Any) -> tuple[int, socket.socket]:
        """Fork a command, or emulators without one; return its id and a socket for its exit code."""
        life, held = socket.socketpair()
        message = {"folder": str(Path.cwd()), "environment": dict(os.environ), "command": None, **chosen}
        with self.starting, held:
            if self.control is None:
                self.control = self._first()
            socket.send_fds(self.control, [b"\n"], [*standard, held.fileno()])
            self.control.sendall(json.dumps(message).encode() + b"\n")
            return int(life.recv(_DIGITS, socket.MSG_WAITALL)), life

    def _first(self) -> socket.socket:
        control, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-u", __file__, str(theirs.fileno())],
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


def subprocess_with(forks: Forks) -> SimpleNamespace:
    """What EmulatorProcess uses as the module `subprocess`."""
    return SimpleNamespace(**{**vars(subprocess), "Popen": forks.start_emulators})


@contextmanager
def forked_processes() -> Iterator[Forks]:
    """Let EmulatorProcess fork its emulators."""
    forks = Forks()
    try:
        with patch.object(emulator_process, "subprocess", subprocess_with(forks)):
            yield forks
    finally:
        forks.end()


def serve_forks(control: socket.socket) -> Callable[[], object]:
    """Fork for each message: four descriptors (stdin, stdout, stderr and `life`), then a line of JSON.

    Returns in the forked processes what they are to run; the first one ends with the socket.
    """
    prepare_emulators()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    messages = control.makefile("rb", buffering=0)
    while True:
        begin, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not begin:
            sys.exit()
        message = json.loads(messages.readline())
        command = message["command"]
        if command is not None:
            prepare(command[0])
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            fork_and_report(descriptors)
            os.chdir(message["folder"])
            os.environ.clear()
            os.environ.update(message["environment"])
            return emulator_host.main if command is None else serve_forks_of(partial(run_command, *command))
        for descriptor in descriptors:
            os.close(descriptor)


def serve_forks_of(run: Callable[[], object]) -> Callable[[], object]:
    """Fork a process that forks the emulators of a command; return what each of the two is to run."""
    control, theirs = socket.socketpair()
    if os.fork() == 0:
        control.close()
        with Path(os.devnull).open("r+b") as nothing:
            for standard in range(3):
                os.dup2(nothing.fileno(), standard)
        return serve_forks(theirs)
    theirs.close()
    emulator_process.subprocess = subprocess_with(Forks(control))  # type: ignore[assignment]
    return run


def fork_and_report(descriptors: list[int]) -> None:
    """Fork a process with these descriptors, in which this returns, and report how it ends."""
    life = descriptors.pop()
    pid = os.fork()
    if pid == 0:
        os.close(life)
        os.setsid()
        for standard, descriptor in enumerate(descriptors):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        return
    for descriptor in descriptors:
        os.close(descriptor)
    os.write(life, f"{pid:{_DIGITS}}".encode())
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):  # nobody waits for it
        os.write(life, f"{os.waitstatus_to_exitcode(status):{_DIGITS}}".encode())
    os._exit(0)


@cache
def prepare_emulators() -> None:
    """Import what an emulator needs for its first requests, and make the validators of its document."""
    for name in _OF_EMULATORS:
        import_module(name)
    fault_catalogue()
    for document in choose_documents():
        for operation in document.usual_operations:
            operation.request_validator()
    gc.freeze()


@cache
def prepare(program: str) -> None:
    """Import what a program imports while it runs, and find the clauses of the rules in the document."""
    for name in PROGRAMS[program]:
        import_module(name)
    rule_facts(rules(), choose_documents())  # finds and keeps the clauses
    gc.freeze()


def run_command(program: str, arguments: list[str], largest_file: int | None) -> object:
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    sys.argv = [program, *arguments]
    return import_module(program).main()


if __name__ == "__main__":
    sys.exit(serve_forks(socket.socket(fileno=int(sys.argv[1])))())
