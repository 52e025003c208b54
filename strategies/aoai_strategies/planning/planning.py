"""Plans the cases of a document: the same arguments give the same plan, byte for byte.

For each operation, in document order: the base case, which runs before all others; the packed cases; the
scenarios; the protocol points; the points that should be rejected, each in a separate request (points with
equal requests share one). The flows of the operations' resources follow. A case that takes a value from
another one comes after it; where the other operation was not selected, or creates the resource for this case
alone, the plan adds a preparation. The profiles:

- smoke: at most 25 requests for the whole document, spread over its operations and its most useful points;
- standard: every point within the budget that `points` describes, and the flows;
- deep: every point without that budget, the flows, and generated requests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from aoai_model.case import Case, Expectation, JsonBody, Plan, Point, ScenarioStep, Unsendable
from aoai_specs.document import Document, Operation
from aoai_specs.errors import MissingExtraError, UnknownNameError
from aoai_strategies.canonical import request_key
from aoai_strategies.flows import flow_cases
from aoai_strategies.planning.budget import PlanBudget, cut
from aoai_strategies.planning.packing import join_points, pack
from aoai_strategies.planning.selecting import SMOKE_REQUESTS, order_sources_first, smoke
from aoai_strategies.points.planned_point import PlannedPoint
from aoai_strategies.points.points import OperationPoints, points, standard_budget
from aoai_strategies.requests.builder import RequestBuilder, RequestBuilders
from aoai_strategies.requests.placeholders import find_placeholders
from aoai_strategies.requests.resources import ENDING, UNPROMISED
from aoai_strategies.requests.response_limits import must_be_alone
from aoai_strategies.scenarios import scenarios_for

if TYPE_CHECKING:
    from aoai_strategies.generation.schemathesis_requests import SchemathesisSource

__all__ = ["DEEP_EXAMPLES", "PROFILES", "SMOKE_REQUESTS", "plan", "points_left_out"]

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

    `operations` are operationIds (None: all but those on request). `seed` and `examples` only affect the
    profile deep, which adds at most `examples` valid and as many invalid generated requests to each
    operation, and as many of each sort that Schemathesis generates. `max_requests` and `max_tokens` cut the
    plan as `aoai_strategies.planning.budget` describes. Raises UnknownNameError for an unknown profile or
    operation, and MissingExtraError if the profile deep generates requests without the extra schemathesis.
    """
    if profile not in PROFILES:
        raise UnknownNameError("profile", profile, PROFILES)
    builders = RequestBuilders(document)
    selected = _select(document, operations)
    cases: list[Case] = []
    unsendable: list[Unsendable] = []
    schemathesis = _schemathesis_source(document) if profile == "deep" and examples > 0 else None
    for operation in selected:
        planner = OperationPlanner(builders.of(operation), profile)
        cases += planner.cases()
        if schemathesis is not None:
            cases += planner.generated_cases(schemathesis, seed, examples)
        if profile != "smoke":
            unsendable += planner.points.unsendable
    if profile != "smoke":
        cases += flow_cases(builders, [operation.kind for operation in selected])
    cases = order_sources_first(cases, builders.preparation)
    if profile == "smoke":
        cases = smoke(cases)
    budget = PlanBudget(max_requests, max_tokens)
    cut_cases = cases if budget.is_unlimited else cut(cases, budget)
    return Plan(str(document.name), profile, seed, tuple(cut_cases), tuple(unsendable))


def points_left_out(operation: Operation) -> tuple[Point, ...]:
    """The points of an operation that only the profile deep sends."""
    sent = {point.id for _, point in plan(operation.document, operations=[operation.id]).points()}
    return tuple(point for point in points(operation) if point.id not in sent)


