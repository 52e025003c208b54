"""Flows written by hand: requests and responses, step by step, without a server or a plan."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from aoai_conformance.engine.sse import EventReader
from aoai_conformance.exchange import Exchange
from aoai_model.case import (
    Case,
    Expectation,
    JsonBody,
    MultipartBody,
    Part,
    PlannedRequest,
    Point,
    ScenarioStep,
)
from aoai_model.exchange import Request, Response
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation

NOW = 1_735_700_000


@cache
def document(name: str) -> Document:
    return Catalogue.packaged().load(name)


@cache
def operation(name: str, kind: str) -> Operation:
    return next(each for each in document(name).operations.values() if each.kind == kind)


@dataclass(frozen=True)
class Sent:
    """One step: the request and its response. A `file` makes it a form of `fields`.

    `resource` has the ids in the path, separated by `|`.
    """

    kind: str
    answer: Any = None
    resource: str = ""
    status: int = 200
    sent: Mapping[str, Any] | None = None
    file: bytes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    request_headers: Mapping[str, str] = field(default_factory=dict)
    expect: Expectation = "accept"
    point: str | None = None
    flow: str | None = None
    document: str = "azure-openai@2025-01-01-preview"
    content_type: str | None = None
    origin: str = "point"

    def exchange(self, name: str = "alone") -> Exchange:
        described = operation(self.document, self.kind)
        *first, last = self.resource.split("|")
        values = {
            each.name: "a-deployment"
            if "deployment" in each.name.lower()
            else first.pop(0)
            if first
            else last
            for each in described.parameters
            if each.location == "path"
        }
        path = described.path
        for key, value in values.items():
            path = path.replace("{" + key + "}", value)
        query = "&".join(f"{key}={value}" for key, value in self.query.items())
        body: JsonBody | MultipartBody | None = None
        content = b""
        if self.file is not None:
            parts = tuple(Part(key, value.encode()) for key, value in self.fields.items())
            body = MultipartBody((*parts, Part("file", self.file, "lines.jsonl", "application/jsonl")))
        elif self.sent is not None:
            body, content = JsonBody(dict(self.sent)), json.dumps(dict(self.sent)).encode()
        points = (
            ()
            if self.point is None
            else (Point(self.point, self.point.partition(":")[0], self.expect, "must", "x#/y", "So."),)
        )
        case = Case(
            f"{self.kind}/{name}",
            self.document,
            described.id,
            self.kind,
            PlannedRequest(
                described.method, path, dict(self.query), dict(self.request_headers), values, body=body
            ),
            self.expect,
            points,
            "scenario" if self.flow else self.origin,
            scenario=ScenarioStep("a-flow", self.flow, name) if self.flow else None,
        )
        if isinstance(self.answer, bytes):
            answered, kind = self.answer, self.content_type or "application/octet-stream"
        else:
            answered, kind = json.dumps(self.answer).encode(), self.content_type or "application/json"
        headers = (("content-type", kind), *self.headers)
        events = None
        if kind == "text/event-stream":
            reader = EventReader()
            events = (*reader.feed(answered, 0.1), *reader.close(0.2))
        root = "/models" if self.document.startswith("ai-model-inference") else "/openai"
        url = f"http://127.0.0.1:1{root}{path}" + (f"?{query}" if query else "")
        return Exchange(
            case,
            Request(described.method, url, tuple(self.request_headers.items()), content),
            Response(self.status, headers, answered, events),
        )


@dataclass(frozen=True)
class FlowExample:
    """A rule about a flow: the steps that pass, and the change of a step that makes them fail.

    `change` maps dotted places (`answer.status`, `status`, `file`) of the step to their new values.
    """

    rule: str
    claim: str
    kind: str
    steps: Sequence[Sent]
    step: int
    change: Mapping[str, Any]
    reason: str | None = None


def changed(steps: Sequence[Sent], index: int, change: Mapping[str, Any]) -> list[Sent]:
    """The steps with one of them changed; a value None takes a member of the answer away."""
    made = list(steps)
    one = made[index]
    answer = copy.deepcopy(one.answer)
    for place, value in change.items():
        head, _, rest = place.partition(".")
        if head != "answer" or not rest:
            one = replace(one, **{head: value})
            answer = value if head == "answer" else answer
            continue
        *parents, last = rest.split(".")
        holder = answer
        for name in parents:
            holder = holder[int(name)] if isinstance(holder, list) else holder[name]
        if value is None:
            holder.pop(last, None)
        elif isinstance(holder, list):
            holder[int(last)] = value
        else:
            holder[last] = value
    made[index] = replace(one, answer=answer)
    return made


#: The names of steps where a rule asks for them by name; those of flows are free.
NAMES = {
    "speech.speed": ("plain", "fast"),
    "speech.texts": ("short", "long"),
    "extension-chat.stream-against-plain": ("plain", "stream"),
    "responses.stream-against-plain": ("plain", "stream"),
    "responses.credentials": ("api-key", "bearer"),
}


def exchanges(kind: str, steps: Sequence[Sent]) -> dict[str, Exchange]:
    names = NAMES.get(kind, tuple(f"step-{place:02}" for place in range(len(steps))))
    flow = None if kind == "none" else kind
    return {name: replace(step, flow=flow).exchange(name) for name, step in zip(names, steps, strict=True)}
