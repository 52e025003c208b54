"""Requests outside the contract are rejected, requests inside it are accepted: one violation per point.

Only a rejection of the request's content shows something about a point; see
`aoai_conformance.judging.rejections` for the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from aoai_conformance.judging.error_responses import FROM_BETWEEN, ErrorReply
from aoai_conformance.judging.rejections import names_another_field, require_about_content
from aoai_conformance.rule import EVERY, Inconclusive, NotApplicable, rule
from aoai_conformance.views.exchange_views import Reply
from aoai_model.case import Point
from aoai_model.verdict import Level, Violation
from aoai_strategies.points.further_points import EXTRA_PARAMETERS

_BAD_REQUEST = "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.1"
_SERVER_ERROR = "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.1"
_ANY_REQUEST = "azure-openai@2024-10-21#/paths"
#: Statuses that are unrelated to the content of an ordinary request.
_UNTOLD = frozenset({401, 403, 404, 408, 409, 425, 429}) | FROM_BETWEEN
_BUSY = 429
_NOT_IMPLEMENTED = 501
_CONFLICT = 409
#: Statuses that reject the content of a request.
_REFUSING = frozenset({400, 405, 411, 413, 414, 415, 422})


def _is_outside_contract(reply: Reply) -> bool:
    """Whether the request must be rejected for its content."""
    step = reply.case.scenario
    in_flow = step is not None and step.is_flow  # FLOW-001 judges it
    elsewhere = in_flow or any(each.constraint == EXTRA_PARAMETERS for each in reply.case.points)
    return reply.case.expect == "reject" and reply.case.origin != "protocol" and not elsewhere


def _is_inside_contract(reply: Reply) -> bool:
    """Whether the request must be accepted."""
    return reply.case.expect == "accept" and reply.case.origin != "base"


def _is_unspecified(reply: Reply) -> bool:
    """Whether the request may be accepted or rejected. DESCRIPTIONS-002 covers an optional api-version."""
    if reply.response.status == _BUSY:  # the attempt was throttled, and the request is sent again
        return False
    unsettled = reply.case.expect == "any" and reply.case.origin != "probe"
    return unsettled and "api-version:missing" not in reply.point_ids


def _level(reply: Reply) -> Level | None:
    """Return the level of a violation: weaker in recorded traffic, whose circumstances are unknown."""
    return "may" if reply.case.origin == "recorded" else None


def _point(reply: Reply) -> Point | None:
    """Return the point of a request: points that share one without being packed test the same."""
    points = reply.case.points
    return points[0] if points and (len(points) == 1 or reply.case.origin != "packed") else None


def _violation_at_point(reply: Reply, message: str, expected: str, reason: str) -> Violation:
    point = _point(reply)
    if point is None:
        return Violation("", f"{message}.", expected, reply.status, reason)
    full_message = f"{message}: {point.description or point.id}"
    return Violation("", full_message, expected, reply.status, reason, point.id, level=point.level)


def _require_about_point(reply: Reply) -> None:
    """Raise Inconclusive if the rejection has an external cause, or names a field of no point."""
    require_about_content(reply)
    if reply.status == _CONFLICT:
        raise Inconclusive("a 409 is about the state of a resource, not about the content of the request")
    other = names_another_field(reply.exchange, reply.operation)
    if other is not None:
        raise Inconclusive(f"the rejection names another field, {other}")


def _require_single(reply: Reply) -> None:
    if len(reply.case.points) > 1 and reply.case.origin == "packed":
        raise Inconclusive("the case carries several points and has not been bisected yet")


def _require_sources(reply: Reply) -> None:
    if any(point.id.startswith("data_sources") for point in reply.case.points):
        raise Inconclusive("data sources can only be accepted if they exist")


@rule(
    "BOUNDARY-001",
    must="reject a request that is outside the contract",
    clause=_ANY_REQUEST,
    operations=EVERY,
    when=_is_outside_contract,
    decides=True,
    note="The violation's point has the clause of the limit. SHOULD for points of that level.",
)
def rejects_invalid_requests(reply: Reply) -> Iterator[Violation]:
    """A 2xx shows that the limit is not enforced."""
    if 200 <= reply.status < 300:
        yield _violation_at_point(
            reply, "A request outside the contract is accepted", "400 or 422", "accepted"
        )
        return
    _require_about_point(reply)
    if reply.status < 400:
        raise Inconclusive(f"a {reply.status} neither accepts nor rejects the request")
    if reply.status >= 500:
        raise Inconclusive("the server failed, which BOUNDARY-002 reports")


@rule(
    "BOUNDARY-002",
    must="reject a request that is outside the contract with a 4xx, not a 5xx",
    clause=_SERVER_ERROR,
    operations=EVERY,
    when=_is_outside_contract,
    decides=True,
)
def rejects_invalid_requests_without_5xx(reply: Reply) -> Iterator[Violation]:
    """A 5xx means that the server failed, and makes clients retry the request."""
    require_about_content(reply)
    if reply.status >= 500:
        yield _violation_at_point(
            reply, "A request outside the contract causes a server error", "400 or 422", "5xx"
        )


@rule(
    "BOUNDARY-003",
    must="accept a request that is inside the contract",
    clause=_ANY_REQUEST,
    operations=EVERY,
    when=_is_inside_contract,
    decides=True,
    note="Inconclusive if the rejection is about the content filter, a quota, a limit or a missing "
    "capability of the model, or a data source. OPERATION-001 checks the minimal request.",
)
def accepts_valid_requests(reply: Reply) -> Iterator[Violation]:
    """A 4xx rejects what the document allows."""
    if 200 <= reply.status < 300:
        return
    _require_about_point(reply)
    if not 400 <= reply.status < 500:
        raise Inconclusive(f"a {reply.status} does not reject the content of the request")
    _require_single(reply)
    _require_sources(reply)
    yield _violation_at_point(reply, "A request inside the contract is rejected", "200", "refused")


@rule(
    "BOUNDARY-004",
    must="respond without a server error to a request that is inside the contract",
    clause=_SERVER_ERROR,
    operations=EVERY,
    when=_is_inside_contract,
    decides=True,
)
def accepts_valid_requests_without_5xx(reply: Reply) -> Iterator[Violation]:
    """A 5xx is a failure on what the document allows."""
    require_about_content(reply)
    if reply.status >= 500:
        _require_single(reply)
        _require_sources(reply)
        yield _violation_at_point(reply, "A request inside the contract causes a server error", "200", "5xx")


@rule(
    "BOUNDARY-005",
    should="reject the content of a request with a status for invalid content",
    clause=_BAD_REQUEST,
    operations=EVERY,
    when=_is_outside_contract,
    note="The service returns 400; RFC 9110 also defines 413, 415 and 422 for invalid content. A 403, 404 or"
    " 409 is a violation if its error names the invalid field, and inconclusive otherwise.",
)
def rejects_content_with_a_matching_status(reply: Reply) -> Iterator[Violation]:
    """A 402 or 418 does not say that a number is too large."""
    if not 400 <= reply.response.status < 500 and reply.response.status not in _UNTOLD:
        return  # other rules judge acceptance and server errors
    if reply.status in _UNTOLD and not (reply.status in {403, 404, 409} and _names_the_field(reply)):
        raise Inconclusive(f"a {reply.status} is not about the content of the request")
    if 400 <= reply.status < 500 and reply.status not in _REFUSING:
        violation = _violation_at_point(
            reply, "The status of the rejection is not one for invalid content", "400 or 422", "status"
        )
        yield replace(violation, level=None)


@rule(
    "BOUNDARY-006",
    should="accept or reject a request that the contract leaves open, without a server error",
    clause=_SERVER_ERROR,
    operations=EVERY,
    when=_is_unspecified,
    decides=True,
    note="Data sources and ingestion jobs need resources that a run does not have, and for some values the "
    "documentation does not say whether they are accepted. The service returns 400 if it cannot search a "
    "data source (https://github.com/Azure-Samples/azure-search-openai-demo/issues/2331, "
    "https://github.com/microsoft/sample-app-aoai-chatGPT/issues/275); no document requires it, so this is a "
    "SHOULD, and a MAY in recorded traffic. A 501 is accepted: the feature need not exist.",
)
def handles_unspecified_requests_without_5xx(reply: Reply) -> Iterator[Violation]:
    """A 5xx does neither. Points that need resources share one entry, since they are not themselves open."""
    if reply.status == _BUSY:
        raise NotApplicable  # the rules about 429 judge it
    require_about_content(reply, allowing=frozenset({401, 403, 404}))
    if reply.status < 500 or reply.status == _NOT_IMPLEMENTED:
        return
    message = "A request that may be rejected causes a server error"
    point = _point(reply)
    if point is not None and point.level == "may":
        yield replace(_violation_at_point(reply, message, "200, 400 or 404", "5xx"), level=_level(reply))
    else:
        yield reply.violates(
            "",
            f"{message}.",
            expected="200, 400 or 404",
            actual=reply.status,
            reason="5xx",
            level=_level(reply),
        )


def _names_the_field(reply: Reply) -> bool:
    """Whether the error names the invalid field, and so is about the content of the request."""
    point = _point(reply)
    field = re.split(r"[.\[:]", point.id)[0] if point is not None else ""
    refusal = ErrorReply(reply.exchange, reply.operation, reply.response)
    description = f"{refusal.param or ''} {refusal.message or ''}"
    return bool(field) and re.search(rf"\b{re.escape(field)}\b", description) is not None
