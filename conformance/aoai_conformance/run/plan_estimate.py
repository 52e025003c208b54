"""What a plan costs before it is sent: as expected, and at worst."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aoai_conformance.cost.rates import Cost, Rates, by_kind, total_cost
from aoai_conformance.engine.isolation.defect_search import MOST_ISOLATING
from aoai_conformance.engine.isolation.isolation import MOST_ATTEMPTS, MOST_SHRUNK
from aoai_model.case import Case, Plan
from aoai_strategies.planning.probes import MOST_PROBES
from aoai_strategies.requests.costs import Usage, usage_if_accepted, usage_of


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run uses, what that costs, and how long it takes in seconds."""

    usage: Usage = field(default_factory=Usage)
    cost: Cost = field(default_factory=Cost)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEstimate:
    """The forecasts of a plan, for three servers.

    `expected` is for a server that does what the plan expects; `accepting` for one that accepts and answers
    every request, with as many further requests as a search for defects may send; `rejecting` for one that
    rejects each packed request, so that it is split down to its points, and lets each job run until its last
    poll. Probes are included, retries are not. `kinds` are the planned kinds of operation, and `rates` are
    what the forecasts rest on.
    """

    expected: Forecast
    accepting: Forecast
    rejecting: Forecast
    kinds: tuple[str, ...]
    rates: Rates


def estimate_plans(plans: Sequence[Plan], rates: Rates, probing: Sequence[Case] = ()) -> PlanEstimate:
    """Estimate what a run sends for plans, after the requests that probe what the deployments support."""
    cases = [case for plan in plans for case in plan.cases]
    probes = by_kind((case, usage_if_accepted(case)) for case in probing)
    waiting = _longest_chain(cases, rates) + max(
        (each.requests * rates.request_seconds(kind) for kind, each in probes.items()), default=0.0
    )

    def forecast(usages: Iterable[tuple[Case, Usage]], more: Mapping[str, Usage]) -> Forecast:
        used = _added(by_kind(usages), more)
        return Forecast(sum(used.values(), Usage()), total_cost(rates, used), rates.seconds(used) + waiting)

    return PlanEstimate(
        expected=forecast(((case, usage_of(case)) for case in cases), probes),
        accepting=forecast(
            ((case, usage_if_accepted(case)) for case in cases), _added(probes, _of_searches(cases))
        ),
        rejecting=forecast(
            ((case, _usage_if_rejected(case)) for case in cases),
            {kind: _most_of(each) for kind, each in probes.items()},
        ),
        kinds=tuple(dict.fromkeys(case.kind for case in cases)),
        rates=rates,
    )


def most_requests(case: Case) -> int:
    """How many requests a case takes at most: its polls, or a packed case split down to its points."""
    halves = 2 * (len(case.points) - 1) if case.expect == "accept" and len(case.points) > 1 else 0
    return halves + (1 if case.until is None else case.until.attempts)


def _usage_if_rejected(case: Case) -> Usage:
    """The usage of a packed case that is rejected, as its parts are; that of another case as expected."""
    requests = most_requests(case)
    if case.origin == "packed":
        return Usage(requests=requests)
    usage = usage_of(case)
    return usage + Usage(requests=requests - usage.requests)


def _most_of(probes: Usage) -> Usage:
    """As many requests as may be sent to probe one deployment, besides the minimal request."""
    return Usage(MOST_PROBES - 1, probes.prompt_tokens, probes.completion_tokens)


def _of_searches(cases: Sequence[Case]) -> dict[str, Usage]:
    """The most that searching for the causes of defects may use: in packed cases, and in generated ones."""
    packed = [case for case in cases if case.origin == "packed" and case.expect == "accept"]
    generated = [case for case in cases if case.origin == "generated"]
    halves = sum(2 * (len(case.points) - 1) for case in packed if case.points)
    return _added(
        _dearest(packed, min(MOST_ISOLATING, halves)),
        _dearest(generated, min(MOST_SHRUNK, len(generated)) * MOST_ATTEMPTS),
    )


def _dearest(cases: Sequence[Case], times: int) -> dict[str, Usage]:
    """The usage of the case with the most tokens, so many times."""
    if not cases or not times:
        return {}
    dearest = max(cases, key=lambda case: usage_if_accepted(case).tokens)
    return {dearest.kind: usage_if_accepted(dearest) * times}


def _added(one: Mapping[str, Usage], other: Mapping[str, Usage]) -> dict[str, Usage]:
    kinds = dict.fromkeys((*one, *other))
    return {kind: one.get(kind, Usage()) + other.get(kind, Usage()) for kind in kinds}


def _longest_chain(cases: Iterable[Case], rates: Rates) -> float:
    """The seconds of the requests in the longest chain in which each request needs an earlier response."""
    ends: dict[str, float] = {}
    ends_of_scenarios: dict[str, float] = {}
    bases: dict[tuple[str, str], float] = {}
    for case in cases:
        starts = [ends.get(taken.source, 0.0) for taken in case.takes if taken.case]
        if case.scenario is not None:
            starts.append(ends_of_scenarios.get(case.scenario.id, 0.0))
        starts.append(bases.get((case.document, case.operation), 0.0))
        end = max(starts) + rates.request_seconds(case.kind)
        ends[case.id] = end
        if case.scenario is not None:
            ends_of_scenarios[case.scenario.id] = end
        if case.origin == "base":
            bases[case.document, case.operation] = end
    return max(ends.values(), default=0.0)
