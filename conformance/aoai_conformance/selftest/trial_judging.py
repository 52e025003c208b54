"""Judging in many trials of one document: what is refused in the same words is judged once.

Most faults leave nearly all refusals as they are, and the same refusal of the same request has the same
verdicts: nothing about it is judged by the clock or by the id that its request was given.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cache

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import Verdict, concerns
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, Part
from aoai_conformance.rule import rules
from aoai_specs.document import Document

#: What is another one in each response: ids of requests, and dates.
_PASSING = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
)


@dataclass(frozen=True, slots=True)
class RememberingJudge(Judge):
    """A judge that remembers its verdicts on refusals."""

    remembered: dict[Hashable, tuple[Verdict, ...]] = field(default_factory=dict)

    def __call__(self, part: Part) -> Judged:
        """What each rule says of an exchange or a scenario."""
        essence = _essence(part) if isinstance(part, Exchange) else None
        if essence is None or not isinstance(part, Exchange):
            return Judge.__call__(self, part)
        verdicts = self.remembered.get(essence)
        if verdicts is None:
            verdicts = self.remembered.setdefault(essence, Judge.__call__(self, part).verdicts)
        return JudgedExchange(part, verdicts)


@cache
def judge_of(document: Document) -> RememberingJudge:
    """The judge of all trials of a document in this process, by the rules that concern its operations."""
    operations = document.operations.values()
    concerning = [rule for rule in rules() if any(concerns(rule, operation) for operation in operations)]
    return RememberingJudge({str(document.name): document}, concerning)


def _essence(exchange: Exchange) -> Hashable | None:
    """All that may be judged of a refusal that came whole; None for any other exchange."""
    response = exchange.response
    if response is None or exchange.failure is not None or not 400 <= response.status < 500:
        return None
    if not response.complete or response.events is not None or exchange.earlier:
        return None
    headers = tuple((name, _PASSING.sub("#", value)) for name, value in response.headers)
    request = exchange.request
    path = re.sub(r"^\w+://[^/]+", "", request.url)
    return (
        exchange.case.id,
        request.method,
        path,
        request.headers,
        request.body,
        response.status,
        headers,
        response.body,
    )
