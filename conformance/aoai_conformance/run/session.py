"""Conducts one run: sends the plan to a target and writes the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aoai_conformance
from aoai_conformance.cost.budget import Budget
from aoai_conformance.cost.limits import SpendingLimits
from aoai_conformance.cost.rates import Rates
from aoai_conformance.engine.attempts import Limits
from aoai_conformance.engine.client import Client
from aoai_conformance.engine.pacing import Pacer, Patience
from aoai_conformance.engine.rate_limits import RateLimits
from aoai_conformance.engine.runner import Runner
from aoai_conformance.engine.unit_sender import Sender
from aoai_conformance.judging.judged import Judge
from aoai_conformance.options import RunChoices
from aoai_conformance.quirks.quirks import QuirkTable, known_quirks
from aoai_conformance.recording.parallel.running import JudgingPlace
from aoai_conformance.recording.record_lines import header_facts
from aoai_conformance.redaction.lines import without_secrets
from aoai_conformance.redaction.secrets import Redactor, redactor_of
from aoai_conformance.rule import Rule, rules
from aoai_conformance.run.base_paths import BasePaths
from aoai_conformance.run.event_stream import EventStream
from aoai_conformance.run.interruption import stops_on_interrupt
from aoai_conformance.run.journal import Journal, NotingSender, number_cases
from aoai_conformance.run.preparation import Prepared, Preparing
from aoai_conformance.run.progress import RunProgress
from aoai_conformance.run.recorded_exchanges import RecordedExchanges, ResumingSender, unjudged
from aoai_conformance.run.resumption import InterruptedRun
from aoai_conformance.target.targets import Target
from aoai_model.case import Plan
from aoai_model.serialization import Json
from aoai_model.verdict import Tokens
from aoai_reports.record.lines import Footer, Header, MoneySpent, NotSent, Planned, UsageEstimate
from aoai_reports.record.writer import RecordWriter, utc_text
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.document import Document
from aoai_specs.errors import TargetError
from aoai_strategies.planning.adapting import LeftOut
from aoai_strategies.planning.capabilities import Capabilities
from aoai_strategies.requests.costs import Usage, usage_of

#: The remark of a run whose time ended before its plan began.
_NO_TIME_LEFT = (
    "--max-time was used up by the minimal requests and probes, so no other request was sent. Allow more "
    "time, or save the probes with --capabilities."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The input of a run.

    `capabilities` come from the user's file; `earlier` are those that the previous run of the target found.
    `label` is the name of the target in the history, empty without one. `options` are the user's choices in
    the form of the record; `judging` is where exchanges are judged; `events` receives what happens. `resumed`
    is the interrupted run that this one continues. Without `rules`, every rule judges; they are loaded after
    the first responses.
    """

    target: Target
    documents: Sequence[Document]
    rules: Sequence[Rule] | None
    plans: Sequence[Plan]
    not_configured: Sequence[str] = ()
    excluded: Sequence[str] = ()
    seed: int = 0
    profile: str = "standard"
    label: str = ""
    concurrency: int = 8
    rate_limits: RateLimits = field(default_factory=RateLimits)
    max_wait: float = 300.0
    seconds: float = 120.0
    limits: SpendingLimits = field(default_factory=SpendingLimits)
    rates: Rates = field(default_factory=Rates)
    allow_billed: bool = True
    capabilities: Capabilities | None = None
    earlier: Capabilities | None = None
    options: Mapping[str, Json] = field(default_factory=dict)
    judging: JudgingPlace = field(default_factory=lambda: JudgingPlace(RunChoices(), 1))
    quirks: QuirkTable = field(default_factory=known_quirks)
    resumed: InterruptedRun | None = None
    events: EventStream = field(default_factory=lambda: EventStream(None))

    @property
    def documents_by_name(self) -> Mapping[str, Document]:
        """The documents by name."""
        return {str(document.name): document for document in self.documents}

    def header(
        self,
        provisional: Header,
        prepared: Prepared,
        base_paths: BasePaths,
        *,
        rules: Sequence[Rule],
        spent: str = "",
    ) -> Header:
        """The header of the record, once the plan, the base paths and the rules are known.

        `spent` is the option whose limit the preparation used up, empty if there is none.
        """
        planned = {case.operation for plan in self.plans for case in plan.cases}
        chosen = {*planned, *self.not_configured, *self.excluded}
        points: dict[str, dict[str, None]] = {}
        for sent in prepared.plans:
            for operation, ids in sent.points.items():
                points.setdefault(operation, {}).update(dict.fromkeys(ids))
        return replace(
            provisional,
            planned=Planned(
                len(prepared.cases),
                {operation: tuple(ids) for operation, ids in points.items()},
                {sent.plan.document: sent.points for sent in prepared.plans},
                tuple(map(_not_sent, (each for sent in prepared.plans for each in sent.left_out))),
                _estimate(prepared),
            ),
            options=self._with_findings(provisional.options, base_paths, spent),
            capabilities=prepared.capabilities.to_json() | self._lost(prepared.capabilities),
            **header_facts(rules, self.documents, self.quirks, chosen),
            provisional=False,
        )

    def _with_findings(
        self, options: Mapping[str, Json], base_paths: BasePaths, spent: str
    ) -> Mapping[str, Json]:
        """The recorded options with what the preparation found: other base paths, and remarks."""
        paths: dict[str, Json] = {**base_paths.chosen(self.documents, self.target)}
        earlier = options.get("remarks")
        remarks: list[Json] = [*earlier] if isinstance(earlier, list) else []
        if paths:
            remarks += base_paths.remarks(self.documents)
        if spent == "--max-time":
            remarks.append(_NO_TIME_LEFT)
        return {
            **options,
            **({"base_paths": paths} if paths else {}),
            **({"remarks": remarks} if remarks else {}),
        }

    def provisional_header(self, started: datetime) -> Header:
        """The header until the plan is known, without the rules, which nothing was judged by."""
        return Header(
            tool=f"aoai-conformance {aoai_conformance.__version__}",
            started=utc_text(started),
            target=self.target.name,
            label=self.label,
            documents=tuple(str(document.name) for document in self.documents),
            surface=self.documents[0].name.surface,
            profile=self.profile,
            seed=self.seed,
            options=self.options,
            planned=Planned(0, {}, {}, ()),
            not_configured=tuple(self.not_configured),
            excluded=tuple(self.excluded),
            rules={},
            provisional=True,
        )

    def _lost(self, now: Capabilities) -> dict[str, Json]:
        """The capabilities that the previous run of the target found and this one did not."""
        lost: list[Json] = [
            {
                "kind": deployment.kind,
                "deployment": deployment.deployment,
                "capability": name,
                "message": deployment.unsupported[name],
            }
            for deployment, name in (() if self.earlier is None else now.lost_since(self.earlier))
        ]
        return {"lost": lost} if lost else {}


