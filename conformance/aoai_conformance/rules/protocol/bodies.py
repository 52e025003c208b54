"""Request bodies that are no JSON object: another content type, malformed, empty, of another type."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.rule import EVERY, Violation, rule
from aoai_conformance.views.protocol_responses import ProtocolReply, refused_with

_BODY = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1chat~1completions/post/requestBody"
_JSON = "https://www.rfc-editor.org/rfc/rfc8259#section-2"


class TextBody(ProtocolReply):
    """The response to a request whose body is declared as plain text."""

    ids = frozenset({"content-type:text"})


class MalformedBody(ProtocolReply):
    """The response to a request whose body is broken JSON."""

    ids = frozenset({"body:malformed-json"})


class EmptyBody(ProtocolReply):
    """The response to a request without a body."""

    ids = frozenset({"body:empty"})


class BodyOfAnotherType(ProtocolReply):
    """The response to a request whose body is JSON, but no object."""

    ids = frozenset({"body:not-an-object"})


@rule(
    "BODY-001",
    must="refuse a body of an undeclared content type",
    clause=f"{_BODY}/content",
    operations=EVERY,
    note="415 is RFC 9110's own status for it; 400 is as lawful.",
    decides=True,
)
def refuses_plain_text(reply: TextBody) -> Iterator[Violation]:
    """The document declares which content types there are."""
    yield from refused_with(reply, {400, 415, 422}, "A body of an undeclared content type")


@rule("BODY-002", must="refuse malformed JSON as a bad request", clause=_JSON, operations=EVERY, decides=True)
def refuses_malformed_json(reply: MalformedBody) -> Iterator[Violation]:
    """What cannot be read cannot be answered."""
    yield from refused_with(reply, {400, 422}, "A body of malformed JSON")


@rule(
    "BODY-003",
    must="refuse a request without its required body",
    clause=f"{_BODY}/required",
    operations=EVERY,
    note="411 and 415 are lawful too: nothing tells the length or the type of a body that is not there.",
    decides=True,
)
def refuses_an_empty_body(reply: EmptyBody) -> Iterator[Violation]:
    """The request body is required."""
    yield from refused_with(reply, {400, 411, 415, 422}, "A request without a body")


@rule(
    "BODY-004",
    must="refuse a body that is no JSON object",
    clause="azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/type",
    operations=EVERY,
    decides=True,
)
def refuses_a_list(reply: BodyOfAnotherType) -> Iterator[Violation]:
    """Every request schema is an object."""
    yield from refused_with(reply, {400, 422}, "A body that is no JSON object")
