"""Run the plan against an emulator for each fault, to find out which rules the fault trips.

Each fault has its own emulator. The cases of the operations that the fault concerns run on their main
document, and on further ones until a rule is tripped (`aoai_conformance.selftest.documents`). Emulators
without a fault must trip no rule, in either flavour, on any document.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache

from aoai_conformance.engine.attempts import Limits
from aoai_conformance.engine.client import Client
from aoai_conformance.engine.pacing import Pacer, Patience
from aoai_conformance.engine.runner import Runner
from aoai_conformance.judging.judged import JudgedExchange
from aoai_conformance.run.preflight import preflight
from aoai_conformance.selftest.documents import Place, Served, rounds
from aoai_conformance.selftest.trial_judging import judge_of
from aoai_conformance.target.choice import emulator_target
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_conformance.target.targets import Target
from aoai_model.case import Case
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import TargetError
from aoai_strategies.planning.planning import plan

FLAVOURS = ("azure", "strict")
#: The stages at which a fault can change only responses to accepted requests.
_RESPONSE_STAGES = frozenset({"response", "chunks", "frames"})
#: How many emulators a worker's process serves, and how many of them are tried at the same time.
_EMULATORS_PER_PROCESS, _CONCURRENT_TRIALS = 16, 4
#: The longest pause, in seconds, between polls. Operations in progress advance with every poll, so that no
#: time needs to pass.
_LONGEST_PAUSE = 0.02
#: How many points of each kind a sample contains for each operation.
_POINTS_PER_SORT = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """One emulator to try the suite on, and the document that it serves.

    `kinds` are the kinds of operations to run; if empty, all but those on request. `accepted_only` omits
    requests that should be rejected, which a fault that changes other responses cannot affect. `sampled`
    omits all but a few points of each kind, since a fault of every operation shows in any of them.
    """

    name: str
    settings: EmulatorSettings
    document: str
    kinds: frozenset[str] = frozenset()
    accepted_only: bool = False
    sampled: bool = False

    def cases(self, planned: Sequence[Case]) -> list[Case]:
        """Return the planned cases to send: those of the trial, their flows, and the cases they depend on."""
        wanted = [case for case in planned if self._includes(case)]
        chosen = {case.id for case in (_sample(wanted) if self.sampled else wanted)}
        flows = {case.scenario.id for case in planned if case.scenario and case.id in chosen}
        chosen |= {case.id for case in planned if case.scenario and case.scenario.id in flows}
        for case in reversed(planned):  # a case takes from earlier ones only
            if case.id in chosen:
                chosen.update(taken.case for taken in case.takes)
        return [case for case in planned if case.id in chosen]

    def _includes(self, case: Case) -> bool:
        return (not self.kinds or case.kind in self.kinds) and not (
            self.accepted_only and case.expect == "reject"
        )


def _sample(cases: Iterable[Case]) -> Iterator[Case]:
    """Yield all cases, but only a few single-point cases for each keyword, side and operation."""
    taken: Counter[tuple[str, str, str]] = Counter()
    for case in cases:
        if case.origin == "point":
            constraint, _, side = case.points[0].id.rpartition(":")
            sort = case.operation, constraint.rpartition(".")[2], side
            taken[sort] += 1
            if taken[sort] > _POINTS_PER_SORT:
                continue
        yield case


@dataclass(frozen=True, slots=True)
class FaultToTry:
    """The parts of an `aoai_emulator.FaultDescription` that trials need."""

    id: str
    kinds: frozenset[str]
    stages: frozenset[str]
    document: str | None
    topic: str


@dataclass(frozen=True, slots=True)
class Tripped:
    """The result of a trial: how often each rule was violated, and how many requests got no response.

    `failure` says why the trial could not run.
    """

    trial: Trial
    rules: dict[str, int]
    requests: int
    unanswered: int
    failure: str | None = None


def _report_nothing(done: int, wanted: int) -> None:
    del done, wanted


def sound_trials(served: Iterable[Served]) -> list[Trial]:
    """Return trials of the emulator without a fault for each document and flavour.

    The operations of a document that a run sends only on request have a trial of their own.
    """
    return [
        Trial(
            f"no fault, {flavour}",
            EmulatorSettings(flavour, documents=(str(each.name),), advance_on_poll=True),
            str(each.name),
            kinds,
        )
        for each in served
        for kinds in dict.fromkeys((frozenset[str](), each.on_request))
        for flavour in FLAVOURS
    ]


def try_all(
    faults: Sequence[FaultToTry],
    served: Sequence[Served],
    *,
    sound_everywhere: bool = True,
    profile: str = "standard",
    workers: int = 2,
    on_progress: Callable[[int, int], None] = _report_nothing,
) -> tuple[list[Tripped], dict[str, list[Tripped]]]:
    """Try the emulators without a fault, and each fault until it trips a rule or no document is left.

    Returns the results of the former and, by fault, the results of its trials in order; none for a fault of
    operations that no document has. Emulators without a fault are tried on every document, or else only where
    the faults are tried first. A fault that trips no rule is tried once more, alone: its emulator may have
    responded too late. `on_progress` receives the number of finished trials and their total.
    """
    left = {fault.id: rounds(fault.kinds, served, document=fault.document) for fault in faults}
    sound: list[Tripped] = []
    tripped: dict[str, list[Tripped]] = {fault.id: [] for fault in faults}
    first: dict[str, list[Trial]] = {fault.id: [] for fault in faults}
    done = 0
    while wanted := [
        _fault_trial(fault, place)
        for fault in faults
        if not any(each.rules for each in tripped[fault.id])
        for place in next(left[fault.id], ())
    ]:
        if not done:
            for trial in wanted:
                first[trial.name].append(trial)
            places = {trial.document for trial in wanted}
            wanted += sound_trials(each for each in served if sound_everywhere or str(each.name) in places)
        total = done + len(wanted)
        for result in run_trials(wanted, profile=profile, workers=workers):
            done += 1
            on_progress(done, total)
            (tripped[result.trial.name] if result.trial.settings.faults else sound).append(result)
    for name, trials in first.items():
        if not any(each.rules for each in tripped[name]):
            for trial in trials:
                tripped[name] += run_trials([trial], profile=profile, workers=1)
    return _sort(sound, served), {name: _sort(results, served) for name, results in tripped.items()}


def _fault_trial(fault: FaultToTry, place: Place) -> Trial:
    settings = EmulatorSettings("azure", (fault.id,), documents=(place.document,), advance_on_poll=True)
    accepted_only = fault.stages <= _RESPONSE_STAGES
    return Trial(fault.id, settings, place.document, place.kinds, accepted_only, sampled=not fault.kinds)


def _sort(results: Iterable[Tripped], served: Sequence[Served]) -> list[Tripped]:
    places = [str(each.name) for each in served]
    return sorted(results, key=lambda each: (places.index(each.trial.document), each.trial.name))


def run_trials(wanted: Sequence[Trial], *, profile: str = "standard", workers: int = 2) -> Iterator[Tripped]:
    """Try the suite on each emulator, in `workers` processes, and yield results as trials finish.

    Each of them starts another process that serves its emulators.
    """
    # the longest trials start first, so that no worker is left alone with one at the end
    ordered = sorted(wanted, key=_order)
    groups = [
        ordered[start : start + _EMULATORS_PER_PROCESS]
        for start in range(0, len(ordered), _EMULATORS_PER_PROCESS)
    ]
    if workers == 1 or len(groups) == 1:
        for group in groups:
            yield from _try_each(group, profile)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        pending = [pool.submit(_try_each, group, profile) for group in groups]
        try:
            for done in as_completed(pending):
                yield from done.result()
        finally:
            for each in pending:
                each.cancel()


def _order(trial: Trial) -> tuple[bool, bool, str, list[str]]:
    """Sort the longest trials first, and trials with the same requests together: processes cache plans."""
    return trial.accepted_only, bool(trial.kinds), trial.document, sorted(trial.kinds)


def _planned(trial: Trial, profile: str) -> tuple[Case, ...]:
    """Return the cases planned for the document of a trial, with operations on request if it tries some."""
    operations = Catalogue.packaged().load(trial.document).operations.values()
    return _cases(
        trial.document, profile, any(each.on_request and each.kind in trial.kinds for each in operations)
    )


@cache
def _cases(document: str, profile: str, on_request: bool) -> tuple[Case, ...]:
    """Return the cases planned for a document; planned once in each process."""
    loaded = Catalogue.packaged().load(document)
    return plan(loaded, profile=profile, operations=loaded.operations if on_request else None).cases


def _try_each(wanted: Sequence[Trial], profile: str) -> list[Tripped]:
    with EmulatorProcess([trial.settings for trial in wanted]) as process:
        for trial in wanted:
            _planned(trial, profile)  # while the emulators start
        targets = [emulator_target(url) for url in process.urls]
        return asyncio.run(_try_together(list(zip(wanted, targets, strict=True)), profile))


async def _try_together(wanted: Sequence[tuple[Trial, Target]], profile: str) -> list[Tripped]:
    """Try emulators a few at a time: while one flow waits, others continue."""
    slots = asyncio.Semaphore(_CONCURRENT_TRIALS)

    async def in_turn(trial: Trial, target: Target) -> Tripped:
        async with slots:
            try:
                return await _try(trial, target, profile)
            except TargetError as error:
                return Tripped(trial, {}, 0, 0, str(error))

    return await asyncio.gather(*(in_turn(trial, target) for trial, target in wanted))


async def _try(trial: Trial, target: Target, profile: str) -> Tripped:
    cases = [case for case in trial.cases(_planned(trial, profile)) if target.knows(case.kind)]
    document = Catalogue.packaged().load(trial.document)
    counts: Counter[str] = Counter()
    unanswered = 0
    pacer = Pacer(Patience(busy_attempts=2, broken_attempts=2, longest_wait=0.1, first_wait=0.02))
    limits = Limits(seconds=60.0)
    async with Client(target, {trial.document: document.base_path}, pacer=pacer, limits=limits) as client:
        # a trial need not find out which of several packed points reveals a defect
        runner = Runner(
            client,
            judge_of(document),
            isolation_budget=0,
            longest_pause=_LONGEST_PAUSE,
            judge_in_thread=False,
        )
        knowledge = await preflight(client, cases, target.root)
        async with aclosing(runner.run(cases, knowledge)) as results:
            async for judged in results:
                if isinstance(judged, JudgedExchange):
                    unanswered += judged.exchange.response is None
                counts.update(
                    verdict.rule_id for verdict in judged.verdicts if verdict.outcome == "violation"
                )
        return Tripped(trial, dict(sorted(counts.items())), client.budget.sent, unanswered)
