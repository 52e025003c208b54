"""Probes deployments before a run: which fields their models support, and which minimal request works.

A field counts as unsupported only if the error message says so (see rejections.yaml). A 5xx, a time-out or an
unexplained 4xx ends the probe of that setting without a result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from aoai_conformance.cost.limits import SpendingLimits
from aoai_conformance.engine.isolation.isolation import OperationKey
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.rejections import Rejection, find_rejection
from aoai_model.case import Case, Edit
from aoai_model.serialization import Json
from aoai_reports.results.sufficiency import PROBE
from aoai_specs.document import Document, Operation
from aoai_strategies.planning.adapting import NEW_LIMIT, OLD_LIMIT, adapt_base
from aoai_strategies.planning.capabilities import DeploymentCapabilities, uses
from aoai_strategies.planning.probes import (
    MOST_PROBES,
    MOST_SMOKE_PROBES,
    PROBES,
    Probe,
    probes_for,
    shows_capability,
    without,
)
from aoai_strategies.requests.costs import token_estimate
from aoai_strategies.requests.editing import apply_edits, body_value

#: The token limits to try if the model cannot finish within a smaller one.
_LIMITS = (1024, 8192)


class ProbeSender(Protocol):
    """Sends cases, such as `aoai_conformance.engine.client.Client`."""

    async def send(self, case: Case) -> Exchange:
        """Send a case and return its exchange, which may have failed."""


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of probing one deployment.

    `base` is the exchange of the minimal request, which decides whether the operation can be tested;
    `exchanges` are all others, in the order of sending.
    """

    capabilities: DeploymentCapabilities
    base: Exchange
    exchanges: tuple[Exchange, ...]


def probed_kinds() -> frozenset[str]:
    """The kinds of operations whose deployments are probed."""
    return frozenset(PROBES)


def is_brief(profile: str, limits: SpendingLimits, deployments: Collection[str]) -> bool:
    """Whether to probe only the minimal requests: in the profile smoke, or with few requests."""
    most = 2 * MOST_PROBES * len(deployments)
    return profile == "smoke" or (limits.requests is not None and limits.requests < most)


def bases_to_probe(
    bases: Mapping[OperationKey, Case], documents: Mapping[str, Document], deployments: Collection[str]
) -> dict[str, OperationKey]:
    """The operation with which each kind of deployment is probed: that of the newest document that has it."""
    chosen: dict[str, OperationKey] = {}
    for key, case in bases.items():
        if case.kind in PROBES and case.kind in deployments:
            newest = chosen.get(case.kind)
            if newest is None or documents[key[0]].name.version > documents[newest[0]].name.version:
                chosen[case.kind] = key
    return chosen


def expected_probes(
    bases: Mapping[OperationKey, Case], documents: Mapping[str, Document], deployments: Collection[str]
) -> tuple[Case, ...]:
    """The probes, unless they are brief, of a run whose deployments support everything."""
    return tuple(
        _probe_case(bases[key], f"{probe.name}-{number:02}", probe.settings)
        for key in bases_to_probe(bases, documents, deployments).values()
        for number, probe in enumerate(probes_for(documents[key[0]].operation(key[1])), start=1)
    )


async def probe_deployment(
    sender: ProbeSender,
    base: Case,
    first: Exchange,
    operation: Operation,
    deployment: str,
    *,
    brief: bool = False,
) -> Probed:
    """Probe the deployment of an operation; `first` is the exchange of its minimal request.

    At most 12 requests are sent, including the first; if `brief`, at most 3, and only if the minimal request
    was rejected because of what the model does not support.
    """
    probing = _Probing(
        sender,
        operation,
        base,
        DeploymentCapabilities(operation.kind, deployment),
        left=(MOST_SMOKE_PROBES if brief else MOST_PROBES) - 1,
    )
    last = await probing.find_base(first)
    if not brief and not last.is_failed_minimal:
        for probe in probes_for(operation):
            await probing.try_settings(probe)
    return Probed(probing.capabilities, last, tuple(probing.exchanges))


