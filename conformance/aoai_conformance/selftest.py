"""Which fault of the emulator trips which rule: the suite tested by what it must notice.

Each fault is served by an emulator of its own, and the standard plan of the operations that it concerns is
run against it. The emulator without a fault must trip nothing, in either flavour.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache

from aoai_conformance.client import Client, Limits
from aoai_conformance.document_choice import chosen_documents
from aoai_conformance.emulator_process import EmulatorProcess, EmulatorWish
from aoai_conformance.pacing import Pacer, Patience
from aoai_conformance.preflight import preflight
from aoai_conformance.rule import rules
from aoai_conformance.runner import Judge, JudgedExchange, Runner
from aoai_conformance.target_choice import emulator_target
from aoai_conformance.targets import Target
from aoai_specs.document import Document
from aoai_strategies.case import Case
from aoai_strategies.planning import plan

FLAVOURS = ("azure", "strict")
#: The stages at which only an answer to an accepted request can be broken.
_ANSWER_STAGES = frozenset({"answer", "chunks", "frames"})
#: How many emulators one process serves for a worker.
_TOGETHER = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """One emulator to try the suite on.

    `kinds` are the kinds of operations that are run, empty for all; `accepted_only` leaves out what is to be
    refused, which a fault in the making of answers cannot change.
    """

    name: str
    wish: EmulatorWish
    kinds: frozenset[str] = frozenset()
    accepted_only: bool = False

    def wants(self, case: Case) -> bool:
        """Whether a case of the plan is sent."""
        return (not self.kinds or case.kind in self.kinds) and not (
            self.accepted_only and case.expect == "reject"
        )


@dataclass(frozen=True, slots=True)
class FaultToTry:
    """What a trial must know of a fault; the stages are those of `aoai_emulator.FaultDescription`."""

    id: str
    kinds: frozenset[str]
    stage: str


@dataclass(frozen=True, slots=True)
class Tripped:
    """What a trial came to: how often each rule was violated, by id, and how many requests had no answer."""

    name: str
    rules: dict[str, int]
    requests: int
    unanswered: int


def trials(faults: Sequence[FaultToTry]) -> list[Trial]:
    """A trial for each fault, after one for each flavour without a fault."""
    sound = [Trial(f"no fault, {flavour}", EmulatorWish(flavour)) for flavour in FLAVOURS]
    return sound + [
        Trial(fault.id, EmulatorWish("azure", (fault.id,)), fault.kinds, fault.stage in _ANSWER_STAGES)
        for fault in faults
    ]


def run_trials(
    wanted: Sequence[Trial], *, api_versions: Sequence[str] = (), profile: str = "standard", workers: int = 2
) -> Iterator[Tripped]:
    """Try the suite on each emulator, in `workers` processes; results come as they are had.

    Each process serves a few emulators at a time from one process more.
    """
    versions = tuple(api_versions)
    groups = [wanted[start : start + _TOGETHER] for start in range(0, len(wanted), _TOGETHER)]
    if workers == 1 or len(groups) == 1:
        for group in groups:
            yield from _try_each(group, versions, profile)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        pending = [pool.submit(_try_each, group, versions, profile) for group in groups]
        try:
            for done in as_completed(pending):
                yield from done.result()
        finally:
            for each in pending:
                each.cancel()


@cache
def _prepared(api_versions: tuple[str, ...], profile: str) -> tuple[tuple[Document, ...], tuple[Case, ...]]:
    """The documents and the cases that every trial takes from; once for each process."""
    documents = chosen_documents(api_versions=api_versions)
    cases = tuple(case for document in documents for case in plan(document, profile=profile).cases)
    return documents, cases


def _try_each(wanted: Sequence[Trial], api_versions: tuple[str, ...], profile: str) -> list[Tripped]:
    documents, cases = _prepared(api_versions, profile)
    with EmulatorProcess([trial.wish for trial in wanted], api_versions=api_versions) as process:
        return [
            asyncio.run(_try(trial, emulator_target(url), documents, cases))
            for trial, url in zip(wanted, process.urls, strict=True)
        ]


async def _try(trial: Trial, target: Target, documents: Sequence[Document], cases: Sequence[Case]) -> Tripped:
    concerned = [case for case in cases if trial.wants(case)]
    named = {str(document.name): document for document in documents}
    counts: Counter[str] = Counter()
    unanswered = 0
    pacer = Pacer(Patience(busy_attempts=2, broken_attempts=2, longest_wait=0.1, first_wait=0.02))
    limits = Limits(seconds=20.0)
    base_paths = {name: document.base_path for name, document in named.items()}
    async with Client(target, base_paths, pacer=pacer, limits=limits) as client:
        runner = Runner(client, Judge(named, rules()))
        knowledge = await preflight(client, concerned, target.root)
        async with aclosing(runner.run(concerned, knowledge)) as results:
            async for judged in results:
                if isinstance(judged, JudgedExchange):
                    unanswered += judged.exchange.response is None
                counts.update(
                    verdict.rule_id for verdict in judged.verdicts if verdict.outcome == "violation"
                )
        return Tripped(trial.name, dict(sorted(counts.items())), client.budget.sent, unanswered)
