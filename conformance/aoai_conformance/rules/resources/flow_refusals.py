"""What a flow may not do: use what is not there, and act when the state of a thing forbids it.

A step is forbidden only where those before it have put the thing into the state that forbids it. Where one of
them was refused, that refusal is the defect, and what follows tells nothing.
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
#: The ends of the ids of points about something that the path names and that is not there.
_ABSENT = (":unknown", ":deleted", ":malformed", ":another-kind")
#: Methods that leave a thing as it is.
_READING = frozenset({"GET", "HEAD"})


class ForbiddenStep(ResourceReply):
    """The response to what the state of a thing forbids, or to the name of a thing that is not there."""

    def applies(self) -> bool:
        """Whether the request is a step of a flow that is to be refused.

        Inconclusive where an earlier step was to change the thing and has not: nothing may forbid it then.
        """
        step = self.case.scenario
        if self.case.expect != "reject" or step is None or not step.is_flow:
            return False
        undone = next(self._undone(), None)
        if undone is not None:
            raise Inconclusive(f"{undone}, so the resource may not be in the state that forbids this step")
        return True

    def _undone(self) -> Iterator[str]:
        """What became of each earlier step that was to change what this one is about, and has not.

        A step that makes a thing is none of them: what is about the new thing takes its id from the answer,
        and is not sent where there is none.
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
            elif resource_id(operation, exchange.request.url) in self._things and not _says_done(response):
                yield f"the step {name!r} was answered with {response.status}"

    @cached_property
    def _things(self) -> frozenset[str | None]:
        """The ids of what the request is about: the one in its path, and the texts of its body."""
        return frozenset({self.resource, *map(text, self.sent.values())}) - {None}

    @property
    def names_what_is_not_there(self) -> bool:
        """Whether the path names something that is not there (any more)."""
        return self.resource is not None and any(point.id.endswith(_ABSENT) for point in self.case.points)

    def told(self, message: str, expected: str, reason: str) -> Violation:
        """A violation that names the step's point."""
        point = next(iter(self.case.points), None)
        if point is None:
            return Violation("", f"{message}.", expected, self.status, reason)
        told = f"{message}: {point.description or point.id}"
        return Violation("", told, expected, self.status, reason, point.id, level=point.level)


def _says_done(response: Response) -> bool:
    """Whether a response says that something was done: a 2xx that does not itself say that it was not."""
    told = members(response.json) if response.is_json else {}
    return 200 <= response.status < 300 and told.get("deleted") is not False


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
def refuses_what_is_forbidden(reply: ForbiddenStep) -> Iterator[Violation]:
    """A 2xx says that it was done, and a 5xx that the server failed over it."""
    require_about_content(reply, allowing={404})
    if 200 <= reply.status < 300:
        yield reply.told("A forbidden step is accepted", "400, 404 or 409", "accepted")
    elif reply.status >= 500:
        yield reply.told("A forbidden step causes a server error", "400, 404 or 409", "5xx")


@rule(
    "FLOW-002",
    should="return 404 for a resource that does not exist",
    clause=_NOT_FOUND,
    operations=EVERY,
    note="410 is accepted too. FLOW-001 checks that the request is rejected.",
)
def does_not_find_what_is_not_there(reply: ForbiddenStep) -> Iterator[Violation]:
    """404 for what the path names."""
    if not reply.names_what_is_not_there or not 400 <= reply.response.status < 500:
        raise NotApplicable
    if reply.status in {404, 410}:
        return
    if reply.status in _UNTOLD:
        raise Inconclusive(f"a {reply.status} does not show whether the resource exists")
    told = reply.told("The status for a resource that does not exist is not 404", "404", "status")
    yield replace(told, level=None)
