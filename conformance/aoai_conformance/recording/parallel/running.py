"""Where the exchanges of a run are judged: in this process, or in others that get them as they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, Part, PartJudge
from aoai_conformance.options import RunChoices
from aoai_conformance.recording.parallel.jobs import AUTO, Jobs, number_of_processes
from aoai_model.case import Case
from aoai_specs.document import Operation
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.recording.parallel.processes import JudgingProcesses


@dataclass(frozen=True, slots=True)
class JudgingPlace:
    """How many processes judge a run; they load the descriptions, rules and quirks of its `choices`."""

    choices: RunChoices
    jobs: Jobs = AUTO

    @contextmanager
    def begun(self, judge: Judge, cases: int) -> Iterator[tuple[PartJudge, int]]:
        """A context with what judges a run with so many cases, and how many threads may call it.

        The result is the same for every number of processes.
        """
        jobs = number_of_processes(self.jobs, cases)
        if jobs == 1:
            yield judge, 1
            return
        from aoai_conformance.recording.parallel.processes import JudgingProcesses
        from aoai_conformance.recording.parallel.setup import JudgeSetup

        setup = JudgeSetup(self.choices, tuple(judge.documents))
        if not setup.is_repeatable:
            yield judge, 1
            return
        with JudgingProcesses(setup, jobs) as processes:
            yield _OtherProcesses(judge, processes), jobs


@dataclass(frozen=True, slots=True)
class _OtherProcesses:
    """Judges in other processes, and what these cannot judge in this one."""

    judge: Judge
    processes: JudgingProcesses

    def __call__(self, part: Part) -> Judged:
        """Judge an exchange or a scenario by each rule."""
        if isinstance(part, Exchange):
            part = self.judge.with_promises(part)
        try:
            return self.processes.judged_part(part)
        except ConformanceError:  # a lost process must not end a run, whose responses were paid for
            return self.judge(part)

    def operation_of(self, case: Case) -> Operation:
        """Return the operation of a case."""
        return self.judge.operation_of(case)
