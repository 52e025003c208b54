"""Planning: from a document to the ordered list of cases, the same for the same arguments byte for byte.

For each operation, in document order: the base case, which is a pre-flight for all others; the packed cases;
the scenarios; the protocol points; the points that are to be refused, each in a request of its own (points
whose requests are the very same share one). The profiles:

- smoke: at most 25 requests for the whole document, spread over its operations and its most telling points;
- standard: every point, within the budget that `points` states;
- deep: every point without that budget, and generated requests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from aoai_specs.document import Document, Operation
from aoai_specs.errors import UnknownNameError
from aoai_strategies.bases import base_request
from aoai_strategies.case import (
    Case,
    Expectation,
    Json,
    JsonBody,
    Plan,
    PlannedRequest,
    Point,
    ScenarioStep,
)
from aoai_strategies.costs import token_estimate
from aoai_strategies.packing import Packable, joined, packed, request_key
from aoai_strategies.points import STANDARD_REQUESTS, Pointed, pointed_at, protocol_pointed
from aoai_strategies.scenarios import scenarios_for

PROFILES = ("smoke", "standard", "deep")
#: How many requests the profile smoke sends for a document at most.
SMOKE_REQUESTS = 25
#: How many generated requests of each sort the profile deep adds to an operation.
DEEP_EXAMPLES = 25

#: What the profile smoke takes, in this order and for each operation in turn: the ends of case ids.
_SMOKE: tuple[str, ...] = (
    "/base",
    "/accept-01",
    "/chat.stream-against-plain",
    "/completions.stream-against-plain",
    "chat/messages.required:missing",
    "chat/temperature.maximum:above",
    "chat/authentication:wrong-key",
    "chat/api-version:unknown",
    "chat/deployment:unknown",
    "chat/body:malformed-json",
    "chat/stream_options:without-stream",
    "embeddings/input.required:missing",
    "images/n.maximum:above",
    "transcription/file:empty",
    "completions/best_of:with-stream",
    "/embeddings.float-against-base64",
)


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
    which adds `examples` valid and as many invalid generated requests to each operation. `max_requests` and
    `max_tokens` cut the plan: base cases stay first, then everything in plan order while it fits; the
    requests of one scenario stay together. Raises UnknownNameError for an unknown profile or operation.
    """
    if profile not in PROFILES:
        raise UnknownNameError("profile", profile, PROFILES)
    chosen = _chosen(document, operations)
    cases: list[Case] = []
    for operation in chosen:
        planned = _Planning(document, operation, case_prefix(document, operation))
        cases += planned.cases(profile)
        if profile == "deep":
            cases += planned.generated(seed, examples)
    if profile == "smoke":
        cases = _smoke(cases, SMOKE_REQUESTS)
    return Plan(str(document.name), profile, seed, tuple(_cut(cases, max_requests, max_tokens)))


