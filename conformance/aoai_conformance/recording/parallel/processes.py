"""Judge in several processes.

Each process is started afresh with the interpreter of this one, so that neither threads nor the caller's main
module matter. It reads what to judge from its standard input until that is closed: when this process ends,
however it ends, so do the others.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from aoai_conformance.judging.judged import Judged, Part
from aoai_conformance.recording.parallel.batches import Batch, JudgedBatch
from aoai_conformance.recording.parallel.setup import JudgeSetup
from aoai_conformance.recording.parallel.worker import Failure, Said
from aoai_reports.record.collecting import Digest, join_digests
from aoai_specs.errors import TargetError

#: How many batches for each process are prepared before the first of them is needed.
_AHEAD = 4
#: Ctrl-C is for the process that started this one, and what is printed must not mix with the results.
_PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = {path!r}
from aoai_conformance.recording.parallel.worker import serve
serve()
"""


class JudgingProcesses:
    """Judges batches, or single exchanges and scenarios, in processes. A context manager, which ends them."""

    def __init__(self, setup: JudgeSetup, jobs: int) -> None:
        self._workers = [_Worker(setup) for _ in range(jobs)]
        self._idle = SimpleQueue[_Worker]()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="judging")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def judged(self, batches: Iterable[Batch]) -> Iterator[JudgedBatch]:
        """Yield the results of the batches in their order. Raises what judging raised.

        Raises TargetError if a process ended unexpectedly.
        """
        waiting: deque[Future[JudgedBatch]] = deque()
        for batch in batches:
            waiting.append(self._threads.submit(self._judge, batch))
            if len(waiting) >= _AHEAD * len(self._workers):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def judged_part(self, part: Part) -> Judged:
        """Judge an exchange or a scenario, as soon as a process is idle; each thread waits for its own.

        Raises ConformanceError if it cannot be judged, and TargetError if the process ended unexpectedly.
        """
        worker = self._idle.get()
        try:
            return worker.said(part).about(part)
        finally:
            self._idle.put(worker)

    def digest(self) -> Digest:
        """Return the digest of all batches."""
        return join_digests(self._threads.map(_Worker.digest, self._workers))

    def _judge(self, batch: Batch) -> JudgedBatch:
        worker = self._idle.get()
        try:
            return worker.judge(batch)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process, which answers one request after another."""

    def __init__(self, setup: JudgeSetup) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program, by the interpreter that runs this
            [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._setup: JudgeSetup | None = setup

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close the pipes to the process, which has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent yet is not needed any more
                    pipe.close()

    def judge(self, batch: Batch) -> JudgedBatch:
        """Return the result of a batch."""
        answer: JudgedBatch = self._ask(batch)
        return answer

    def said(self, part: Part) -> Said:
        """Return what is said about an exchange or a scenario."""
        answer: Said = self._ask(part)
        return answer

    def digest(self) -> Digest:
        """Return the digest of all batches that it judged."""
        answer: Digest = self._ask(None)
        return answer

    def _ask(self, question: Batch | Part | None) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TypeError("the process was started without pipes")
        try:
            if self._setup is not None:
                pickle.dump(self._setup, stdin)
                self._setup = None
            pickle.dump(question, stdin)
            stdin.flush()
            answer = pickle.load(stdout)  # noqa: S301 - from a program of ours
        except (EOFError, OSError, pickle.UnpicklingError, ValueError) as error:
            raise TargetError(self._why_ended()) from error
        if isinstance(answer, Failure):
            raise answer.error()
        return answer

    def _why_ended(self) -> str:
        code = self._process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"A judging process was ended {how}, perhaps for lack of memory; judge again with --jobs 1."
