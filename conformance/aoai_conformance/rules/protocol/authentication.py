"""Requests without valid credentials, which servers must reject with 401."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.judging.protocol_responses import collect_points, require_rejection
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.exchange_views import Reply
from aoai_model.case import Point
from aoai_model.verdict import Violation

_SECURITY = "azure-openai@2024-10-21#/security"
_KEY = "azure-openai@2024-10-21#/components/securitySchemes/apiKey"
_BEARER = "azure-openai@2024-10-21#/components/securitySchemes/bearer"
_STATUS = "401 for this: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2."


@rule(
    "AUTH-001",
    must="reject a request without credentials with 401",
    clause=_SECURITY,
    operations=EVERY,
    evidence=collect_points("authentication:none"),
    note=_STATUS,
    decides=True,
)
def rejects_missing_credentials(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """Every operation is secured."""
    yield from require_rejection(reply, points, {401}, "A request without credentials")


@rule(
    "AUTH-002",
    must="reject a wrong key with 401",
    clause=_KEY,
    operations=EVERY,
    evidence=collect_points("authentication:wrong-key"),
    note=_STATUS,
    decides=True,
)
def rejects_a_wrong_key(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The server must check the value of the key, not only its presence."""
    yield from require_rejection(reply, points, {401}, "A request with a wrong key")


@rule(
    "AUTH-003",
    must="reject a wrong bearer token with 401",
    clause=_BEARER,
    operations=EVERY,
    evidence=collect_points("authentication:wrong-bearer"),
    note=_STATUS,
    decides=True,
)
def rejects_a_wrong_bearer(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The server must check the signature of the token, not only its format."""
    yield from require_rejection(reply, points, {401}, "A request with a wrong bearer token")


@rule(
    "AUTH-004",
    must="reject a malformed Authorization header with 401",
    clause=_BEARER,
    operations=EVERY,
    evidence=collect_points("authentication:malformed-bearer"),
    note="RFC 6750 section 3.1 also has 400 for it: https://www.rfc-editor.org/rfc/rfc6750#section-3.1.",
    decides=True,
)
def rejects_a_malformed_bearer(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The scheme alone is not a token."""
    yield from require_rejection(reply, points, {400, 401}, "A request with a malformed Authorization header")


@rule(
    "AUTH-005",
    may="reject a key outside the api-key header with 401",
    clause=f"{_KEY}/name",
    operations=EVERY,
    evidence=collect_points("authentication:key-in-wrong-header"),
    note=_STATUS,
    decides=True,
)
def rejects_a_misplaced_key(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """A key in an undeclared header is not a credential."""
    yield from require_rejection(reply, points, {401}, "A request whose key is in another header")