def case_prefix(document: Document, operation: Operation) -> str:
    """How the ids of an operation's cases begin: its kind, with its operationId where others share it."""
    alike = [other for other in document.operations.values() if other.kind == operation.kind]
    if operation.kind == "other":
        return operation.id
    return operation.kind if len(alike) == 1 else f"{operation.kind}.{operation.id}"


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
    prefix: str

    def cases(self, profile: str) -> list[Case]:
        base = base_request(self.operation)
        first = self._case("base", base, "accept", (), "base", base)
        if self.operation.kind == "other":
            first = replace(first, expect="any")  # whether what it names exists is not in the document
        pointed = pointed_at(self.operation)
        if profile != "deep":
            pointed = tuple(one for one in pointed if one.rank < 9)
        accepting = [first, *self._accepting(base, pointed), *self._scenarios()]
        probing = [
            self._case(one.point.id, one.request, "reject", (one.point,), "protocol")
            for one in protocol_pointed(self.operation)
        ]
        room = None if profile == "deep" else STANDARD_REQUESTS - len(accepting) - len(probing)
        return [*accepting, *probing, *self._alone(base, pointed, room)]

    def _accepting(self, base: PlannedRequest, pointed: Sequence[Pointed]) -> Iterator[Case]:
        number = 0
        for expect in cast("tuple[Expectation, ...]", ("accept", "any")):
            found = [Packable(one.point, one.field) for one in pointed if _is_packed(one, expect)]
            for group in packed(self.operation.kind, found):
                number += 1
                group_points = tuple(member.point for member in group)
                name = f"accept-{number:02}" if expect == "accept" else f"any-{number:02}"
                request = joined(base, group_points)
                yield self._case(name, request, expect, group_points, "packed", base)

    def _scenarios(self) -> Iterator[Case]:
        base = base_request(self.operation)
        for scenario in scenarios_for(self.operation):
            identifier = f"{self.prefix}/{scenario.name}"
            for step in scenario.steps:
                case = self._case(
                    f"{scenario.name}/{step.name}",
                    replace(base, body=JsonBody(cast("Json", dict(step.body)))),
                    "accept",
                    (),
                    "scenario",
                )
                yield replace(case, scenario=ScenarioStep(identifier, scenario.kind, step.name))

    def _alone(self, base: PlannedRequest, pointed: Sequence[Pointed], room: int | None) -> list[Case]:
        """The cases of points that travel alone, best ranks first while there is room, in document order."""
        requests: dict[tuple[str, str], list[Pointed]] = {}
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
        from aoai_strategies.generating import generated_requests

        base = base_request(self.operation)
        for number, (request, point) in enumerate(
            generated_requests(self.operation, seed, examples), start=1
        ):
            yield self._case(f"generated-{number:03}", request, point.expect, (point,), "generated", base)

    def _case(
        self,
        name: str,
        request: PlannedRequest,
        expect: Expectation,
        points: tuple[Point, ...],
        origin: str,
        base: PlannedRequest | None = None,
    ) -> Case:
        prompt_tokens, completion_tokens = token_estimate(self.operation.kind, request, expect)
        return Case(
            id=f"{self.prefix}/{name}",
            document=str(self.document.name),
            operation=self.operation.id,
            kind=self.operation.kind,
            request=request,
            expect=expect,
            points=points,
            origin=origin,
            base=base,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )


def _is_packed(one: Pointed, expect: Expectation) -> bool:
    """Whether a point travels with others: when it should be accepted, or would be but for what it names."""
    return one.point.expect == expect and (expect == "accept" or (expect == "any" and one.harmless))


def _smoke(cases: Sequence[Case], room: int) -> list[Case]:
    taken: list[Case] = []
    for ending in _SMOKE:
        for unit in _units(cases):
            name = unit[0].scenario.scenario if unit[0].scenario is not None else unit[0].id
            if name.endswith(ending) and unit[0] not in taken and len(taken) + len(unit) <= room:
                taken += unit
    chosen = {case.id for case in taken}
    return [case for case in cases if case.id in chosen]


def _units(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """Cases that stand or fall together: the steps of one scenario, or one case."""
    unit: list[Case] = []
    for case in cases:
        if unit and not _together(unit[0], case):
            yield unit
            unit = []
        unit.append(case)
    if unit:
        yield unit


def _together(one: Case, other: Case) -> bool:
    return (
        one.scenario is not None
        and other.scenario is not None
        and one.scenario.scenario == other.scenario.scenario
    )


def _cut(cases: Sequence[Case], max_requests: int | None, max_tokens: int | None) -> list[Case]:
    if max_requests is None and max_tokens is None:
        return list(cases)
    requests = 0
    tokens = 0
    kept: set[str] = set()
    units = list(_units(cases))
    for unit in sorted(units, key=lambda unit: unit[0].origin != "base"):
        cost = sum(case.prompt_tokens + case.completion_tokens for case in unit)
        if max_requests is not None and requests + len(unit) > max_requests:
            continue
        if max_tokens is not None and tokens + cost > max_tokens:
            continue
        requests += len(unit)
        tokens += cost
        kept |= {case.id for case in unit}
    return [case for case in cases if case.id in kept]
