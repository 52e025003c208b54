"""What an operation brings along to be served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.answers import Answer


def as_it_is(refusal: Refusal) -> Refusal:
    """Leave a refusal in the words of the check that found it."""
    return refusal


@dataclass(frozen=True, slots=True)
class Service:
    """What serves one kind of operation.

    `relations` yields a Refusal for each thing that is wrong although the schema is content: what only the
    document's prose says, and what this model cannot take. `answer` may be slow, must be bounded, and may
    raise RefusalError; it is only called when no check refused. `operation_name` is what the real service
    calls the operation when it says that a model does not support it ("chatCompletion"). `reworded` puts a
    refusal, of these relations or of a check that every operation has, into the words of the operation.
    """

    kind: str
    operation_name: str
    relations: Callable[[AcceptedRequest], Iterable[Refusal]]
    answer: Callable[[AcceptedRequest], Awaitable[Answer]]
    reworded: Callable[[Refusal], Refusal] = as_it_is
