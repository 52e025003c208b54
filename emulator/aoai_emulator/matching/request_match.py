"""A match: the conditions that a request must meet, all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from aoai_emulator.matching.json_paths import JsonPath
from aoai_emulator.matching.request_facts import RequestFacts
from aoai_specs.json_values import quote


@dataclass(frozen=True, slots=True)
class RequestMatch:
    """Conditions on a request; those that are None or empty match every request.

    `operation` is a kind (`chat`) or an operation id, `model` the model of the deployment or the `model` of
    the body, `path` a path in which `*` stands for anything, `text` a part of the prompt or the input.
    `headers` has lower-case names; the value `*` matches every value. `json` gives paths into the body, each
    with the value that must be there.
    """

    operation: str | None = None
    deployment: str | None = None
    model: str | None = None
    method: str | None = None
    path: str | None = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    json: tuple[tuple[JsonPath, Any], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every request matches."""
        return not self.conditions()

    def matches(self, request: RequestFacts) -> bool:
        """Return whether a request meets every condition."""
        return next(self.mismatches(request), None) is None

    def mismatches(self, request: RequestFacts) -> Iterator[str]:
        """Yield one sentence for each condition that a request does not meet; cheap conditions first."""
        if self.method is not None and self.method != request.method:
            yield _sentence("method", self.method, request.method)
        if self.operation is not None and self.operation not in _operation_names(request):
            yield _sentence("operation", self.operation, request.kind)
        if self.path is not None and not fnmatchcase(request.path, self.path):
            yield _sentence("path", self.path, request.path)
        for name, value in self.headers.items():
            received = request.headers.get(name)
            if received is None or value not in ("*", received):
                yield _sentence(f"header {name}", value, received)
        if self.deployment is not None and self.deployment != request.deployment:
            yield _sentence("deployment", self.deployment, request.deployment)
        if self.model is not None and self.model not in request.models:
            yield _sentence("model", self.model, " or ".join(sorted(request.models)) or None)
        if self.text is not None and self.text not in request.text:
            yield f"The text {quote(self.text)} is not in {quote(request.text) if request.text else 'it'}."
        for path, expected in self.json:
            found = list(path.find(request.fields))
            if not any(_is_equal(each, expected) for each in found):
                received = ", ".join(quote(each) for each in found[:5]) or "nothing"
                yield f"{path.text}: expected {quote(expected)}, received {received}."

    def conditions(self) -> dict[str, Any]:
        """Return the conditions as they are written in JSON, without those that match every request."""
        named = ("operation", "deployment", "model", "method", "path", "text")
        written: dict[str, Any] = {
            name: value for name in named if (value := getattr(self, name)) is not None
        }
        if self.headers:
            written["headers"] = dict(self.headers)
        if self.json:
            written["json"] = {path.text: value for path, value in self.json}
        return written


def _operation_names(request: RequestFacts) -> tuple[str, ...]:
    return () if request.operation is None else (request.operation.kind, request.operation.id)


def _sentence(name: str, expected: str, received: str | None) -> str:
    return (
        f"{name}: expected {quote(expected)}, received {'nothing' if received is None else quote(received)}."
    )


def _is_equal(left: Any, right: Any) -> bool:
    """Compare two JSON values; unlike in Python, `true` is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_is_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_is_equal, left, right))
    return bool(left == right)
