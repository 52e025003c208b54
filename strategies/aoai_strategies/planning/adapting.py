"""Adapts planned cases to what a deployment supports.

Points about what the deployment does not support are left out, with the server's words. What stands in a
request beside its point is dropped or replaced where a conformant request can do without it: a limit on the
answer moves from `max_tokens` to `max_completion_tokens`, and settings such as `temperature` go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from aoai_model.case import Case, Edit, Json, PlannedRequest, Point
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.shapes import request_shape
from aoai_strategies.planning.capabilities import Capabilities, DeploymentCapabilities, uses
from aoai_strategies.planning.packing import joined
from aoai_strategies.planning.selecting import units_of
from aoai_strategies.requests.costs import token_estimate
from aoai_strategies.requests.editing import body_value, edited

OLD_LIMIT, NEW_LIMIT = "max_tokens", "max_completion_tokens"
#: Settings that a request can do without where it is about something else.
DISPENSABLE = frozenset(
    {
        *("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "user"),
        *("parallel_tool_calls", "stream_options"),
    }
)
#: Why points of an operation are left out whose document lacks the field that its model requires.
LACKING: Final = "the document lacks what the model requires"
UNSUPPORTED: Final = "capability"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Points of one operation that are not sent: why, about which field, and what the server said."""

    document: str
    operation: str
    cause: str
    subject: str
    message: str
    points: tuple[str, ...]


@dataclass(slots=True)
class _Collected:
    """What was left out so far, by operation and reason."""

    points: dict[tuple[str, str, str, str, str], dict[str, None]] = field(default_factory=dict)

    def add(self, case: Case, points: Iterable[Point], cause: str, subject: str, message: str) -> None:
        key = (case.document, case.operation, cause, subject, message)
        self.points.setdefault(key, {}).update(dict.fromkeys(point.id for point in points))

    def entries(self, sent: set[tuple[str, str, str]]) -> tuple[LeftOut, ...]:
        """One entry for each reason, without points that another case still carries."""
        found: list[LeftOut] = []
        for (document, operation, cause, subject, message), points in self.points.items():
            left = tuple(point for point in points if (document, operation, point) not in sent)
            if left:
                found.append(LeftOut(document, operation, cause, subject, message, left))
        return tuple(found)


def adapted(
    cases: Sequence[Case], document: Document, capabilities: Capabilities
) -> tuple[list[Case], tuple[LeftOut, ...]]:
    """The cases as the deployments can take them, and the points that are left out.

    A scenario of which one step cannot be sent is left out whole. Without capabilities the cases stay as they
    are.
    """
    kept: list[Case] = []
    left_out = _Collected()
    for unit in units_of(cases):
        made = [_adapted(case, document.operation(case.operation), capabilities, left_out) for case in unit]
        kept += [case for case in made if case is not None] if None not in made else []
    ids = {case.id for case in kept}
    kept = [case for case in kept if all(not taken.case or taken.source in ids for taken in case.takes)]
    sent = {(case.document, case.operation, point.id) for case in kept for point in case.points}
    return kept, left_out.entries(sent)


def base_adapted(case: Case, operation: Operation, deployment: DeploymentCapabilities) -> Case | None:
    """The minimal request as a deployment can take it; None where the document has no such request."""
    return _adapted(case, operation, Capabilities({operation.kind: deployment}), _Collected())


def _adapted(
    case: Case, operation: Operation, capabilities: Capabilities, left_out: _Collected
) -> Case | None:
    deployment = capabilities.of(operation.kind)
    if deployment is None or not (deployment.unsupported or deployment.output_tokens):
        return case
    if OLD_LIMIT in deployment.unsupported and not _has_field(operation, NEW_LIMIT):
        message = f"{deployment.unsupported[OLD_LIMIT]} ({operation.document.name} has no {NEW_LIMIT})"
        left_out.add(case, case.points, LACKING, OLD_LIMIT, message)
        return None
    remaining: list[Point] = []
    for point in case.points:
        subject = _unsupported_in(point, deployment)
        if subject is None:
            remaining.append(point)
        else:
            left_out.add(case, (point,), UNSUPPORTED, subject, deployment.unsupported[subject])
    if case.points and not remaining:
        return None
    base = None if case.base is None else _request_adapted(case.base, deployment)
    request = case.request
    if base is not None and len(remaining) < len(case.points) and case.origin == "packed":
        request = joined(base, remaining)
    bounded = any(limit in point.fields for point in remaining for limit in (OLD_LIMIT, NEW_LIMIT))
    adapted_request = _request_adapted(request, deployment, bounded=bounded)
    if adapted_request is None:
        subject = next(name for name in deployment.unsupported if uses(body_value(request.body), name))
        left_out.add(case, remaining, UNSUPPORTED, subject, deployment.unsupported[subject])
        return None
    prompt, completion = token_estimate(case.kind, adapted_request, case.expect)
    return replace(
        case,
        request=adapted_request,
        base=case.base if base is None else base,
        points=tuple(remaining),
        prompt_tokens=prompt,
        completion_tokens=completion,
    )


def _unsupported_in(point: Point, deployment: DeploymentCapabilities) -> str | None:
    """The unsupported capability that a point is about, or that it cannot do without; None where none is."""
    own = point.fields[0] if point.fields else ""
    changed: dict[str, Json] = {}
    for edit in point.edits:
        name, _, rest = edit.pointer.removeprefix("/").partition("/")
        if edit.pointer.startswith("/") and not edit.remove:
            changed[name] = [changed.get(name), edit.value] if rest else edit.value
    for name in deployment.unsupported:
        if name == own:
            return name
        if name not in (OLD_LIMIT, *DISPENSABLE) and uses(changed, name):
            return name
    return None


def _request_adapted(
    request: PlannedRequest, deployment: DeploymentCapabilities, *, bounded: bool = False
) -> PlannedRequest | None:
    """The request without what the deployment does not take; None where it is about that.

    `bounded` leaves a limit on the answer alone, because the request is about it.
    """
    value = body_value(request.body)
    if not isinstance(value, dict):
        return request
    edits: list[Edit] = []
    for name in deployment.unsupported:
        if not uses(value, name):
            continue
        if name == OLD_LIMIT:
            edits.append(Edit(f"/{name}", remove=True))
            if NEW_LIMIT not in value:
                edits.append(Edit(f"/{NEW_LIMIT}", _raised(value[name], deployment.output_tokens)))
        elif name in DISPENSABLE:
            edits.append(Edit(f"/{name}", remove=True))
        else:
            return None
    limit = next((name for name in (NEW_LIMIT, OLD_LIMIT) if name in value), None)
    if not bounded and not edits and limit is not None and deployment.output_tokens:
        edits.append(Edit(f"/{limit}", _raised(value[limit], deployment.output_tokens)))
    return edited(request, edits) if edits else request


def _raised(limit: Json, least: int) -> Json:
    """A limit on the answer that the model can keep; what is no number stays."""
    is_number = isinstance(limit, int) and not isinstance(limit, bool)
    return max(limit, least) if is_number and isinstance(limit, int) else limit


def _has_field(operation: Operation, name: str) -> bool:
    shape = request_shape(operation)
    return shape is not None and name in shape.properties


def points_by_operation(cases: Iterable[Case]) -> Mapping[str, tuple[str, ...]]:
    """The ids of the points that cases carry, by operationId, each once and in order."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        found.setdefault(case.operation, {}).update(dict.fromkeys(point.id for point in case.points))
    return {operation: tuple(points) for operation, points in found.items() if points}
