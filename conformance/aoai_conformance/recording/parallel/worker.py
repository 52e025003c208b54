"""A process that judges batches, which it reads from standard input; it writes results to standard output."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import traceback
from dataclasses import dataclass
from typing import BinaryIO

from aoai_conformance.recording.parallel.batches import Batch, BatchJudge
from aoai_conformance.recording.parallel.setup import JudgeSetup
from aoai_specs.errors import ConformanceError, TargetError


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result: the sentence and the exit code of a ConformanceError, or a traceback."""

    message: str
    exit_code: int | None = None

    def error(self) -> Exception:
        """Return the exception to raise."""
        if self.exit_code is None:
            return RuntimeError(f"A judging process failed:\n{self.message}")
        kind = TargetError if self.exit_code == TargetError.exit_code else ConformanceError
        return kind(self.message)


def serve() -> None:
    """Judge batches until standard input is closed; print to standard error whatever else is printed."""
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        _serve(sys.stdin.buffer, results)
    except (EOFError, BrokenPipeError):
        os._exit(0)  # the process that asked has ended; there is nobody to write to


def _serve(questions: BinaryIO, results: BinaryIO) -> None:
    judge: BatchJudge | None = None
    setup = pickle.load(questions)  # noqa: S301 - from the process that started this one
    if not isinstance(setup, JudgeSetup):
        raise TypeError("the first message is not a setup")
    while True:
        question = pickle.load(questions)  # noqa: S301 - as above
        try:
            if judge is None:
                judge = setup.batch_judge()
                gc.freeze()  # documents and rules stay: looking through them again and again takes time
            answer = judge(question) if isinstance(question, Batch) else judge.digest
        except ConformanceError as error:
            pickle.dump(Failure(str(error), error.exit_code), results)
        except Exception:  # noqa: BLE001 - raised by the process that asked
            pickle.dump(Failure(traceback.format_exc()), results)
        else:
            pickle.dump(answer, results, pickle.HIGHEST_PROTOCOL)
        results.flush()
