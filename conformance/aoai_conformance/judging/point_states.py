"""What an exchange shows about its points: correct, wrong, nothing, or not applicable.

The rules about acceptance (`decides=True`) decide whether a point is handled correctly; this module adds why
nothing can be concluded: a cause of `aoai_conformance.judging.rejections` or a kind of failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aoai_conformance.exchange import Exchange
from aoai_conformance.json_access import members, text
from aoai_conformance.judging.rejections import Rejection, find_rejection
from aoai_conformance.quirks.operation_quirks import unserved_by_quirk
from aoai_conformance.views.exchange_views import Chunk, Stream
from aoai_model.exchange import FailureKind
from aoai_model.verdict import PointsShown
from aoai_reports.results.point_account import BUDGET, CLOSED, KNOWN_QUIRK

if TYPE_CHECKING:
    from aoai_model.verdict import Verdict
    from aoai_specs.document import Operation

#: The name of each kind of failure in the report of points.
_FAILURES: Mapping[FailureKind, str] = {
    "connect": "no connection", "timeout": "time-out", "protocol": "broken response",
    "throttled": "throttled", "unavailable": "no response", "harness": "could not be sent",
    "budget": BUDGET, "closed": CLOSED, "source": "an earlier step failed",
}  # fmt: skip
_LONGEST = 400


def find_point_states(exchange: Exchange, operation: Operation, deciding: Sequence[Verdict]) -> PointsShown:
    """Return the states of the points of an exchange, or of the request itself if it has no points.

    `deciding` are the verdicts of the rules about acceptance.
    """
    if exchange.failure is not None:
        return _not_shown(_FAILURES[exchange.failure.kind], "", exchange.failure.message)
    if exchange.is_failed_minimal:
        quirk = unserved_by_quirk(exchange, operation)
        if quirk is not None:
            return PointsShown("not_applicable", KNOWN_QUIRK, quirk)
    rejection = find_rejection(exchange, operation)
    broken = any(verdict.outcome == "violation" for verdict in deciding)
    if rejection is not None and not broken and _leaves_open(exchange, deciding):
        return _of_rejection(rejection)
    if broken:
        return PointsShown("wrong")
    if any(verdict.outcome == "inconclusive" for verdict in deciding):
        note = next(verdict.note for verdict in deciding if verdict.outcome == "inconclusive")
        return _not_shown("inconclusive", "", note)
    return _of_acceptance(exchange, operation, deciding)


def _leaves_open(exchange: Exchange, deciding: Sequence[Verdict]) -> bool:
    """Whether no rule decides that the point requires the rejection."""
    if any(verdict.outcome == "inconclusive" for verdict in deciding):
        return True
    return exchange.case.expect == "accept" or not any(verdict.outcome == "pass" for verdict in deciding)


def _of_rejection(rejection: Rejection) -> PointsShown:
    subject = ", ".join(rejection.subjects)
    if rejection.is_not_applicable:
        return PointsShown("not_applicable", rejection.cause, subject, rejection.quote[:_LONGEST])
    return _not_shown(rejection.cause, subject, rejection.quote)


def _of_acceptance(exchange: Exchange, operation: Operation, deciding: Sequence[Verdict]) -> PointsShown:
    """Return what a response without violations shows: an incomplete stream shows nothing."""
    response = exchange.response
    if response is None:  # pragma: no cover - an exchange has a failure or a response
        return _not_shown("no response", "", "")
    if 200 <= response.status < 300:
        stream = Stream.of(exchange, operation)
        if stream is not None and stream.error is not None:
            return _not_shown("error inside the stream", "", _error_in(stream.error))
        if not response.complete:
            cause = _FAILURES["timeout"] if response.defect("timeout") else "the response is incomplete"
            return _not_shown(cause, "", response.defects[0].message if response.defects else "")
        return PointsShown("correct")
    if exchange.case.expect == "accept" or not any(verdict.outcome == "pass" for verdict in deciding):
        return _not_shown(f"status {response.status}", "", response.text[:_LONGEST])
    return PointsShown("correct")


def _error_in(chunk: Chunk) -> str:
    """Return the code and the message of an error inside a stream; its data if it has neither."""
    error = members(chunk.json.get("error"))
    parts = [text(error.get("code")), text(error.get("message"))]
    return " ".join(part for part in parts if part) or chunk.event.data


def _not_shown(cause: str, subject: str, message: str) -> PointsShown:
    return PointsShown("not_shown", cause, subject, message[:_LONGEST])
