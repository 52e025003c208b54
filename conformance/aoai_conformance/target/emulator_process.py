"""Runs emulators in a child process that ends with its parent."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import IO, Self

from aoai_specs.errors import ConformanceError, TargetError
from aoai_specs.loading.sources import STANDARD_INPUT, read_source

_START_SECONDS = 60.0
_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EmulatorSettings:
    """The settings of one emulator.

    `documents` are names such as `azure-openai@2024-10-21`; by default, those of the process are served. With
    `advance_on_poll`, background work progresses with each poll instead of with the clock.
    """

    flavour: str = "azure"
    faults: tuple[str, ...] = ()
    seed: int = 0
    documents: tuple[str, ...] = ()
    advance_on_poll: bool = False


class EmulatorProcess:
    """A context in which emulators run on free loopback ports, all in one process.

    `surface`, `api_versions`, `specs`, `overlays` and `remote_references` select the documents for emulators
    without their own, as in `choose_documents`.
    """

    def __init__(
        self,
        emulators: Sequence[EmulatorSettings] = (EmulatorSettings(),),
        *,
        surface: str | None = None,
        api_versions: Sequence[str] = (),
        specs: Sequence[str] = (),
        overlays: Sequence[str] = (),
        remote_references: bool = False,
    ) -> None:
        self._settings = {
            "surface": surface,
            "api_versions": list(api_versions),
            "specs": list(specs),
            "overlays": list(overlays),
            "remote_references": remote_references,
            "standard_input": _standard_input() if STANDARD_INPUT in specs else None,
            "emulators": [asdict(each) for each in emulators],
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._ready: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._urls: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self._urls, self._ready = (), queue.SimpleQueue()
        self._stderr = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aoai_conformance.target.emulator_host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            # Ctrl-C must not reach the emulator, which still serves while the run finishes.
            start_new_session=True,
        )
        pipes = self._process.stdin, self._process.stdout
        try:
            reader = threading.Thread(target=_put_line, args=(pipes[1], self._ready), daemon=True)
            reader.start()
            self._send_settings(pipes[0])
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def urls(self) -> tuple[str, ...]:
        """The root URLs of the emulators, in order; waits until they are ready.

        Raises TargetError if they do not start in time, and ConformanceError for invalid settings.
        """
        if not self._urls:
            self._urls = self._read_urls()
        return self._urls

    def _send_settings(self, stdin: IO[bytes] | None) -> None:
        if stdin is not None:
            with suppress(BrokenPipeError):  # it has ended; reading its reply gives the reason
                stdin.write(json.dumps(self._settings).encode() + b"\n")
                stdin.flush()

    def _read_urls(self) -> tuple[str, ...]:
        try:
            line = self._ready.get(timeout=_START_SECONDS)
        except queue.Empty:
            raise TargetError(f"The emulator was not ready within {_START_SECONDS:g} s.") from None
        if not line:
            if self._process is not None:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_SECONDS)
            raise TargetError(f"The emulator did not start. {self._last_error()}".strip())
        reply = json.loads(line)
        if "urls" not in reply:
            kind = TargetError if reply["exit_code"] == TargetError.exit_code else ConformanceError
            raise kind(reply["error"])
        return tuple(reply["urls"])

    def _last_error(self) -> str:
        if self._stderr is None:
            return ""
        self._stderr.seek(0)
        text = self._stderr.read().decode("utf-8", "replace").strip()
        return text.splitlines()[-1] if text else ""

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if not self._urls:
                process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # the process may have ended
                        pipe.close()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None


def _put_line(stdout: IO[bytes] | None, ready: queue.SimpleQueue[bytes]) -> None:
    ready.put(b"" if stdout is None else stdout.readline())


def _standard_input() -> str:
    """The description on the standard input of this process, which the emulators cannot read."""
    return read_source(STANDARD_INPUT).decode("utf-8", "surrogateescape")
