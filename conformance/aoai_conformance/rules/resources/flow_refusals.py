"""Steps that a server must reject: the resource does not exist, or its state forbids the request.

A step is forbidden only if the previous steps have put the resource into that state. If one of them was
rejected, that rejection is the defect, and the later steps are inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aoai_conformance.json_access import members, text
from aoai_conformance.judging.error_responses import FROM_BETWEEN
from aoai_conformance.judging.rejections import require_about_content
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import EVERY, Inconclusive, NotApplicable, rule
from aoai_conformance.views.flows import ResourceReply, resource_id
from aoai_model.exchange import Response
from aoai_model.verdict import Violation

_UNTOLD = frozenset({401, 403, 408, 425, 429}) | FROM_BETWEEN
_NOT_FOUND = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5"
_CONFLICT = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10"
#: The suffixes of the ids of points about a resource in the path that does not exist.
_ABSENT = (":unknown", ":deleted", ":malformed", ":another-kind")
#: Methods that do not change a resource.
_READING = frozenset({"GET", "HEAD"})


class ForbiddenStep(ResourceReply):
    """The response to a request that the state of a resource forbids, or for a nonexistent resource."""

    def applies(self) -> bool:
        """Whether the request is a step of a flow that must be rejected.

        Raises Inconclusive if an earlier step should have changed the resource and failed.
        """
        step = self.case.scenario
        if self.case.expect != "reject" or step is None or not step.is_flow:
            return False
        undone = next(self._find_failed_changes(), None)
        if undone is not None:
            raise Inconclusive(f"{undone}, so the resource may not be in the state that forbids this step")
        return True

    def _find_failed_changes(self) -> Iterator[str]:
        """Yield the outcome of each earlier step that should have changed the resource and failed.

        Steps that create a resource are excluded: later requests take the id from the response, and are not
        sent without one.
        """
        for exchange in self.exchange.earlier:
            operation = self.operation.document.operation(exchange.case.operation)
            if exchange.case.expect == "reject" or operation.method in _READING:
                continue
            name = "" if exchange.case.scenario is None else exchange.case.scenario.step
            response = exchange.response
            if response is None:
                if resource_id(operation, operation.path) is not None:
                    yield f"the step {name!r} has no response"
            elif resource_id(operation, exchange.request.url) in self._resource_ids and not _reports_success(
                response
            ):
                yield f"the response to the step {name!r} was {response.status}"

    @cached_property
    def _resource_ids(self) -> frozenset[str | None]:
        """Return the ids of the request's resources: the one in its path, and the strings in its body."""
        return frozenset({self.resource, *map(text, self.sent.values())}) - {None}

    @property
    def names_missing_resource(self) -> bool:
        """Whether the path names a resource that does not exist (any more)."""
        return self.resource is not None and any(point.id.endswith(_ABSENT) for point in self.case.points)

    def violation_at_point(self, message: str, expected: str, reason: str) -> Violation:
        """Return a violation that names the step's point."""
        point = next(iter(self.case.points), None)
        if point is None:
            return Violation("", f"{message}.", expected, self.status, reason)
        full_message = f"{message}: {point.description or point.id}"
        return Violation("", full_message, expected, self.status, reason, point.id, level=point.level)


def _reports_success(response: Response) -> bool:
    """Whether a response reports success: a 2xx whose body does not deny it."""
    body = members(response.json) if response.is_json else {}
    return 200 <= response.status < 300 and body.get("deleted") is not False


@rule(
    "FLOW-001",
    must="reject a request that the state of a resource forbids",
    clause=_CONFLICT,
    operations=EVERY,
    note="The violation's point has the clause. Accepted are 400, 404, 409, 410, 412 and 422. Inconclusive "
    "if an earlier step that should change the same resource (complete, cancel, delete) did not "
    "succeed.",
    decides=True,
)
def rejects_forbidden_steps(reply: ForbiddenStep) -> Iterator[Violation]:
    """A 2xx accepts the request, and a 5xx is a failure of the server."""
    require_about_content(reply, allowing={404})
    if 200 <= reply.status < 300:
        yield reply.violation_at_point("A forbidden step is accepted", "400, 404 or 409", "accepted")
    elif reply.status >= 500:
        yield reply.violation_at_point("A forbidden step causes a server error", "400, 404 or 409", "5xx")


@rule(
    "FLOW-002",
    should="return 404 for a resource that does not exist",
    clause=_NOT_FOUND,
    operations=EVERY,
    note="410 is accepted too. FLOW-001 checks that the request is rejected.",
)
def returns_404_for_missing_resources(reply: ForbiddenStep) -> Iterator[Violation]:
    """Judges the resource that the path names."""
    if not reply.names_missing_resource or not 400 <= reply.response.status < 500:
        raise NotApplicable
    if reply.status in {404, 410}:
        return
    if reply.status in _UNTOLD:
        raise Inconclusive(f"a {reply.status} does not show whether the resource exists")
    violation = reply.violation_at_point(
        "The status for a resource that does not exist is not 404", "404", "status"
    )
    yield replace(violation, level=None)
