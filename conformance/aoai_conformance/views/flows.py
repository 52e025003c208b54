"""Views of flows: requests that create, use, change and delete a resource, with their responses.

Rules know a step by its operation and the path that was sent, never by its name, so they apply to any flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from aoai_conformance.json_access import dig, members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import Place
from aoai_conformance.views.exchange_views import JsonReply, Reply
from aoai_conformance.views.scenarios import ScenarioView
from aoai_model.verdict import Violation
from aoai_specs.pointers import escape

if TYPE_CHECKING:
    from aoai_specs.document import Operation


_PARAMETER = re.compile(r"\{([^{}]*)\}")


def path_values(operation: Operation, url: str) -> Mapping[str, str]:
    """Return the values of an operation's path parameters in a sent URL; empty if the path differs."""
    literal = _PARAMETER.split(operation.path)
    expression = "([^/]+)".join(re.escape(piece) for piece in literal[::2])
    found = re.search(f"{expression}$", urlsplit(url).path)
    if found is None:
        return {}
    return {name: unquote(value) for name, value in zip(literal[1::2], found.groups(), strict=True)}


def resource_id(operation: Operation, url: str) -> str | None:
    """Return the id in a path (of a file, upload, batch, image operation or job), else None."""
    named = (value for name, value in path_values(operation, url).items() if "deployment" not in name.lower())
    return next(named, None)


class ResourceReply(Reply):
    """The response to a request about one resource, which the path may name."""

    @cached_property
    def resource(self) -> str | None:
        """Return the id in the path (of a file, upload, batch, image operation or job), else None."""
        return resource_id(self.operation, self.exchange.request.url)

    @cached_property
    def query(self) -> Mapping[str, str]:
        """Return the query as sent."""
        return dict(parse_qsl(urlsplit(self.exchange.request.url).query, keep_blank_values=True))


