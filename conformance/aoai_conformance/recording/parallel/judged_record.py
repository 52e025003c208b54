"""Judge recorded exchanges in batches, and write the result as a new record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from aoai_conformance.judging.judged import Judge
from aoai_conformance.recording.parallel.batches import Batch, BatchJudge, JudgedBatch, in_batches
from aoai_conformance.recording.parallel.jobs import AUTO, Jobs, number_of_processes
from aoai_conformance.recording.parallel.processes import JudgingProcesses
from aoai_conformance.recording.parallel.setup import JudgeSetup
from aoai_reports.record.collecting import Digest
from aoai_reports.record.lines import ExchangeLine, Footer, Header, ScenarioLine
from aoai_reports.record.reader import MOST_HELD, Record, read_record
from aoai_reports.record.stored_lines import RecordFile, StoredLines
from aoai_reports.record.writer import RecordWriter

_LARGEST_BATCH = 64


@dataclass(frozen=True, slots=True)
class Judging:
    """By what exchanges are judged, and in how many processes."""

    setup: JudgeSetup
    judge: Judge
    jobs: Jobs = AUTO

    @contextmanager
    def begun(self, exchanges: int) -> Iterator[_Judges]:
        """A context with what judges this number of exchanges."""
        jobs = number_of_processes(self.jobs, exchanges) if self.setup.is_repeatable else 1
        if jobs > 1:
            with JudgingProcesses(self.setup, jobs) as processes:
                yield processes
        else:
            yield _ThisProcess(self.setup.batch_judge(self.judge))


class _Judges(Protocol):
    """What judges batches: this process, or several others."""

    def judged(self, batches: Iterable[Batch]) -> Iterator[JudgedBatch]:
        """Yield the results of the batches in their order."""

    def digest(self) -> Digest:
        """Return the digest of all batches."""


@dataclass(frozen=True, slots=True)
class _ThisProcess:
    """Judges batches in this process."""

    judge: BatchJudge

    def judged(self, batches: Iterable[Batch]) -> Iterator[JudgedBatch]:
        """Yield the results of the batches in their order."""
        return map(self.judge, batches)

    def digest(self) -> Digest:
        """Return the digest of all batches."""
        return self.judge.digest


def judge_lines(
    judging: Judging,
    units: Iterable[Batch],
    exchanges: int,
    path: Path,
    header: Header,
    footer: Footer | None,
    *,
    interrupted: bool,
) -> Record:
    """Judge units of lines and write them as a record with the end and the cost of `footer`; return it.

    `exchanges` is their number; those of all units are numbered without gaps. Raises ConformanceError if the
    record cannot be written or a unit cannot be judged, and TargetError if a process ended unexpectedly.
    """
    with judging.begun(exchanges) as judges, RecordWriter(path, header) as writer:
        written = _Written(writer)
        for batch in judges.judged(in_batches(units, _LARGEST_BATCH)):
            written.add(batch)
        written.add_scenarios()
        digest = judges.digest()
        counted = writer.footer(interrupted=interrupted)
        if footer is None:
            end = writer.close(replace(counted, ended=header.started, seconds=0.0))
        else:
            cost = {name: getattr(footer, name) for name in ("ended", "seconds", "requests", "tokens")}
            end = writer.close(replace(counted, **cost))
    if path.stat().st_size <= MOST_HELD:
        held = read_record(path)
        return Record.with_digest(held.header, held.footer, digest, held.exchanges, held.scenarios)
    file = RecordFile(path)
    return Record.with_digest(
        header,
        end,
        digest,
        StoredLines(file, ExchangeLine, written.exchanges),
        StoredLines(file, ScenarioLine, written.scenarios),
    )


class _Written:
    """Writes judged lines in their order, and keeps where they are.

    A batch may contain lines far ahead of the next one; scenarios follow all exchanges. Such lines wait.
    """

    def __init__(self, writer: RecordWriter) -> None:
        self.exchanges: list[int] = []
        self.scenarios: list[int] = []
        self._writer = writer
        self._ahead: dict[int, bytes] = {}
        self._scenarios: list[tuple[int, bytes]] = []

    def add(self, batch: JudgedBatch) -> None:
        self._ahead.update(batch.exchanges)
        self._scenarios += batch.scenarios
        totals = batch.totals
        self._writer.count(totals.requests, totals.tokens, totals.outcomes)
        while (line := self._ahead.pop(len(self.exchanges), None)) is not None:
            self.exchanges.append(self._writer.write_encoded(line))

    def add_scenarios(self) -> None:
        self.scenarios += [self._writer.write_encoded(line) for _, line in sorted(self._scenarios)]
