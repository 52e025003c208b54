"""The header `extra-parameters`: how to treat body fields that the document does not declare.

`error`, the default, rejects them; `drop` removes them; `pass-through` passes them to the model. The model
uses those below, rejects values that it cannot use, and ignores all other fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from aoai_emulator.checks.declared_fields import declared_names
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request, unsupported_parameter
from aoai_emulator.http.requests import IncomingRequest
from aoai_specs.document import Operation

HEADER = "extra-parameters"
ERROR, DROP, PASS_THROUGH = "error", "drop", "pass-through"
_JSON = "application/json"


def extra_parameter_rejections(request: IncomingRequest) -> Iterable[Rejection]:
    """Return a rejection for an unknown value of the header, and for fields that it does not permit."""
    if request.operation is None or not knows_header(request.operation):
        return ()
    return _rejections(request)


def _rejections(request: IncomingRequest) -> Iterator[Rejection]:
    policy = _policy(request)
    if policy not in (ERROR, DROP, PASS_THROUGH):
        yield invalid_request(
            f"Invalid value of the header {HEADER}: use {ERROR}, {DROP} or {PASS_THROUGH}.", param=HEADER
        )
        return
    for name, value in _extra(request).items():
        if policy == ERROR:
            yield invalid_request(
                f"Extra parameter '{name[:80]}' is not allowed when {HEADER} is {ERROR}.",
                param=name[:80],
                code="extra_parameter",
            )
        elif policy == PASS_THROUGH and name in _MODEL_TAKES and not _MODEL_TAKES[name](value):
            yield unsupported_parameter(name, value)


def passed_on(request: IncomingRequest) -> JsonObject:
    """Return the extra fields that the model receives and uses."""
    if request.operation is None or not knows_header(request.operation):
        return {}
    if _policy(request) != PASS_THROUGH:
        return {}
    extra = _extra(request)
    return {name: extra[name] for name, fits in _MODEL_TAKES.items() if name in extra and fits(extra[name])}


def _policy(request: IncomingRequest) -> str:
    return request.headers.get(HEADER, ERROR).strip().lower()


def _extra(request: IncomingRequest) -> JsonObject:
    declared = declared_names(request.operation, _JSON) if request.operation is not None else frozenset()
    return {name: value for name, value in request.sent.items() if name not in declared}


@lru_cache(maxsize=512)
def knows_header(operation: Operation) -> bool:
    """Return whether an operation takes the header."""
    return any(each.location == "header" and each.name == HEADER for each in operation.parameters)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


_MODEL_TAKES: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "n": lambda value: _is_whole(value, 1, 128),
        "max_completion_tokens": lambda value: _is_whole(value, 0, 128_000),
        "parallel_tool_calls": lambda value: isinstance(value, bool),
        "reasoning_effort": lambda value: value in ("low", "medium", "high"),
        "user": lambda value: isinstance(value, str),
    }
)