@dataclass(frozen=True, eq=False)
class Step(ResourceReply):
    """One request of a flow and its response. `name` is the step's name, for messages only."""

    name: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of the operation: `file-get`, `batch-create`, …."""
        return self.operation.kind

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.response.status < 300

    @cached_property
    def file(self) -> bytes | None:
        """Return the file of a multipart request, if any."""
        return next((part for part in self.exchange.form.values() if isinstance(part, bytes)), None)

    @cached_property
    def json(self) -> dict[str, Any]:
        """Return the response body if it is a JSON object, else an empty dict."""
        return members(self.response.json) if self.response.is_json else {}

    @property
    def id(self) -> str | None:
        """Return the `id` in the response."""
        return text(self.json.get("id"))

    def locate(self, violation: Violation) -> Violation:
        """Return the violation with the name of this step in its message, and with the point of its case."""
        operation = self.exchange.case.operation
        return replace(
            violation,
            message=f"{violation.message} (step {self.name!r}, {operation}).",
            reason=violation.reason or self.kind,
            point=next((point.id for point in self.exchange.case.points), None),
        )


class Flow(ScenarioView):
    """The steps of a flow that have a response, in the order in which they were sent."""

    @cached_property
    def sequence(self) -> tuple[Step, ...]:
        """Return every step that has a response."""
        document = self.operation.document
        return tuple(
            Step(exchange, document.operation(exchange.case.operation), exchange.response, name)
            for name, exchange in self.steps.items()
            if exchange.response is not None
        )

    def done(self, *kinds: str) -> Iterator[Step]:
        """Return the steps of these kinds that succeeded, in order."""
        return (step for step in self.sequence if step.kind in kinds and step.succeeded)

    def later(self, step: Step) -> tuple[Step, ...]:
        """Return the steps after `step`."""
        return self.sequence[self.sequence.index(step) + 1 :]


@dataclass(frozen=True, slots=True)
class ResourceHistory:
    """The responses about one resource, in order: the step, the pointer in the body and the object."""

    id: str
    shown: tuple[tuple[Step, str, dict[str, Any]], ...]

    @classmethod
    def of(cls, flow: Flow, kinds: frozenset[str], lists: frozenset[str] = frozenset()) -> tuple[Self, ...]:
        """Return a history by id of the resources that `kinds` return; `lists` return several at once."""
        found: dict[str, list[tuple[Step, str, dict[str, Any]]]] = {}
        for step in flow.sequence:
            if not step.succeeded:
                continue
            if step.kind in kinds and step.id is not None:
                found.setdefault(step.id, []).append((step, "", step.json))
            elif step.kind in lists:
                for name in ("data", "value"):
                    for place, each in enumerate(dig(step.json, f"/{name}") or ()):
                        id_ = text(members(each).get("id"))
                        if id_ is not None and id_ in found:
                            found[id_].append((step, f"/{escape(name)}/{place}", members(each)))
        return tuple(cls(id_, tuple(shown)) for id_, shown in found.items())

    def split_at(self, kinds: frozenset[str]) -> tuple[Self, ...]:
        """Split the history: each response to one of these kinds of operation begins a new part."""
        parts: list[list[tuple[Step, str, dict[str, Any]]]] = []
        for one in self.shown:
            if not parts or one[0].kind in kinds:
                parts.append([])
            parts[-1].append(one)
        return tuple(type(self)(self.id, tuple(part)) for part in parts)

    def pairs(self) -> Iterator[tuple[tuple[Step, str, dict[str, Any]], tuple[Step, str, dict[str, Any]]]]:
        """Return each response with the next one."""
        return zip(self.shown, self.shown[1:], strict=False)


def is_earlier_status(before: Any, after: Any, ranks: Mapping[str, int]) -> bool:
    """Whether the status `after` cannot follow `before`; False for unknown statuses."""
    return before in ranks and after in ranks and ranks[after] < ranks[before]


class CreatedResource(ResourceReply, JsonReply):
    """A 2xx response that is a JSON object, to a request that is inside the contract."""

    def applies(self) -> bool:
        """Whether the request need not be rejected."""
        return self.case.expect != "reject" and super().applies()

    @cached_property
    def file(self) -> tuple[str | None, bytes] | None:
        """Return the name and content of the file in the request, if any."""
        from aoai_model.case import MultipartBody

        body = self.case.request.body
        if not isinstance(body, MultipartBody):
            return None
        return next(((part.filename, part.content) for part in body.parts if part.filename is not None), None)

    def operation_has(self, parameter: str) -> bool:
        """Whether the operation declares a query parameter."""
        return any(each.name == parameter and each.location == "query" for each in self.operation.parameters)

    def field(self, name: str) -> str | None:
        """Return a text part of a multipart request."""
        value = self.exchange.form.get(name)
        return value if isinstance(value, str) else None

    def seconds(self, name: str) -> int | None:
        """Return a time in the response, in Unix seconds."""
        return whole(self.json.get(name))


@dataclass(frozen=True, slots=True)
class ResourceView(Place):
    """One resource, at a JSON Pointer into the response that contains it."""

    reply: CreatedResource
    at: str
    json: dict[str, Any]

    @classmethod
    def all(cls, reply: CreatedResource) -> tuple[Self, ...]:
        """Return the one resource that a response is about."""
        return (cls(reply, "", reply.json),)

    @classmethod
    def listed(cls, reply: CreatedResource) -> tuple[Self, ...]:
        """Return the entries of a list's `data`."""
        entries = objects(reply.json.get("data"))
        return tuple(cls(reply, f"/data/{place}", each) for place, each in entries)

    @classmethod
    def inside(cls, reply: CreatedResource, name: str) -> tuple[Self, ...]:
        """Return the value of a member if it is an object."""
        held = members(reply.json.get(name))
        return (cls(reply, f"/{name}", held),) if held else ()

    def seconds(self, name: str) -> int | None:
        """Return one of its times, in Unix seconds."""
        return whole(self.json.get(name))

    def locate(self, violation: Violation) -> Violation:
        """Return the violation at its pointer in the whole response."""
        return self.reply.locate(replace(violation, pointer=f"{self.at}{violation.pointer}"))