class OperationPlanner:
    """Plans the cases of one operation; its base request and its points are made once."""

    def __init__(self, requests: RequestBuilder, profile: str) -> None:
        self.requests = requests
        self.points = OperationPoints(requests)
        self._deep = profile == "deep"

    def cases(self) -> list[Case]:
        """The base case, the packed cases, the scenarios, the protocol points and the other points."""
        most, last_rank = standard_budget(self.requests.document)
        planned = [one for one in self.points.planned if self._deep or one.rank <= last_rank]
        accepted = [self.requests.base_case(), *self._packed(planned), *self._scenarios()]
        protocol = [
            self.requests.case(
                one.point.id, one.request, one.point.expect, origin="protocol", points=(one.point,)
            )
            for one in self.points.protocol
        ]
        alone = sum(any(map(must_be_alone, case.points)) for case in accepted)  # cheap, and few
        room = None if self._deep else max(0, most - len(accepted) - len(protocol) + alone)
        return [*accepted, *protocol, *self._separate(planned, room)]

    def generated_cases(self, schemathesis: SchemathesisSource, seed: int, examples: int) -> Iterator[Case]:
        """The cases of generated requests: `examples` of each sort at most."""
        from aoai_strategies.generation.generating import generated_requests

        base = self.requests.base
        takes = find_placeholders(base)
        for one in (
            *generated_requests(self.points, seed, examples),
            *schemathesis.requests(self.points, seed, examples),
        ):
            yield self.requests.case(
                one.name,
                one.request,
                one.point.expect,
                origin="generated",
                points=(one.point,),
                base=base,
                takes=takes,
            )

    def _packed(self, planned: Sequence[PlannedPoint]) -> Iterator[Case]:
        groups: list[tuple[Expectation, tuple[PlannedPoint, ...]]] = []
        alone: list[tuple[Expectation, tuple[PlannedPoint, ...]]] = []
        for expect in cast("tuple[Expectation, ...]", ("accept", "any")):
            found = [one for one in planned if one.point.expect == expect and _is_packed(one)]
            for group in self._groups(found):
                shared = tuple(member for member in group if not must_be_alone(member.point))
                groups.append((expect, shared or group[:1]))
                left = [member for member in group if must_be_alone(member.point)] if shared else group[1:]
                alone += [(expect, (member,)) for member in left]
        # those that are alone come last, so that the others keep their ids
        for number, (expect, group) in enumerate((*groups, *alone), start=1):
            case_name = f"{expect}-{number:02}"
            group_points = tuple(member.point for member in group)
            base = self.requests.base
            if self.requests.kind in ENDING:  # each accepted request needs its own resource
                base = self.requests.exclusive_request(case_name)
            request = join_points(base, group_points)
            yield self.requests.case(
                case_name, request, expect, origin="packed", points=group_points, base=base
            )

    def _groups(self, found: Sequence[PlannedPoint]) -> Sequence[tuple[PlannedPoint, ...]]:
        """The points that share a request; none do where an accepted request ends its resource."""
        if self.requests.kind in ENDING:
            return [(one,) for one in found]
        return pack(self.requests.kind, found)

    def _scenarios(self) -> Iterator[Case]:
        for scenario in scenarios_for(self.requests):
            expect = "any" if self.requests.kind in UNPROMISED else scenario.expect
            for step in scenario.steps:
                body = JsonBody(dict(step.body))
                request = replace(self.requests.base, body=body, credentials=step.credentials)
                case = self.requests.case(f"{scenario.name}/{step.name}", request, expect, origin="scenario")
                identifier = case.id.removesuffix(f"/{step.name}")
                yield replace(case, scenario=ScenarioStep(identifier, scenario.kind, step.name))

    def _separate(self, planned: Sequence[PlannedPoint], room: int | None) -> Iterator[Case]:
        """The cases of the other points: best ranks first while there is room, in document order."""
        requests: dict[tuple[str, str], list[PlannedPoint]] = {}
        for one in planned:
            if not _is_packed(one):
                requests.setdefault((one.point.expect, request_key(one.request)), []).append(one)
        groups = list(requests.values())
        if room is not None and len(groups) > room:
            by_rank = sorted(range(len(groups)), key=lambda index: min(one.rank for one in groups[index]))
            groups = [groups[index] for index in sorted(by_rank[:room])]
        for group in groups:
            first = group[0]
            yield self.requests.case(
                first.point.id,
                first.request,
                first.point.expect,
                origin="point",
                points=tuple(one.point for one in group),
                base=self.requests.base,
            )


def _select(document: Document, operations: Collection[str] | None) -> list[Operation]:
    if operations is None:
        return list(document.usual_operations)
    ids = {document.operation(name).id for name in operations}
    return [operation for operation in document.operations.values() if operation.id in ids]


def _schemathesis_source(document: Document) -> SchemathesisSource:
    try:
        from aoai_strategies.generation.schemathesis_requests import SchemathesisSource  # slow to import

        return SchemathesisSource(document)
    except ModuleNotFoundError as error:
        if error.name not in {"hypothesis", "hypothesis-jsonschema", "schemathesis"}:
            raise
        raise MissingExtraError("schemathesis", "Generating requests for the profile deep") from None


def _is_packed(one: PlannedPoint) -> bool:
    """Whether a point shares a request: it should be accepted, or would be with the resource it names."""
    return one.point.expect == "accept" or (one.point.expect == "any" and one.harmless)
