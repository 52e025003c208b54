"""Request bodies that are not JSON objects: another content type, malformed, empty, of another type."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.judging.protocol_responses import collect_points, require_rejection
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.exchange_views import Reply
from aoai_model.case import Point
from aoai_model.verdict import Violation

_BODY = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1chat~1completions/post/requestBody"
_JSON = "https://www.rfc-editor.org/rfc/rfc8259#section-2"


@rule(
    "BODY-001",
    must="reject a body of an undeclared content type",
    clause=f"{_BODY}/content",
    operations=EVERY,
    evidence=collect_points("content-type:text"),
    note="RFC 9110 defines 415 for this; 400 and 422 are accepted too.",
    decides=True,
)
def rejects_plain_text(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The document declares the content types."""
    yield from require_rejection(reply, points, {400, 415, 422}, "A body of an undeclared content type")


@rule(
    "BODY-002",
    must="reject malformed JSON with 400 or 422",
    clause=_JSON,
    operations=EVERY,
    evidence=collect_points("body:malformed-json"),
    decides=True,
)
def rejects_malformed_json(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """A server cannot process a body that it cannot parse."""
    yield from require_rejection(reply, points, {400, 422}, "A body of malformed JSON")


@rule(
    "BODY-003",
    must="reject a request without its required body",
    clause=f"{_BODY}/required",
    operations=EVERY,
    evidence=collect_points("body:empty"),
    note="411 and 415 are accepted too: a missing body has neither a length nor a type.",
    decides=True,
)
def rejects_an_empty_body(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """The request body is required."""
    yield from require_rejection(reply, points, {400, 411, 415, 422}, "A request without a body")


@rule(
    "BODY-004",
    must="reject a body that is not a JSON object",
    clause="azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/type",
    operations=EVERY,
    evidence=collect_points("body:not-an-object"),
    decides=True,
)
def rejects_a_list(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """Every request schema is an object."""
    yield from require_rejection(reply, points, {400, 422}, "A body that is not a JSON object")
