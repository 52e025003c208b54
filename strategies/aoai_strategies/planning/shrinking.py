"""Shrinks a failing case to the smallest case found that still fails.

The body shrinks step by step: fields and items are removed, texts shortened, numbers moved towards zero. A
valid request shrinks to valid and coherent requests only (see `coherence`); an invalid one to requests that
are invalid for no further reason and still for that of its point. Shrinking therefore introduces no failure.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from aoai_model.case import Case, Edit, JsonBody, MultipartBody
from aoai_model.serialization import Json
from aoai_specs.document import Operation
from aoai_strategies.points.coherence import DEPENDENTS, is_coherent
from aoai_strategies.requests.costs import with_request
from aoai_strategies.requests.editing import body_value, to_form
from aoai_strategies.requests.forms import admits, schema_errors

#: The most smaller cases that are tried.
ATTEMPTS = 200
_MOST_ERRORS = 8


def shrink(
    case: Case,
    still_fails: Callable[[Case], bool],
    *,
    operation: Operation | None = None,
    attempts: int = ATTEMPTS,
) -> Case:
    """The smallest case found for which `still_fails` returns True; the case itself if there is none.

    `still_fails` sends a case and returns whether it fails in the same way; it is called at most `attempts`
    times. With `operation`, smaller bodies stay as valid or invalid as that of the case.
    """
    smallest = case
    left = attempts
    progress = True
    while progress and left > 0:
        progress = False
        for candidate in simpler(smallest, operation=operation):
            if left <= 0:
                break
            left -= 1
            if still_fails(candidate):
                smallest = candidate
                progress = True
                break
    return smallest


def simpler(case: Case, *, operation: Operation | None = None) -> Iterator[Case]:
    """Cases that are one step simpler than the given one, the largest steps first.

    For asynchronous senders: take the first one that still fails, and repeat.
    """
    body = body_value(case.request.body)
    if not isinstance(case.request.body, JsonBody | MultipartBody):
        return
    validity = _Validity.of(case, body, operation)
    for smaller in _reduce_body(body):
        if not validity.matches(smaller):
            continue
        if isinstance(case.request.body, JsonBody):
            request = replace(case.request, body=JsonBody(smaller))
        elif isinstance(smaller, dict):
            request = replace(case.request, body=to_form(smaller))
        else:
            continue
        points = tuple(replace(point, edits=(Edit("", smaller),)) for point in case.points)
        yield with_request(replace(case, points=points), request)


@dataclass(frozen=True, slots=True)
class _Validity:
    """Whether a body is coherent, the clauses that it violates, and those of them that its points require."""

    kind: str
    operation: Operation | None
    coherent: bool
    violated: frozenset[str]
    required: frozenset[str]

    @classmethod
    def of(cls, case: Case, body: Json, operation: Operation | None) -> _Validity:
        violated = _violated(operation, body)
        required = violated & {point.clause for point in case.points}
        return cls(case.kind, operation, is_coherent(case.kind, body), violated, required)

    def matches(self, body: Json) -> bool:
        """Whether another body is as valid: it violates no further clause, and some if this one does."""
        if self.coherent and not is_coherent(self.kind, body):
            return False
        if self.operation is not None and not self.violated:
            return admits(self.operation, body)
        violated = _violated(self.operation, body)
        return self.required <= violated <= self.violated and bool(violated) == bool(self.violated)


def _violated(operation: Operation | None, body: Json) -> frozenset[str]:
    """The clauses of the description that a body violates, a few at most."""
    if operation is None:
        return frozenset()
    return frozenset(error.clause for error in schema_errors(operation, body, at_most=_MOST_ERRORS))


def _reduce_body(body: Json) -> Iterator[Json]:
    """Bodies one step smaller; turns of a conversation and fields with their dependents are removed first."""
    if isinstance(body, dict):
        for name in body:
            dropped = {name, *DEPENDENTS.get(name, ())}
            if len(dropped & body.keys()) > 1:
                yield {key: copy.deepcopy(member) for key, member in body.items() if key not in dropped}
        messages = body.get("messages")
        if isinstance(messages, list):
            for start, end in _turns(messages):
                yield {**copy.deepcopy(body), "messages": copy.deepcopy(messages[:start] + messages[end:])}
    yield from _smaller(body)


def _turns(messages: list[Json]) -> Iterator[tuple[int, int]]:
    """Start and end of each message with calls, including the messages with their results."""
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    for start, role in enumerate(roles):
        end = start + 1
        while role == "assistant" and end < len(roles) and roles[end] in ("tool", "function"):
            end += 1
        if end > start + 1:
            yield start, end


def _smaller(value: Json) -> Iterator[Json]:
    """Values one step smaller, never equal: first without members, then with smaller members."""
    if isinstance(value, dict):
        if "filename" in value:
            return  # any change would break a file
        for name in value:
            yield {key: copy.deepcopy(member) for key, member in value.items() if key != name}
        for name, member in value.items():
            for less in _smaller(member):
                yield {**copy.deepcopy(value), name: less}
    elif isinstance(value, list):
        if len(value) > 1:
            yield copy.deepcopy(value[: len(value) // 2])
            yield copy.deepcopy(value[len(value) // 2 :])
        for index in range(len(value)):
            yield [copy.deepcopy(item) for place, item in enumerate(value) if place != index]
        for index, item in enumerate(value):
            for less in _smaller(item):
                yield [*copy.deepcopy(value[:index]), less, *copy.deepcopy(value[index + 1 :])]
    elif isinstance(value, str):
        if len(value) > 1:
            yield value[: len(value) // 2]
            yield value[:-1]
        if value not in ("", "0"):
            yield "0"
    elif isinstance(value, bool):
        if value:
            yield False
    elif isinstance(value, int):
        for less in (0, value // 2 if value > 0 else -(-value // 2), value - 1 if value > 0 else value + 1):
            if abs(less) < abs(value):
                yield less
    elif isinstance(value, float):
        for less_float in (0, round(value), round(value, 1)):
            if less_float != value and len(repr(less_float)) < len(repr(value)):
                yield less_float
