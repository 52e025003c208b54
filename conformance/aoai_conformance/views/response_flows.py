"""Views of flows in which responses and conversations are created, retrieved, cancelled and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aoai_conformance.json_access import members, text
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import RESPONSE_OBJECTS, Inconclusive
from aoai_conformance.views.flows import CreatedResource, Flow, Step, path_values
from aoai_conformance.views.response_objects import ENDED, ResponseReply
from aoai_conformance.views.response_streams import ResponseStream

#: The kinds of flows that contain responses.
RESPONSE_FLOWS = frozenset({"flow.responses", "flow.conversations"})


@dataclass(frozen=True, slots=True)
class ShownResponse:
    """One response object that a step of a flow returned."""

    step: Step
    reply: ResponseReply

    @property
    def body(self) -> dict[str, Any]:
        """Return the response object."""
        return self.reply.body

    @property
    def id(self) -> str:
        """Return its id; empty if it is not a string."""
        return text(self.body.get("id")) or ""

    @property
    def status(self) -> str:
        """Return its status; empty if it is not a string."""
        return text(self.body.get("status")) or ""

    @property
    def has_ended(self) -> bool:
        """Whether it does not change any more."""
        return self.status in ENDED

    @property
    def at(self) -> str:
        """Return the pointer of the response object in the body or in the last event."""
        return "" if self.reply.stream is None else "/response"


class ResponseFlow(Flow):
    """The requests about responses and conversations of one flow, in order."""

    kinds = RESPONSE_FLOWS

    @cached_property
    def responses(self) -> tuple[ShownResponse, ...]:
        """Return the response objects that the steps returned, in order; interrupted streams are left out."""
        return tuple(self._shown())

    def _shown(self) -> Iterator[ShownResponse]:
        for step in self.sequence:
            if step.kind not in RESPONSE_OBJECTS:
                continue
            try:
                reply = ResponseReply.of(step.exchange, step.operation)
            except Inconclusive:
                continue
            if reply is not None:
                yield ShownResponse(step, reply)

    def shown_by(self, step: Step) -> ShownResponse | None:
        """Return the response object that a step returned, if any."""
        return next((each for each in self.responses if each.step is step), None)

    @cached_property
    def by_id(self) -> dict[str, tuple[ShownResponse, ...]]:
        """Return what was shown of each response, in order."""
        found: dict[str, tuple[ShownResponse, ...]] = {}
        for each in self.responses:
            if each.id:
                found[each.id] = (*found.get(each.id, ()), each)
        return found

    @cached_property
    def streams(self) -> tuple[tuple[Step, ResponseStream], ...]:
        """Return the steps that streamed a response."""
        return tuple(
            (step, stream)
            for step in self.sequence
            if (stream := ResponseStream.of(step.exchange, step.operation)) is not None
        )


def named_in_path(step: Step | CreatedResource) -> str | None:
    """Return the last id in the path of a request: that of the smallest resource that it names."""
    values = path_values(step.operation, step.exchange.request.url)
    return list(values.values())[-1] if values else None


def first_in_path(step: Step | CreatedResource) -> str | None:
    """Return the first id in the path of a request: that of the resource that contains the others."""
    values = path_values(step.operation, step.exchange.request.url)
    return next(iter(values.values()), None)


def path_of(step: Step) -> str:
    """Return the path of a request without its query."""
    return urlsplit(step.exchange.request.url).path


def conversation_of(step: Step) -> str | None:
    """Return the id of the conversation to which a request adds a response, if any."""
    named = step.sent.get("conversation")
    return text(named) or text(members(named).get("id"))