def _estimate(prepared: Prepared) -> UsageEstimate:
    """What the plan and the probes are expected to use."""
    cases = [*prepared.cases, *(exchange.case for exchange in prepared.exchanges)]
    usage = sum(map(usage_of, cases), Usage())
    return UsageEstimate(usage.requests, Tokens(usage.prompt_tokens, usage.completion_tokens))


def _cost(budget: Budget) -> MoneySpent | None:
    """What a run cost; None for the emulator, which bills nothing."""
    if budget.rates.is_emulator:
        return None
    cost = budget.cost
    return MoneySpent(budget.rates.prices.currency, round(cost.amount, 6), cost.unknown)


def _not_sent(each: LeftOut) -> NotSent:
    return NotSent(each.document, each.operation, each.cause, each.points, each.subject, each.message)


async def conduct(session: Session, folder: Path, progress: RunProgress) -> Footer:
    """Send the plan, judge the exchanges, write `record.ndjson` into the folder and return its footer.

    Each response is written on arrival and its verdicts in plan order, so that a killed run leaves what it
    received. Ctrl-C stops sending and marks the footer as interrupted. Raises TargetError if the target
    cannot be tested, leaving the folder empty, and OutputError if the record cannot be written.
    """
    started = datetime.now(UTC)
    if session.resumed is not None:
        started = datetime.fromisoformat(session.resumed.header.started)
    stop = asyncio.Event()
    base_paths = BasePaths.of(session.target, session.documents)
    client = Client(
        session.target,
        base_paths.paths,
        pacer=Pacer(
            Patience(longest_wait=session.max_wait, give_up_wait=session.max_wait),
            concurrency=session.concurrency,
            limits=session.rate_limits,
            seed=session.seed,
            on_wait=lambda lane, seconds: progress.wait(session.target.kinds_of(lane), seconds),
        ),
        limits=Limits(seconds=session.seconds),
        budget=Budget(session.limits.requests, session.limits, session.rates),
        concurrency=session.concurrency,
    )

    def redactor() -> Redactor:
        return redactor_of(session.target.secrets)

    promises = {} if session.capabilities is None else session.capabilities.promises
    provisional = without_secrets(session.provisional_header(started), redactor())
    async with client:
        with (
            stops_on_interrupt(stop),
            _record_writer(session, folder, provisional) as writer,
        ):
            journal = Journal(writer, redactor, on_judged=session.events.judged)
            session.events.begin(provisional)
            sender: Sender = NotingSender(client, journal.arrived)
            recorded = RecordedExchanges.of(() if session.resumed is None else session.resumed.lines)
            if session.resumed is not None:
                sender = ResumingSender(sender, recorded, client.describe, journal.reused)
            progress.stage("Sending the minimal requests and probes")
            try:
                prepared = await _prepared(sender, session, base_paths, stop)
            except TargetError:
                if session.resumed is None:
                    writer.discard()
                raise
            progress.begin(prepared.cases)
            judged_by = rules() if session.rules is None else session.rules
            judge_part = Judge(session.documents_by_name, judged_by, session.quirks, promises)
            header = session.header(
                provisional, prepared, base_paths, rules=judged_by, spent=client.budget.exceeded_by()
            )
            writer.write_header(without_secrets(header, redactor()))
            journal.places = number_cases(prepared.cases)
            with session.judging.begun(judge_part, len(prepared.cases)) as (judge_anywhere, threads):
                runner = Runner(
                    sender,
                    judge_anywhere,
                    concurrency=session.concurrency,
                    progress=progress,
                    judge_threads=threads,
                    on_scenario=journal.whole,
                    reused=None if session.resumed is None else recorded,
                )
                for exchange in (part for each in prepared.exchanges for part in each.split()):
                    journal.judged(await runner.judge(exchange))
                async with aclosing(runner.run(prepared.cases, prepared.knowledge, stop)) as results:
                    async for judged in results:
                        journal.judged(judged)
            for exchange in journal.left():
                journal.judged(judge_part(exchange))
            return writer.close(interrupted=stop.is_set(), cost=_cost(client.budget))


