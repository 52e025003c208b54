"""Planning: from a document to the ordered list of cases, the same for the same arguments byte for byte.

For each operation, in document order: the base case, which is a pre-flight for all others; the packed cases;
the scenarios; the protocol points; the points that are to be refused, each in a request of its own (points
whose requests are the very same share one). After them come the flows of the resources of these operations.
A case that takes something from another one follows on it; where the other's operation was not chosen, or
makes it for this case alone, it is a preparation. The profiles:

- smoke: at most 25 requests for the whole document, spread over its operations and its most telling points;
- standard: every point, within the budget that `points` states, and the flows;
- deep: every point without that budget, the flows, and generated requests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from aoai_model.case import (
    Case,
    Expectation,
    Json,
    JsonBody,
    Plan,
    PlannedRequest,
    Point,
    ScenarioStep,
)
from aoai_specs.document import Document, Operation
from aoai_specs.errors import UnknownNameError
from aoai_strategies.flows import flow_cases
from aoai_strategies.planning.packing import Packable, joined, packed, request_key
from aoai_strategies.planning.selecting import SMOKE_REQUESTS, cut, smoke, with_sources_first
from aoai_strategies.points.points import (
    PlannedPoint,
    plan_points,
    protocol_pointed,
    standard_budget,
    unsendable_at,
)
from aoai_strategies.requests.bases import base_request
from aoai_strategies.requests.building import base_case, case_of, preparation
from aoai_strategies.requests.naming import case_prefix
from aoai_strategies.requests.placeholders import taken_in
from aoai_strategies.requests.resources import ENDING, UNPROMISED, own_sources
from aoai_strategies.scenarios import scenarios_for

__all__ = ["DEEP_EXAMPLES", "PROFILES", "SMOKE_REQUESTS", "case_prefix", "plan"]

PROFILES = ("smoke", "standard", "deep")
#: How many generated requests of each sort the profile deep adds to an operation.
DEEP_EXAMPLES = 25


def plan(
    document: Document,
    *,
    profile: str = "standard",
    seed: int = 0,
    operations: Collection[str] | None = None,
    max_requests: int | None = None,
    max_tokens: int | None = None,
    examples: int = DEEP_EXAMPLES,
) -> Plan:
    """The plan for a document.

    `operations` are operationIds (None: all of them); `seed` and `examples` matter to the profile deep only,
    which adds to each operation at most `examples` valid and as many invalid generated requests of ours, and
    as many of either sort of Schemathesis'. `max_requests` and `max_tokens` cut the plan: base cases stay
    first, then everything in plan order while it fits; the requests of one scenario stay together, and no
    case stays without those that it takes from. Raises UnknownNameError for an unknown profile or operation.
    """
    if profile not in PROFILES:
        raise UnknownNameError("profile", profile, PROFILES)
    chosen = _chosen(document, operations)
    cases: list[Case] = []
    for operation in chosen:
        planned = _Planning(document, operation)
        cases += planned.cases(profile)
        if profile == "deep":
            cases += planned.generated(seed, examples)
    if profile != "smoke":
        cases += flow_cases(document, [operation.id for operation in chosen])
    cases = with_sources_first(cases, lambda case_id: preparation(document, case_id))
    if profile == "smoke":
        cases = smoke(cases)
    kept = tuple(cut(cases, max_requests, max_tokens))
    unsendable = () if profile == "smoke" else (each for one in chosen for each in unsendable_at(one))
    return Plan(str(document.name), profile, seed, kept, tuple(unsendable))


def _chosen(document: Document, operations: Collection[str] | None) -> list[Operation]:
    if operations is None:
        return list(document.operations.values())
    wanted = {document.operation(name).id for name in operations}
    return [operation for operation in document.operations.values() if operation.id in wanted]


@dataclass(frozen=True, slots=True)
class _Planning:
    """Makes the cases of one operation."""

    document: Document
    operation: Operation

    def cases(self, profile: str) -> list[Case]:
        base = base_request(self.operation, "")
        pointed = plan_points(self.operation)
        most, worst_rank = standard_budget(self.document)
        if profile != "deep":
            pointed = tuple(one for one in pointed if one.rank <= worst_rank)
        accepting = [base_case(self.operation), *self._accepting(base, pointed), *self._scenarios(base)]
        probing = [
            self._case(one.point.id, one.request, one.point.expect, (one.point,), "protocol")
            for one in protocol_pointed(self.operation)
        ]
        room = None if profile == "deep" else most - len(accepting) - len(probing)
        return [*accepting, *probing, *self._alone(base, pointed, room)]

    def _accepting(self, base: PlannedRequest, pointed: Sequence[PlannedPoint]) -> Iterator[Case]:
        number = 0
        for expect in cast("tuple[Expectation, ...]", ("accept", "any")):
            found = [Packable(one.point, one.field) for one in pointed if _is_packed(one, expect)]
            for group in self._groups(found):
                number += 1
                group_points = tuple(member.point for member in group)
                name = f"accept-{number:02}" if expect == "accept" else f"any-{number:02}"
                own = self._own_base(base, name)
                request = joined(own, group_points)
                yield self._case(name, request, expect, group_points, "packed", own)

    def _groups(self, found: Sequence[Packable]) -> Sequence[tuple[Packable, ...]]:
        """The points that share a request; each has its own where an accepted one leaves nothing to ask."""
        if self.operation.kind in ENDING:
            return [(one,) for one in found]
        return packed(self.operation.kind, found)

    def _own_base(self, base: PlannedRequest, name: str) -> PlannedRequest:
        """The base of a request that is to be accepted, which may need a resource that nobody else needs."""
        if self.operation.kind not in ENDING:
            return base
        return base_request(self.operation, sources=own_sources(self.operation, name))

    def _scenarios(self, base: PlannedRequest) -> Iterator[Case]:
        prefix = case_prefix(self.document, self.operation)
        for scenario in scenarios_for(self.operation):
            identifier = f"{prefix}/{scenario.name}"
            for step in scenario.steps:
                request = replace(base, body=JsonBody(cast("Json", dict(step.body))))
                expect = "any" if self.operation.kind in UNPROMISED else scenario.expect
                case = self._case(f"{scenario.name}/{step.name}", request, expect, (), "scenario")
                yield replace(case, scenario=ScenarioStep(identifier, scenario.kind, step.name))

    def _alone(self, base: PlannedRequest, pointed: Sequence[PlannedPoint], room: int | None) -> list[Case]:
        """The cases of points that travel alone, best ranks first while there is room, in document order."""
        requests: dict[tuple[str, str], list[PlannedPoint]] = {}
        for one in pointed:
            if not _is_packed(one, one.point.expect):
                requests.setdefault((one.point.expect, request_key(one.request)), []).append(one)
        groups = list(requests.values())
        if room is not None and len(groups) > room:
            ranked = sorted(range(len(groups)), key=lambda index: min(one.rank for one in groups[index]))
            kept = set(ranked[: max(0, room)])
            groups = [group for index, group in enumerate(groups) if index in kept]
        return [
            self._case(
                group[0].point.id,
                group[0].request,
                group[0].point.expect,
                tuple(one.point for one in group),
                "point",
                base,
            )
            for group in groups
        ]

    def generated(self, seed: int, examples: int) -> Iterator[Case]:
        from aoai_strategies.generation.generating import generated_requests
        from aoai_strategies.generation.schemathesis_requests import schemathesis_requests

        base = base_request(self.operation, "")
        for one in (
            *generated_requests(self.operation, seed, examples),
            *schemathesis_requests(self.operation, seed, examples),
        ):
            yield self._case(
                one.name, one.request, one.point.expect, (one.point,), "generated", base, generated=True
            )

    def _case(
        self,
        name: str,
        request: PlannedRequest,
        expect: Expectation,
        points: tuple[Point, ...],
        origin: str,
        base: PlannedRequest | None = None,
        *,
        generated: bool = False,
    ) -> Case:
        known = taken_in(base) if generated and base is not None else None
        return case_of(
            self.operation,
            name,
            request,
            expect,
            origin=origin,
            points=points,
            base=base,
            takes=known,
        )


def _is_packed(one: PlannedPoint, expect: Expectation) -> bool:
    """Whether a point travels with others: when it should be accepted, or would be but for what it names."""
    return one.point.expect == expect and (expect == "accept" or (expect == "any" and one.harmless))
