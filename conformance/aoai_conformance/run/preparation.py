"""Prepares a run: sends minimal requests and probes, and adapts the plan to their results."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from aoai_conformance.cost.limits import PlanRoom, SpendingLimits
from aoai_conformance.cost.rates import Rates
from aoai_conformance.engine.isolation.isolation import OperationKey
from aoai_conformance.engine.unit_sender import Knowledge
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.minimal_request import why_closed
from aoai_conformance.options import Scheme
from aoai_conformance.run.base_paths import BasePaths
from aoai_conformance.run.preflight import PREFLIGHT_PATIENCE, CaseSender, minimal_cases, require_responses
from aoai_conformance.run.probing import Probed, bases_to_probe, is_brief, probe_deployment
from aoai_conformance.target.billing import without_billed
from aoai_conformance.target.selection import SentPlan, sent_plans
from aoai_model.case import Case, Plan
from aoai_specs.document import Document
from aoai_strategies.planning.adapting import adapt_base
from aoai_strategies.planning.budget import PlanBudget, cut
from aoai_strategies.planning.capabilities import Capabilities
from aoai_strategies.planning.selecting import SMOKE_REQUESTS


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared run.

    `plans` are what to send; `exchanges` are the probes, which come first in the record; `knowledge` has the
    exchanges of the minimal requests.
    """

    plans: tuple[SentPlan, ...]
    capabilities: Capabilities
    exchanges: tuple[Exchange, ...]
    knowledge: Knowledge

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases of all plans, in order."""
        return tuple(case for sent in self.plans for case in sent.plan.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing:
    """The input of the preparation: complete plans, budgets, and capabilities if known."""

    plans: Sequence[Plan]
    documents: Mapping[str, Document]
    root: str
    deployments: Mapping[str, str]
    scheme: Scheme = "key"
    base_paths: BasePaths = field(default_factory=lambda: BasePaths({}))
    profile: str = "standard"
    limits: SpendingLimits = field(default_factory=SpendingLimits)
    rates: Rates = field(default_factory=Rates)
    capabilities: Capabilities | None = None
    allow_billed: bool = True

    async def prepare(self, client: CaseSender) -> Prepared:
        """Send the minimal requests and the probes, and adapt the plans.

        Known capabilities are not probed again. Raises TargetError if the server does not respond or rejects
        the key for every operation.
        """
        known = Capabilities() if self.capabilities is None else self.capabilities
        bases = {
            key: self._adapt(case, known)
            for key, case in minimal_cases(
                case for plan in self.plans for case in self._allowed(plan)
            ).items()
        }
        sendable = {key: case for key, case in bases.items() if case is not None}
        exchanges = await self._send(client, sendable)
        exchanges, replaced = await self.base_paths.find(client, sendable, exchanges)
        if exchanges:
            require_responses(list(exchanges.values()), self.root, self.scheme)
        probes: list[Exchange] = []
        if self.capabilities is None:
            known, probes, exchanges = await self._probe(client, sendable, exchanges)
        probes = [*replaced, *probes]
        return self._adapt_plans(known, probes, exchanges)

    def _allowed(self, plan: Plan) -> Sequence[Case]:
        return plan.cases if self.allow_billed else without_billed(plan.cases, self.documents)

    def _adapt(self, case: Case, known: Capabilities) -> Case | None:
        deployment = known.of(case.kind)
        if deployment is None:
            return case
        return adapt_base(case, self.documents[case.document].operation(case.operation), deployment)

    async def _send(
        self, client: CaseSender, bases: Mapping[OperationKey, Case]
    ) -> dict[OperationKey, Exchange]:
        exchanges = await asyncio.gather(*(client.send(case, PREFLIGHT_PATIENCE) for case in bases.values()))
        return dict(zip(bases, exchanges, strict=True))

    async def _probe(
        self, client: CaseSender, bases: Mapping[OperationKey, Case], exchanges: dict[OperationKey, Exchange]
    ) -> tuple[Capabilities, list[Exchange], dict[OperationKey, Exchange]]:
        """Probe each deployment with the newest document that has its operation."""
        chosen = bases_to_probe(bases, self.documents, self.deployments)
        found = await asyncio.gather(
            *(self._probe_one(client, bases[key], exchanges[key]) for key in chosen.values())
        )
        known = Capabilities({each.capabilities.kind: each.capabilities for each in found})
        for key, each in zip(chosen.values(), found, strict=True):
            exchanges[key] = each.base
        again = {
            key: changed
            for key, case in bases.items()
            if key not in chosen.values()
            and exchanges[key].is_failed_minimal
            and (changed := self._adapt(case, known)) is not None
            and changed != case
        }
        exchanges |= await self._send(client, again)
        return known, [exchange for each in found for exchange in each.exchanges], exchanges

    async def _probe_one(self, client: CaseSender, base: Case, first: Exchange) -> Probed:
        operation = self.documents[base.document].operation(base.operation)
        brief = is_brief(self.profile, self.limits, self.deployments)
        return await probe_deployment(
            client, base, first, operation, self.deployments[base.kind], brief=brief
        )

    def _adapt_plans(
        self, known: Capabilities, probes: Sequence[Exchange], exchanges: Mapping[OperationKey, Exchange]
    ) -> Prepared:
        plans = list(self.plans)
        if self.profile == "smoke" and probes:
            plans = [replace(plan, cases=tuple(self._smoke_cases(plan, probes))) for plan in plans]
        room = PlanRoom(self.limits, self.rates) if self.limits.are_given else None
        if room is not None:
            for exchange in probes:
                room.use(exchange.case, exchange.attempts)
        sent = sent_plans(
            plans, self.documents, capabilities=known, room=room, allow_billed=self.allow_billed
        )
        closed = {key: why_closed(each) for key, each in exchanges.items() if each.is_failed_minimal}
        knowledge = Knowledge({each.case.id: each for each in exchanges.values()}, closed)
        return Prepared(sent, known, tuple(probes), knowledge)

    def _smoke_cases(self, plan: Plan, probes: Sequence[Exchange]) -> list[Case]:
        """The cases of a smoke plan that fit beside its probes."""
        own = sum(exchange.case.document == plan.document for exchange in probes)
        return cut(plan.cases, PlanBudget(SMOKE_REQUESTS - own))