@dataclass(slots=True)
class _Probing:
    sender: ProbeSender
    operation: Operation
    base: Case
    capabilities: DeploymentCapabilities
    left: int
    exchanges: list[Exchange] = field(default_factory=list)
    _sent: int = 0

    async def find_base(self, first: Exchange) -> Exchange:
        """Change the minimal request as the error messages suggest until it is accepted."""
        last = first
        while self.left > 0 and last.is_failed_minimal:
            rejection = find_rejection(last, self.operation)
            if rejection is None or not self._learn_from_base(rejection):
                break
            changed = adapt_base(self.base, self.operation, self.capabilities)
            self.exchanges.append(as_probe(last, f"base-{len(self.exchanges) + 1:02}"))
            if changed is None:
                break
            self.left -= 1
            last = await self.sender.send(changed)
        if not last.is_failed_minimal:
            value = body_value(last.case.request.body)
            for name in (OLD_LIMIT, NEW_LIMIT):
                if uses(value, name):
                    self._note_supported(name)
        return last

    async def try_settings(self, probe: Probe) -> None:
        """Send the settings together, and again without each one that is rejected as unsupported."""
        settings: Mapping[str, Json] = {
            name: value
            for name, value in probe.settings.items()
            if probe.capability(name) not in self.capabilities.unsupported
        }
        while self.left > 0 and any(shows_capability(probe, name) for name in settings):
            exchange = await self._send(probe.name, settings)
            response = exchange.response
            if response is not None and 200 <= response.status < 300:
                for name in settings:
                    if shows_capability(probe, name):
                        self._note_supported(probe.capability(name))
                return
            rejection = find_rejection(exchange, self.operation)
            rejected = _rejected(rejection, probe, settings)
            if rejection is None or not rejected:
                return
            for name in rejected:
                self._note_unsupported(probe.capability(name), rejection.quote)
                settings = without(settings, name)

    async def _send(self, name: str, settings: Mapping[str, Json]) -> Exchange:
        self.left -= 1
        self._sent += 1
        minimal = adapt_base(self.base, self.operation, self.capabilities) or self.base
        exchange = await self.sender.send(_probe_case(minimal, f"{name}-{self._sent:02}", settings))
        self.exchanges.append(exchange)
        return exchange

    def _learn_from_base(self, rejection: Rejection) -> bool:
        """Learn from the rejection of the minimal request; return whether to try again."""
        known = self.capabilities
        if rejection.cause == "model limit" and not known.unsupported.keys() >= {OLD_LIMIT, NEW_LIMIT}:
            higher = next((limit for limit in _LIMITS if limit > known.output_tokens), None)
            if higher is not None and _cannot_finish(rejection):
                self.capabilities = replace(known, output_tokens=higher)
                return True
        if rejection.cause != "capability" or OLD_LIMIT not in rejection.subjects:
            return False
        if OLD_LIMIT in known.unsupported:
            return False
        self._note_unsupported(OLD_LIMIT, rejection.quote)
        return True

    def _note_supported(self, name: str) -> None:
        known = self.capabilities
        if name not in known.supported:
            self.capabilities = replace(known, supported=(*known.supported, name))

    def _note_unsupported(self, name: str, message: str) -> None:
        known = self.capabilities
        self.capabilities = replace(known, unsupported={**known.unsupported, name: message})


def _rejected(rejection: Rejection | None, probe: Probe, settings: Mapping[str, Json]) -> list[str]:
    """The settings that a rejection reports as unsupported."""
    if rejection is None or rejection.cause != "capability":
        return []
    named = [name for name in settings if {name, probe.capability(name)} & {*rejection.subjects}]
    tested = [name for name in settings if shows_capability(probe, name)]
    return [name for name in named if shows_capability(probe, name)] or (tested if len(tested) == 1 else [])


def _cannot_finish(rejection: Rejection) -> bool:
    """Whether a larger token limit may help."""
    return OLD_LIMIT in rejection.subjects and "too large" not in rejection.quote


def _probe_case(minimal: Case, name: str, settings: Mapping[str, Json]) -> Case:
    """A minimal request with settings, whose response shows whether they are supported."""
    edits = [Edit(f"/{member}", value) for member, value in settings.items()]
    request = apply_edits(minimal.request, edits)
    prompt, completion = token_estimate(minimal.kind, request, "any")
    return replace(
        minimal,
        id=_probe_id(minimal, name),
        request=request,
        expect="any",
        origin=PROBE,
        base=None,
        until=None,
        prompt_tokens=prompt,
        completion_tokens=completion,
    )


def as_probe(exchange: Exchange, name: str) -> Exchange:
    """The exchange of a minimal request that had to be changed, as a probe."""
    case = replace(
        exchange.case, id=_probe_id(exchange.case, name), origin=PROBE, expect="any", base=None, until=None
    )
    return replace(exchange, case=case)


def _probe_id(base: Case, name: str) -> str:
    return f"{base.id.removesuffix('/base')}/{PROBE}/{name}"
