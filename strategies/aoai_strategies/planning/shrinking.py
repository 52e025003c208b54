"""Shrinking: from a case that fails to the smallest one found that still fails.

The body is made smaller step by step: fields and items are left out, texts shortened, numbers brought nearer
to zero. A smaller body counts only while it stays on the same side of the description: a valid request is
shrunk to a valid one whose fields still go together (`coherence`), an invalid one to one that is invalid for
no other reason, and still for that of its point, so that a server is not blamed for what the shrinking broke.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from aoai_model.case import Case, Edit, Json, JsonBody, MultipartBody
from aoai_specs.document import Operation
from aoai_specs.schemas.shapes import request_media_type, request_shape
from aoai_strategies.planning.coherence import DEPENDENTS, is_coherent
from aoai_strategies.requests.costs import token_estimate
from aoai_strategies.requests.editing import body_value, form
from aoai_strategies.requests.forms import admits, is_form, typed_form

#: How many smaller cases are tried at most.
ATTEMPTS = 200
_MOST_ERRORS = 8


def shrink(
    case: Case,
    still_fails: Callable[[Case], bool],
    *,
    operation: Operation | None = None,
    attempts: int = ATTEMPTS,
) -> Case:
    """The smallest case found for which `still_fails` holds; the case itself where no smaller one does.

    `still_fails` sends a case and tells whether it fails in the same way; it is called at most `attempts`
    times. With the `operation`, smaller bodies stay as valid, or as invalid, as the case's own.
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
    """Cases that are one step simpler than the given one, the boldest steps first.

    For a sender that is asynchronous: take the first one that still fails, and ask again.
    """
    body = body_value(case.request.body)
    if not isinstance(case.request.body, JsonBody | MultipartBody):
        return
    side = _Side.of(case, body, operation)
    for smaller in _less(body):
        if not side.has(smaller):
            continue
        if isinstance(case.request.body, JsonBody):
            request = replace(case.request, body=JsonBody(smaller))
        elif isinstance(smaller, dict):
            request = replace(case.request, body=form(smaller))
        else:
            continue
        points = tuple(replace(point, edits=(Edit("", smaller),)) for point in case.points)
        prompt_tokens, completion_tokens = token_estimate(case.kind, request, case.expect)
        yield replace(
            case,
            request=request,
            points=points,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """On which side of the description a body stands: coherent or not, and which clauses it breaks."""

    kind: str
    operation: Operation | None
    coherent: bool
    broken: frozenset[str]
    wanted: frozenset[str]

    @classmethod
    def of(cls, case: Case, body: Json, operation: Operation | None) -> _Side:
        broken = _broken(operation, body)
        wanted = broken & {point.clause for point in case.points}
        return cls(case.kind, operation, is_coherent(case.kind, body), broken, wanted)

    def has(self, body: Json) -> bool:
        """Whether another body stands on this side too: nothing is broken that was not, and not nothing."""
        if self.coherent and not is_coherent(self.kind, body):
            return False
        if self.operation is not None and not self.broken:
            return admits(self.operation, body)
        broken = _broken(self.operation, body)
        return self.wanted <= broken <= self.broken and bool(broken) == bool(self.broken)


def _broken(operation: Operation | None, body: Json) -> frozenset[str]:
    """The clauses of the description that a body breaks, a few at most."""
    if operation is None or admits(operation, body):
        return frozenset()
    validator = operation.request_validator(request_media_type(operation) or "")
    value = typed_form(body, request_shape(operation)) if is_form(operation) else body
    errors = [] if validator is None else validator.errors(value, at_most=_MOST_ERRORS)
    return frozenset(error.clause for error in errors)


def _less(body: Json) -> Iterator[Json]:
    """Bodies one step smaller: turns of a conversation, and fields with what depends on them, go first."""
    if isinstance(body, dict):
        for name in body:
            gone = {name, *DEPENDENTS.get(name, ())}
            if len(gone & body.keys()) > 1:
                yield {key: copy.deepcopy(member) for key, member in body.items() if key not in gone}
        messages = body.get("messages")
        if isinstance(messages, list):
            for start, end in _turns(messages):
                yield {**copy.deepcopy(body), "messages": copy.deepcopy(messages[:start] + messages[end:])}
    yield from _smaller(body)


def _turns(messages: list[Json]) -> Iterator[tuple[int, int]]:
    """Where a message stands with the answers to its calls, from its place to the place after the last."""
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    for start, role in enumerate(roles):
        end = start + 1
        while role == "assistant" and end < len(roles) and roles[end] in ("tool", "function"):
            end += 1
        if end > start + 1:
            yield start, end


def _smaller(value: Json) -> Iterator[Json]:
    """Values one step smaller, never the same: members gone, then members made smaller."""
    if isinstance(value, dict):
        if "filename" in value:
            return  # a file is broken by any change, and no smaller for it
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
