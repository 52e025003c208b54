"""The defects that a judged exchange shows, by the operation that shows them."""

from __future__ import annotations

from typing import TypeAlias

from aoai_conformance.judging.judged import JudgedExchange
from aoai_reports.results.findings import place_of

#: A defect of one operation: document, operation, rule, place, reason.
Defect: TypeAlias = tuple[str, str, str, str, str]


def shown_by(judged: JudgedExchange) -> frozenset[Defect]:
    """Return the MUST and SHOULD violations of an exchange, those in streams by their place."""
    case, response = judged.exchange.case, judged.exchange.response
    streamed = response is not None and response.events is not None
    return frozenset(
        (
            case.document,
            case.operation,
            verdict.rule_id,
            place_of(violation, streamed=streamed),
            violation.reason,
        )
        for verdict in judged.verdicts
        for violation in verdict.violations
        if violation.level != "may"
    )
