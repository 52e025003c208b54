"""Whether a response is streamed: exactly if the request asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from aoai_conformance.rule import RESPONSE_STREAMS, rule
from aoai_conformance.rules.streaming.framing import forbid_stream, require_stream
from aoai_conformance.views.exchange_views import Success
from aoai_model.verdict import Violation

_STREAM = "azure-openai@v1#/components/schemas/OpenAI.CreateResponse/properties/stream"


def _asks_for_stream(reply: Success) -> bool:
    """Whether `stream` is true in the body or in the query, and the request need not be rejected."""
    query = dict(parse_qsl(urlsplit(reply.exchange.request.url).query))
    asked = reply.sent.get("stream") is True or query.get("stream") == "true"
    return asked and reply.case.expect != "reject"


def _asks_for_no_stream(reply: Success) -> bool:
    """Whether `stream` is false, null or absent, and the request need not be rejected."""
    query = dict(parse_qsl(urlsplit(reply.exchange.request.url).query))
    asked = bool(reply.sent.get("stream")) or "stream" in query
    return not asked and reply.case.expect != "reject"


@rule(
    "RESPONSE-STREAM-001",
    must="respond with text/event-stream if stream is true",
    clause=_STREAM,
    operations=RESPONSE_STREAMS,
    when=_asks_for_stream,
)
def streams_if_requested(reply: Success) -> Iterator[Violation]:
    """The request has `stream` in its body, or in the query to retrieve a response."""
    yield from require_stream(reply)


@rule(
    "RESPONSE-STREAM-002",
    must="respond with a single JSON object unless stream is true",
    clause=_STREAM,
    operations=RESPONSE_STREAMS,
    when=_asks_for_no_stream,
)
def streams_only_if_requested(reply: Success) -> Iterator[Violation]:
    """A client that did not request a stream cannot read one."""
    yield from forbid_stream(reply)
