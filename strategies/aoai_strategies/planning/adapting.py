"""Adapts planned cases to the capabilities of a deployment.

Points about unsupported capabilities are left out, with the error message of the server. Other unsupported
fields of a request are dropped or replaced where possible: a limit on the response moves from `max_tokens` to
`max_completion_tokens`, and settings such as `temperature` are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from aoai_model.case import Case, Edit, PlannedRequest, Point
from aoai_model.serialization import Json
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.shapes import request_shape
from aoai_strategies.planning.capabilities import Capabilities, DeploymentCapabilities, uses
from aoai_strategies.planning.packing import join_points
from aoai_strategies.planning.selecting import units_of
from aoai_strategies.requests.costs import with_request
from aoai_strategies.requests.editing import apply_edits, body_value

OLD_LIMIT, NEW_LIMIT = "max_tokens", "max_completion_tokens"
#: Settings that can be dropped from a request whose points do not concern them.
DISPENSABLE = frozenset(
    {
        *("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "user"),
        *("parallel_tool_calls", "stream_options"),
    }
)
#: The cause where the document lacks a field that the model of the deployment requires.
LACKING: Final = "the document lacks what the model requires"
UNSUPPORTED: Final = "capability"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Points of one operation that are not sent: the cause, the field and the message of the server."""

    document: str
    operation: str
    cause: str
    subject: str
    message: str
    points: tuple[str, ...]


@dataclass(slots=True)
class _LeftOutPoints:
    """The points left out so far, by operation and reason."""

    points: dict[tuple[str, str, str, str, str], dict[str, None]] = field(default_factory=dict)

    def add(self, case: Case, points: Iterable[Point], cause: str, subject: str, message: str) -> None:
        key = (case.document, case.operation, cause, subject, message)
        self.points.setdefault(key, {}).update(dict.fromkeys(point.id for point in points))

    def entries(self, sent: set[tuple[str, str, str]]) -> tuple[LeftOut, ...]:
        """One entry per reason, without points that another case still includes."""
        found: list[LeftOut] = []
        for (document, operation, cause, subject, message), points in self.points.items():
            left = tuple(point for point in points if (document, operation, point) not in sent)
            if left:
                found.append(LeftOut(document, operation, cause, subject, message, left))
        return tuple(found)


def adapt(
    cases: Sequence[Case], document: Document, capabilities: Capabilities
) -> tuple[list[Case], tuple[LeftOut, ...]]:
    """Adapt the cases to the deployments; the second value lists the points that are left out.

    A scenario is left out if one of its steps cannot be sent. Without capabilities the cases are unchanged.
    """
    sendable: list[Case] = []
    left_out = _LeftOutPoints()
    for unit in units_of(cases):
        made = [
            _adapt_case(case, document.operation(case.operation), capabilities, left_out) for case in unit
        ]
        sendable += [case for case in made if case is not None] if None not in made else []
    ids = {case.id for case in sendable}
    sendable = [case for case in sendable if all(not each.case or each.source in ids for each in case.takes)]
    sent = {(case.document, case.operation, point.id) for case in sendable for point in case.points}
    return sendable, left_out.entries(sent)


def adapt_base(case: Case, operation: Operation, deployment: DeploymentCapabilities) -> Case | None:
    """Adapt the minimal request to a deployment; None where the document has no such request."""
    return _adapt_case(case, operation, Capabilities({operation.kind: deployment}), _LeftOutPoints())


def _adapt_case(
    case: Case, operation: Operation, capabilities: Capabilities, left_out: _LeftOutPoints
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
    base = None if case.base is None else _adapt_request(case.base, deployment)
    planned = case.request
    if base is not None and len(remaining) < len(case.points) and case.origin == "packed":
        planned = join_points(base, remaining)
    bounded = any(limit in point.fields for point in remaining for limit in (OLD_LIMIT, NEW_LIMIT))
    request = _adapt_request(planned, deployment, bounded=bounded)
    if request is None:
        subject = next(name for name in deployment.unsupported if uses(body_value(planned.body), name))
        left_out.add(case, remaining, UNSUPPORTED, subject, deployment.unsupported[subject])
        return None
    adapted = replace(case, base=case.base if base is None else base, points=tuple(remaining))
    return with_request(adapted, request)


def _unsupported_in(point: Point, deployment: DeploymentCapabilities) -> str | None:
    """The unsupported capability that a point concerns or requires; None where there is none."""
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


def _adapt_request(
    request: PlannedRequest, deployment: DeploymentCapabilities, *, bounded: bool = False
) -> PlannedRequest | None:
    """The request without what the deployment does not support; None where that is its purpose.

    `bounded` keeps the limit on the response, because the points of the request concern it.
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
    return apply_edits(request, edits) if edits else request


def _raised(limit: Json, least: int) -> Json:
    """A limit on the response that the model accepts; anything but an integer stays."""
    is_number = isinstance(limit, int) and not isinstance(limit, bool)
    return max(limit, least) if is_number and isinstance(limit, int) else limit


def _has_field(operation: Operation, name: str) -> bool:
    shape = request_shape(operation)
    return shape is not None and name in shape.properties


def points_by_operation(cases: Iterable[Case]) -> Mapping[str, tuple[str, ...]]:
    """The ids of the points of the cases by operationId, each once and in order."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        found.setdefault(case.operation, {}).update(dict.fromkeys(point.id for point in case.points))
    return {operation: tuple(points) for operation, points in found.items() if points}
