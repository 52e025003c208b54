"""A process that judges what it reads from standard input; it writes results to standard output."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import traceback
from dataclasses import dataclass
from typing import Any, BinaryIO

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judged, JudgedExchange, JudgedScenario, Part, StepGroup
from aoai_conformance.recording.parallel.batches import Batch, BatchJudge
from aoai_conformance.recording.parallel.setup import JudgeSetup
from aoai_model.verdict import PointsShown, Verdict
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


@dataclass(frozen=True, slots=True)
class Said:
    """What is said about an exchange or a scenario, without the exchanges, which the other process has."""

    verdicts: tuple[Verdict, ...]
    shown: PointsShown | None = None

    @classmethod
    def of(cls, judged: Judged) -> Said:
        """Return what is said about a judged part."""
        return cls(judged.verdicts, judged.shown if isinstance(judged, JudgedExchange) else None)

    def about(self, part: Part) -> Judged:
        """Return the judged part."""
        if isinstance(part, Exchange):
            return JudgedExchange(part, self.verdicts, self.shown)
        return JudgedScenario(part.scenario, part.kind, part.steps, self.verdicts)


def serve() -> None:
    """Judge until standard input is closed. Results go to standard output, prints to standard error."""
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
            answer = _answer(judge, question)
        except ConformanceError as error:
            pickle.dump(Failure(str(error), error.exit_code), results)
        except Exception:  # noqa: BLE001 - raised by the process that asked
            pickle.dump(Failure(traceback.format_exc()), results)
        else:
            pickle.dump(answer, results, pickle.HIGHEST_PROTOCOL)
        results.flush()


def _answer(judge: BatchJudge, question: object) -> Any:
    """The result of a batch, what is said about one exchange or scenario, or the digest of all batches."""
    if isinstance(question, Batch):
        return judge(question)
    if isinstance(question, Exchange | StepGroup):
        return Said.of(judge.judge(question))
    return judge.digest
