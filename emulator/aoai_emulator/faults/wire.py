"""Faults of the bytes that carry a response, as far as the server under the emulator lets them through."""

from __future__ import annotations

from aoai_emulator.faults.registry import reply_fault
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest

_STREAMED = frozenset({"chat", "completions", "extension-chat"})
#: Longer than a client waits for the end of a response after [DONE].
_LEFT_OPEN = 4.0


def _is_json(reply: Reply) -> bool:
    return reply.status == 200 and reply.headers.get("content-type") == "application/json"


@reply_fault("json-called-gzip")
def call_json_gzip(reply: Reply, request: IncomingRequest) -> None:
    """Successful JSON bears the Content-Encoding gzip without being compressed."""
    del request
    if _is_json(reply):
        reply.headers["content-encoding"] = "gzip"


@reply_fault("header-with-control-character")
def colour_header(reply: Reply, request: IncomingRequest) -> None:
    """A header of successful JSON holds an escape sequence of terminals."""
    del request
    if _is_json(reply):
        reply.headers["x-note"] = "\x1b[31mred"


@reply_fault("content-type-twice")
def repeat_content_type(reply: Reply, request: IncomingRequest) -> None:
    """Successful JSON has a second Content-Type."""
    del request
    if _is_json(reply):
        reply.headers["Content-Type"] = "text/html"


@reply_fault("stream-left-open", operations=_STREAMED)
def leave_stream_open(reply: Reply, request: IncomingRequest) -> None:
    """The response stays open for some seconds after a stream's [DONE]."""
    del request
    if reply.status == 200 and not isinstance(reply.body, bytes):
        reply.held_open = _LEFT_OPEN
