"""One run, from a target and a plan to a record on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aoai_conformance
from aoai_conformance.client import Budget, Client, Limits
from aoai_conformance.interruption import stops_on_interrupt
from aoai_conformance.judged import Judge, Judged, JudgedExchange
from aoai_conformance.pacing import Pacer
from aoai_conformance.preflight import preflight
from aoai_conformance.progress import RunProgress
from aoai_conformance.quirks import QuirkTable, known_quirks
from aoai_conformance.record_lines import exchange_line, quirk_facts, rule_facts, scenario_line
from aoai_conformance.rule import Rule
from aoai_conformance.runner import Knowledge, Runner
from aoai_conformance.targets import Target
from aoai_reports.record import Footer, Header, Json, Planned, RecordWriter, utc_text
from aoai_specs.document import Document
from aoai_specs.errors import TargetError
from aoai_strategies.case import Case, Plan

RECORD_NAME = "record.ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything that a run needs. `options` are the user's choices as the record keeps them."""

    target: Target
    documents: Sequence[Document]
    rules: Sequence[Rule]
    plans: Sequence[Plan]
    not_configured: Sequence[str] = ()
    seed: int = 0
    profile: str = "standard"
    concurrency: int = 8
    seconds: float = 120.0
    max_requests: int | None = None
    options: Mapping[str, Json] = field(default_factory=dict)
    quirks: QuirkTable = field(default_factory=known_quirks)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases of all plans, in order."""
        return tuple(case for plan in self.plans for case in plan.cases)

    def header(self, started: datetime) -> Header:
        """The record's first line."""
        points: dict[str, dict[str, None]] = {}
        for plan in self.plans:
            for operation, point in plan.points():
                points.setdefault(operation, {})[point.id] = None
        return Header(
            tool=f"aoai-conformance {aoai_conformance.__version__}",
            started=utc_text(started),
            target=self.target.name,
            documents=tuple(str(document.name) for document in self.documents),
            surface=self.documents[0].name.surface,
            profile=self.profile,
            seed=self.seed,
            options=self.options,
            rules=rule_facts(self.rules, self.documents),
            planned=Planned(len(self.cases), {operation: tuple(ids) for operation, ids in points.items()}),
            not_configured=tuple(self.not_configured),
            quirks=quirk_facts(self.quirks),
        )


async def conduct(session: Session, folder: Path, progress: RunProgress) -> Footer:
    """Send the plan, judge it, and write `record.ndjson` into the folder, line by line; give its footer.

    On Ctrl-C sending stops and the footer says interrupted. Raises TargetError where the target cannot be
    tested at all, in which case nothing is written, and OutputError where the record cannot be written.
    """
    started = datetime.now(UTC)
    stop = asyncio.Event()
    cases = session.cases
    client = Client(
        session.target,
        {str(each.name): session.target.base_path(each.base_path) for each in session.documents},
        pacer=Pacer(seed=session.seed, on_wait=progress.wait),
        limits=Limits(seconds=session.seconds),
        budget=Budget(session.max_requests),
        concurrency=session.concurrency,
    )
    judge_part = Judge(
        {str(document.name): document for document in session.documents}, session.rules, session.quirks
    )
    runner = Runner(client, judge_part, concurrency=session.concurrency, progress=progress)
    async with client:
        with stops_on_interrupt(stop):
            progress.begin(cases)
            knowledge = await _preflight(client, cases, session.target.root, stop)
            with RecordWriter(folder / RECORD_NAME, session.header(started)) as writer:
                async with aclosing(runner.run(cases, knowledge, stop)) as results:
                    async for judged in results:
                        _write(writer, judged)
                return writer.close(interrupted=stop.is_set())


async def _preflight(client: Client, cases: Sequence[Case], root: str, stop: asyncio.Event) -> Knowledge:
    """The preflight, given up once `stop` is set."""
    checking = asyncio.create_task(preflight(client, cases, root))
    stopped = asyncio.create_task(stop.wait())
    try:
        either: list[asyncio.Future[Any]] = [checking, stopped]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not checking.done():
            raise TargetError("Interrupted before anything was judged; nothing is written.")
        return checking.result()
    finally:
        for task in (checking, stopped):
            task.cancel()
        await asyncio.gather(checking, stopped, return_exceptions=True)


def _write(writer: RecordWriter, judged: Judged) -> None:
    if isinstance(judged, JudgedExchange):
        exchange, idle = exchange_line(judged)
        writer.write_exchange(exchange, not_applicable=idle)
    else:
        scenario, idle = scenario_line(judged)
        writer.write_scenario(scenario, not_applicable=idle)
