"""What a response violates that is no stream although one was requested, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import members
from aoai_conformance.observation import examined
from aoai_conformance.views.exchange_views import Success
from aoai_model.verdict import Violation

_EVENT_STREAM = "text/event-stream"


def require_stream(reply: Success) -> Iterator[Violation]:
    """Yield a violation unless the response is an event stream. Parameters of its type are allowed."""
    reply.header("content-type")
    if reply.response.media_type != _EVENT_STREAM:
        yield reply.violates(
            "header:Content-Type",
            f"Expected an event stream; the response is `{reply.response.media_type[:80] or 'untyped'}`.",
            expected=_EVENT_STREAM,
            actual=reply.header("content-type"),
            reason="no stream",
        )


def forbid_stream(reply: Success) -> Iterator[Violation]:
    """Yield a violation if the response is an event stream. A JSON object counts as examined."""
    examined(members(reply.response.json) if reply.response.is_json else {})
    if reply.response.media_type == _EVENT_STREAM:
        yield reply.violates(
            "header:Content-Type",
            "The response is an event stream, but the request does not ask for one.",
            expected="application/json",
            actual=reply.header("content-type"),
            reason="stream",
        )
