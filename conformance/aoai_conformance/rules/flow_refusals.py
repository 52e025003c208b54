"""What a flow may not do: use what is not there, and act when the state of a thing forbids it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aoai_conformance.error_answers import FROM_BETWEEN
from aoai_conformance.flows import path_values
from aoai_conformance.rule import EVERY, Inconclusive, Violation, rule
from aoai_conformance.views import Reply

_UNTOLD = frozenset({401, 403, 408, 425, 429}) | FROM_BETWEEN
_NOT_FOUND = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5"
_CONFLICT = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10"
#: The ends of the ids of points about something that the path names and that is not there.
_ABSENT = (":unknown", ":deleted", ":malformed", ":another-kind")
#: The beginnings of the ids of points about stored and running things.
_THINGS = ("file:", "upload:", "part:", "batch:", "image:", "job:")


class Forbidden(Reply):
    """The response to what the state of a thing forbids, or to the name of a thing that is not there."""

    def applies(self) -> bool:
        """Whether the request is to be refused for that: as a step of a flow, or for what its path names."""
        if self.case.expect != "reject":
            return False
        step = self.case.scenario
        if step is not None:
            return step.kind.startswith("flow.")
        return self.case.origin == "protocol" and any(
            point.id.startswith(_THINGS) for point in self.case.points
        )

    @property
    def names_what_is_not_there(self) -> bool:
        """Whether the path names something that is not there (any more)."""
        resource = [
            name
            for name in path_values(self.operation, self.exchange.request.url)
            if "deployment" not in name.lower()
        ]
        return bool(resource) and any(point.id.endswith(_ABSENT) for point in self.case.points)

    def told(self, message: str, expected: str, reason: str) -> Violation:
        """A violation that names the step's point."""
        point = next(iter(self.case.points), None)
        if point is None:
            return Violation("", f"{message}.", expected, self.status, reason)
        told = f"{message}: {point.description}"
        return Violation("", told, expected, self.status, reason, point.id, level=point.level)


@rule(
    "FLOW-001",
    must="refuse what the state of a thing forbids",
    clause=_CONFLICT,
    operations=EVERY,
    note="The violation's point has the clause. 400, 404, 409, 410, 412 and 422 are all refusals.",
)
def refuses_what_is_forbidden(reply: Forbidden) -> Iterator[Violation]:
    """A 2xx says that it was done, and a 5xx that the server failed over it."""
    if reply.status in _UNTOLD:
        raise Inconclusive(f"a {reply.status} does not speak of the thing's state")
    if 200 <= reply.status < 300:
        yield reply.told("A step that is forbidden is accepted", "400, 404 or 409", "accepted")
    elif reply.status >= 500:
        yield reply.told("A step that is forbidden makes the server fail", "400, 404 or 409", "5xx")


@rule(
    "FLOW-002",
    should="answer 404 for what is not there",
    clause=_NOT_FOUND,
    operations=EVERY,
    note="410 says as much. That it is refused at all is FLOW-001.",
)
def does_not_find_what_is_not_there(reply: Forbidden) -> Iterator[Violation]:
    """404 for what the path names."""
    if not reply.names_what_is_not_there or reply.status in {404, 410} or not 400 <= reply.status < 500:
        return
    if reply.status in _UNTOLD:
        raise Inconclusive(f"a {reply.status} does not tell whether the thing is there")
    told = reply.told("What is not there is refused with another status", "404", "status")
    yield replace(told, level=None)
