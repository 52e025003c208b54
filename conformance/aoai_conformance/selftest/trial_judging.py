"""Judge the trials of a document: identical rejections of the same request are judged once.

Most faults change few rejections, and the verdicts on a rejection depend neither on the clock nor on the id
of its request.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cache

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, Part
from aoai_conformance.judging.scope import concerns
from aoai_conformance.rule import rules
from aoai_model.verdict import Verdict
from aoai_specs.document import Document

#: Request ids and dates, which differ in every response.
_VARIABLE = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
)


@dataclass(frozen=True, slots=True)
class CachingJudge(Judge):
    """A judge that caches its verdicts on rejections."""

    cached: dict[Hashable, tuple[Verdict, ...]] = field(default_factory=dict)

    def __call__(self, part: Part) -> Judged:
        """Judge an exchange or a scenario by every rule."""
        key = _cache_key(part) if isinstance(part, Exchange) else None
        if key is None or not isinstance(part, Exchange):
            return Judge.__call__(self, part)
        verdicts = self.cached.get(key)
        if verdicts is None:
            verdicts = self.cached.setdefault(key, Judge.__call__(self, part).verdicts)
        return JudgedExchange(part, verdicts)


@cache
def judge_of(document: Document) -> CachingJudge:
    """Return the judge of all trials of a document in this process, with the rules for its operations."""
    operations = document.operations.values()
    concerning = [rule for rule in rules() if any(concerns(rule, operation) for operation in operations)]
    return CachingJudge({str(document.name): document}, concerning)


def _cache_key(exchange: Exchange) -> Hashable | None:
    """Return everything that rules can read of a complete rejection; None for any other exchange."""
    response = exchange.response
    if response is None or exchange.failure is not None or not 400 <= response.status < 500:
        return None
    if not response.complete or response.events is not None or exchange.earlier:
        return None
    headers = tuple((name, _VARIABLE.sub("#", value)) for name, value in response.headers)
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
