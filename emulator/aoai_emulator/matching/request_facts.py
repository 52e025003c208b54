"""What a match can look at: the facts of one request, read from its body only if a match needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aoai_emulator.http.bodies import READERS
from aoai_emulator.http.json_text import JsonObject, JsonTextError, parse
from aoai_emulator.http.rejections import RejectionError
from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.settings import Deployment, Settings
from aoai_specs.document import Operation
from aoai_specs.json_values import as_object

#: The fields whose strings are the text of a request.
_TEXT_FIELDS = ("messages", "prompt", "input")
#: The keys of a message or of a part of it whose strings are text.
_TEXT_KEYS = ("content", "text", "refusal")


@dataclass(frozen=True)
class RequestFacts:
    """The facts of one request; `headers` has lower-case names, `raw` is the body as it arrived.

    `operation` is None for a path that no document has. `named_deployment` is the deployment in the path.
    """

    settings: Settings
    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    operation: Operation | None = None
    named_deployment: str | None = None

    @property
    def kind(self) -> str | None:
        """The kind of operation, or None for a path that no document has."""
        return None if self.operation is None else self.operation.kind

    @cached_property
    def fields(self) -> JsonObject:
        """The fields of the body; empty if it cannot be read as JSON or as a form."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            if media_type in READERS and self.operation is not None:
                return READERS[media_type](self.raw, self.headers["content-type"], self.operation).fields
            return as_object(parse(self.raw))
        except (RejectionError, JsonTextError):
            return {}

    @property
    def named_model(self) -> str | None:
        """The `model` of the body, or None."""
        name = self.fields.get("model") if self.raw else None
        return name if isinstance(name, str) else None

    @property
    def deployment(self) -> str | None:
        """The name of the deployment: in the path, else the one that the body's `model` selects."""
        if self.named_deployment is not None:
            return self.named_deployment
        served = self._served
        return served.name if served is not None else self.named_model

    @property
    def models(self) -> frozenset[str]:
        """The model of the deployment, and the `model` of the body."""
        served = self._served
        names = (self.named_model, served.model if served is not None else None)
        return frozenset(name for name in names if name is not None)

    @cached_property
    def text(self) -> str:
        """The text of the prompt or the input: every string of it, one per line."""
        return "\n".join(_strings(self.fields))

    @property
    def _served(self) -> Deployment | None:
        if self.named_deployment is not None:
            return self.settings.deployment(self.named_deployment)
        name = self.named_model
        if name is not None:
            return self.settings.model(name)
        operation = self.operation
        if operation is None:
            return None
        return self.settings.default_deployment(operation.kind, operation.document.name.surface)


def facts_of(request: IncomingRequest) -> RequestFacts:
    """Return the facts of a request as it arrived, before any check of it."""
    return RequestFacts(
        settings=request.settings,
        method=request.method,
        path=request.path,
        headers=request.headers,
        raw=request.raw,
        operation=request.operation or request.location.operation(request.method),
        named_deployment=request.location.deployment,
    )


def _strings(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a body in their order, without roles, types and names."""
    waiting: list[Any] = [fields[name] for name in reversed(_TEXT_FIELDS) if name in fields]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(value[key] for key in _TEXT_KEYS if key in value)
