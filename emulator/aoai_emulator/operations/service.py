"""The interface of an operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.answers import Answer


def as_it_is(refusal: Refusal) -> Refusal:
    """Return a refusal unchanged."""
    return refusal


@dataclass(frozen=True, slots=True)
class Service:
    """The implementation of one kind of operation.

    `relations` yields a Refusal for each mistake that the schema does not catch: what only the document's
    prose says, and what this model does not support. `answer` may be slow, must be bounded, and may raise
    RefusalError; it is only called if no check rejected the request. `operation_name` is the real service's
    name for the operation in the error for models that do not support it ("chatCompletion"). `reworded`
    adapts the refusals of these relations, and of checks that all operations share, to the operation.
    """

    kind: str
    operation_name: str
    relations: Callable[[AcceptedRequest], Iterable[Refusal]]
    answer: Callable[[AcceptedRequest], Awaitable[Answer]]
    reworded: Callable[[Refusal], Refusal] = as_it_is
