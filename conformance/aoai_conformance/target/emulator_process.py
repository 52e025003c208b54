"""Starts emulators in a process of their own, and ends them with whoever started them."""

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

_START_SECONDS = 60.0
_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EmulatorWish:
    """One emulator to start: its flavour, its faults, its seed, and the documents that it serves.

    `documents` are names such as `azure-openai@2024-10-21`; none stands for those of its process. With
    `by_looks` what goes on in the background moves with each look at it, not with the clock.
    """

    flavour: str = "azure"
    faults: tuple[str, ...] = ()
    seed: int = 0
    documents: tuple[str, ...] = ()
    by_looks: bool = False


class EmulatorProcess:
    """A context in which emulators run on free loopback ports, all in one process.

    `surface`, `api_versions` and `specs` say which documents they serve, as `chosen_documents` takes them,
    where their wish does not.
    """

    def __init__(
        self,
        wishes: Sequence[EmulatorWish] = (EmulatorWish(),),
        *,
        surface: str | None = None,
        api_versions: Sequence[str] = (),
        specs: Sequence[str] = (),
    ) -> None:
        self._wish = {
            "surface": surface,
            "api_versions": list(api_versions),
            "specs": list(specs),
            "emulators": [asdict(each) for each in wishes],
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._ready: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._urls: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self._urls, self._ready = (), queue.SimpleQueue()
        self._complaints = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aoai_conformance.target.emulator_host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            # Ctrl-C is for us: the emulator must still answer while the run is brought to its end.
            start_new_session=True,
        )
        pipes = self._process.stdin, self._process.stdout
        try:
            waiting = threading.Thread(target=_put_line, args=(pipes[1], self._ready), daemon=True)
            waiting.start()
            self._tell(pipes[0])
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
        """The emulators' roots, in the order of the wishes; waits until they are ready.

        Raises TargetError where they do not get ready in time, and ConformanceError where what is wished for
        does not exist.
        """
        if not self._urls:
            self._urls = self._awaited_urls()
        return self._urls

    def _tell(self, stdin: IO[bytes] | None) -> None:
        if stdin is not None:
            with suppress(BrokenPipeError):  # it is gone; why, the answer that does not come will tell
                stdin.write(json.dumps(self._wish).encode() + b"\n")
                stdin.flush()

    def _awaited_urls(self) -> tuple[str, ...]:
        try:
            line = self._ready.get(timeout=_START_SECONDS)
        except queue.Empty:
            raise TargetError(f"The emulator was not ready within {_START_SECONDS:g} s.") from None
        if not line:
            if self._process is not None:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_SECONDS)
            raise TargetError(f"The emulator did not start. {self._last_complaint()}".strip())
        answer = json.loads(line)
        if "urls" not in answer:
            kind = TargetError if answer["exit_code"] == TargetError.exit_code else ConformanceError
            raise kind(answer["error"])
        return tuple(answer["urls"])

    def _last_complaint(self) -> str:
        if self._complaints is None:
            return ""
        self._complaints.seek(0)
        said = self._complaints.read().decode("utf-8", "replace").strip()
        return said.splitlines()[-1] if said else ""

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if not self._urls:
                process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # the process may be gone, and its pipe with it
                        pipe.close()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None


def _put_line(stdout: IO[bytes] | None, ready: queue.SimpleQueue[bytes]) -> None:
    ready.put(b"" if stdout is None else stdout.readline())