def _record_writer(session: Session, folder: Path, header: Header) -> RecordWriter:
    """The writer of the record; that of a resumed run has its exchanges before it replaces the old record."""
    if session.resumed is None:
        return RecordWriter(folder / RECORD_NAME, header)
    beside = folder / f".{RECORD_NAME}.resumed"
    beside.unlink(missing_ok=True)
    writer = RecordWriter(beside, header)
    for line in session.resumed.lines:
        if line.attempts:
            writer.write_arrival(unjudged(line))
    writer.move_to(folder / RECORD_NAME)
    return writer


async def _prepared(client: Sender, session: Session, base_paths: BasePaths, stop: asyncio.Event) -> Prepared:
    """The prepared run. Raises TargetError if `stop` is set meanwhile."""
    preparing = Preparing(
        plans=session.plans,
        documents=session.documents_by_name,
        root=session.target.root,
        deployments=session.target.deployments,
        scheme=session.target.authentication.scheme,
        base_paths=base_paths,
        profile=session.profile,
        limits=session.limits,
        rates=session.rates,
        capabilities=session.capabilities,
        allow_billed=session.allow_billed,
    )
    checking = asyncio.create_task(preparing.prepare(client))
    stopped = asyncio.create_task(stop.wait())
    try:
        either: list[asyncio.Future[Any]] = [checking, stopped]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not checking.done():
            kept = "nothing was written" if session.resumed is None else "the record was kept"
            raise TargetError(f"Interrupted before anything was judged; {kept}.")
        return checking.result()
    finally:
        for task in (checking, stopped):
            task.cancel()
        await asyncio.gather(checking, stopped, return_exceptions=True)
