"""Schemathesis checks for the rules: set SCHEMATHESIS_HOOKS to this module's name and run `st run`.

`aoai_must` and `aoai_should` judge each response that Schemathesis receives by every rule for single
exchanges. Whether a request should be accepted or rejected is left to Schemathesis, which has its own
checks for that and knows what it mutated. Responses of operations outside the catalogue are not judged.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure, FailureGroup, Severity

from aoai_conformance.judging.judge import judge
from aoai_conformance.recording.traffic.observed_traffic import (
    api_version_of,
    observed_exchange,
    operation_of,
)
from aoai_conformance.rule import Rule, rules
from aoai_model.exchange import Headers, Request, Response
from aoai_model.verdict import Level, Violation
from aoai_reports.results.findings import generalise
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation

__all__ = ["BrokenRule", "aoai_must", "aoai_should"]

_SEVERITIES: Mapping[Level, Severity] = {"must": Severity.HIGH, "should": Severity.MEDIUM}
_SENDS_THE_WHOLE_BODY = "HTTP-006"


class BrokenRule(Failure):
    """A violation of one rule at one place.

    Schemathesis treats two of them as one failure if operation, rule, place (ignoring array indices) and
    reason are the same.
    """

    __slots__ = ("rule", "violation")

    def __init__(self, operation: str, rule: Rule, violation: Violation, case_id: str | None = None) -> None:
        level = violation.level or rule.level
        super().__init__(
            operation=operation,
            title=f"{rule.id}: a server {level} {rule.requirement}",
            message="\n".join(_lines(rule, violation)),
            case_id=case_id,
            severity=_SEVERITIES[level],
        )
        self.rule = rule
        self.violation = violation

    @property
    def _unique_key(self) -> str:
        return " ".join((self.rule.id, generalise(self.violation.pointer), self.violation.reason))


def _lines(rule: Rule, violation: Violation) -> Iterator[str]:
    yield violation.message
    yield ""
    place = violation.pointer or "the whole response"
    yield f"At:       {place}" + ("" if violation.chunk is None else f" of chunk {violation.chunk}")
    if violation.expected is not None or violation.actual is not None:
        yield f"Expected: {_written(violation.expected)}"
        yield f"Actual:   {_written(violation.actual)}"
    yield f"Clause:   {violation.clause or rule.clause}"
    yield f"More:     aoai-conformance explain {rule.id}"


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@schemathesis.check
def aoai_must(
    ctx: schemathesis.CheckContext,  # noqa: ARG001 - Schemathesis passes it
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> bool | None:
    """Raise a FailureGroup of every MUST violation; return True if there is nothing to judge."""
    return _check("must", response, case)


@schemathesis.check
def aoai_should(
    ctx: schemathesis.CheckContext,  # noqa: ARG001 - Schemathesis passes it
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> bool | None:
    """Raise a FailureGroup of every SHOULD violation; return True if there is nothing to judge."""
    return _check("should", response, case)


def _check(level: Level, response: schemathesis.Response, case: schemathesis.Case[Any]) -> bool | None:
    judged = _judged(response, case)
    if judged is None:
        return True
    found = [
        BrokenRule(case.operation.label, rule, violation, case.id)
        for rule, violation in judged
        if (violation.level or rule.level) == level
    ]
    if found:
        raise FailureGroup(found)
    return None


@dataclass(slots=True)
class _Last(threading.local):
    """The last response judged in this thread: both checks receive the same response, one after the other."""

    response: schemathesis.Response | None = None
    found: tuple[tuple[Rule, Violation], ...] | None = None


_LAST = _Last()


def _judged(
    response: schemathesis.Response, case: schemathesis.Case[Any]
) -> tuple[tuple[Rule, Violation], ...] | None:
    """Return each violation of a response with its rule; None if it is not judged."""
    if _LAST.response is not response:
        _LAST.found = _judge(response, case)
        _LAST.response = response
    return _LAST.found


def _judge(
    response: schemathesis.Response, case: schemathesis.Case[Any]
) -> tuple[tuple[Rule, Violation], ...] | None:
    request = _sent(response)
    if case.operation.app is not None and not request.body:
        return None  # Schemathesis does not keep the request of a WSGI application
    operation = _operation(request)
    if operation is None:
        return None
    exchange = observed_exchange(case.id, operation, request, _received(response))
    by_id = {rule.id: rule for rule in _rules()}
    return tuple(
        (by_id[verdict.rule_id], violation)
        for verdict in judge(exchange, operation, by_id.values())
        for violation in verdict.violations
    )


@cache
def _rules() -> tuple[Rule, ...]:
    """Return the rules that can fail here.

    Schemathesis reports a broken connection as no response at all. So an incomplete response is a stream that
    Schemathesis itself stopped reading, not a fault of the server.
    """
    return tuple(rule for rule in rules() if rule.level in _SEVERITIES and rule.id != _SENDS_THE_WHOLE_BODY)


def _operation(request: Request) -> Operation | None:
    """Return the operation that a request calls, in the documents of its api-version; None if unknown."""
    try:
        return operation_of(request.method, request.url, _documents(api_version_of(request.url)))
    except ValueError:
        return None


def _documents(api_version: str) -> Iterator[Document]:
    """Yield each surface's corrected document of an api-version, or else its newest stable one."""
    catalogue = Catalogue.packaged()
    names = catalogue.names()
    for surface in sorted({name.surface for name in names}):
        requested = [name for name in names if name.surface == surface and str(name.version) == api_version]
        yield catalogue.load(str(requested[0] if requested else catalogue.newest_stable(surface)))


def _sent(response: schemathesis.Response) -> Request:
    request = response.request
    body = request.body
    if isinstance(body, str):
        body = body.encode()
    return Request(
        method=(request.method or "").upper(),
        url=request.url or "",
        headers=tuple((_text(name), _text(value)) for name, value in request.headers.items()),
        body=body if isinstance(body, bytes) else b"",
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _received(response: schemathesis.Response) -> Response:
    """Convert a response. A stream that Schemathesis stopped reading is incomplete."""
    headers: Headers = tuple((name, value) for name, values in response.headers.items() for value in values)
    return Response(
        status=response.status_code,
        headers=headers,
        body=response.content or b"",
        started=response.elapsed,
        ended=response.elapsed,
        complete=not getattr(response, "stream_cut_short", False),  # Schemathesis reads streams since 4.3x
    )
