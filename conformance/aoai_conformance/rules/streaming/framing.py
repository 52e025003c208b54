"""The framing of streams: media type, encoding, lines, events, terminator and timing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from aoai_conformance.json_access import dig, members, shortened, text
from aoai_conformance.observation import examined
from aoai_conformance.rule import (
    CHAT,
    COMPLETIONS,
    RESPONSE_STREAMS,
    STREAMED,
    Inconclusive,
    NotApplicable,
    rule,
)
from aoai_conformance.views.exchange_views import Stream, Success
from aoai_model.verdict import Violation
from aoai_specs.operations import EVENT_STREAM

_STREAM = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties/stream"
_FORMAT = "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream"
#: Operations whose streams follow the format of server-sent events.
_EVENT_STREAMS = STREAMED | RESPONSE_STREAMS
_FIELDS = frozenset({b"data", b"event", b"id", b"retry", b""})
#: How lines begin in most streams.
_USUAL_STARTS = (b"data:", b"event:", b"id:", b":")
_PIECE = 1 << 20
_LINE_END = re.compile(rb"\r\n|\r|\n")
#: Codes of errors that are caused by load or the content filter, not by the server.
_EXCUSES = frozenset(
    {"429", "408", "503", "504", "529", "content_filter", "rate_limit_exceeded", "too_many_requests"}
    | {"insufficient_quota", "overloaded", "service_unavailable", "serviceunavailable", "toomanyrequests"}
    | {"timeout", "requesttimeout", "nocapacity"}
)


def require_stream(reply: Success) -> Iterator[Violation]:
    """Yield a violation unless the response is an event stream. Parameters of its type are allowed."""
    reply.header("content-type")
    if reply.response.media_type != EVENT_STREAM:
        yield reply.violates(
            "header:Content-Type",
            f"Expected an event stream; the response is `{reply.response.media_type[:80] or 'untyped'}`.",
            expected=EVENT_STREAM,
            actual=reply.header("content-type"),
            reason="no stream",
        )


def forbid_stream(reply: Success) -> Iterator[Violation]:
    """Yield a violation if the response is an event stream. A JSON object counts as examined."""
    examined(members(reply.response.json) if reply.response.is_json else {})
    if reply.response.media_type == EVENT_STREAM:
        yield reply.violates(
            "header:Content-Type",
            "The response is an event stream, but the request does not ask for one.",
            expected="application/json",
            actual=reply.header("content-type"),
            reason="stream",
        )


def _requests_stream(reply: Success) -> bool:
    """Whether `stream` is true, and the request should not be rejected."""
    return reply.sent.get("stream") is True and reply.case.expect != "reject"


def _requests_no_stream(reply: Success) -> bool:
    """Whether `stream` is false, null or absent, and the request should not be rejected."""
    return not reply.sent.get("stream") and reply.case.expect != "reject"


def _has_error_event(reply: Stream) -> bool:
    """Whether one of the chunks is an error object."""
    return reply.error is not None


@rule(
    "SSE-001",
    must="respond with text/event-stream if stream is true",
    clause=_STREAM,
    operations=STREAMED,
    when=_requests_stream,
)
def streams_if_requested(reply: Success) -> Iterator[Violation]:
    """Any parameters of the content type are allowed."""
    yield from require_stream(reply)


@rule(
    "SSE-002",
    must="respond with a single JSON object unless stream is true",
    clause=_STREAM,
    operations=STREAMED,
    when=_requests_no_stream,
)
def streams_only_if_requested(reply: Success) -> Iterator[Violation]:
    """A client that did not request a stream cannot read one."""
    yield from forbid_stream(reply)


@rule("SSE-003", must="end every event with a blank line", clause=_FORMAT, operations=_EVENT_STREAMS)
def ends_every_event(stream: Stream) -> Iterator[Violation]:
    """Parsers discard an incomplete last event. Another rule reports lost connections."""
    if not stream.response.complete:
        return
    for event in stream.events.unusual():
        if not (event.terminated or stream.is_plain_error(event)):
            actual = shortened(event.raw.decode("utf-8", "replace"))
            message = "The stream ends without a blank line after its last event."
            yield stream.violates("", message, expected="a blank line", actual=actual, reason="unterminated")


@rule(
    "SSE-004",
    must="send only comments and the fields data, event, id and retry",
    clause=_FORMAT,
    operations=_EVENT_STREAMS,
    note="Parsers ignore lines with other field names, and so lose their content, such as an error that is "
    "written as plain JSON without `data:`.",
)
def sends_only_known_fields(stream: Stream) -> Iterator[Violation]:
    """An empty field name is a comment; a leading byte order mark is allowed."""
    examined(stream.events)
    plain = stream.plain_error
    if plain is not None:
        message = "The stream contains a plain JSON error without `data:`, which parsers ignore."
        yield stream.violates(
            "", message, expected='data: {"error": …}', actual=shortened(plain.written), reason="plain error"
        )
        return
    unknown = _unknown_lines(stream.response.body)
    if unknown:
        shown = shortened(min(unknown.items())[1].decode("utf-8", "replace"))
        message = "The line has a field name that parsers do not recognise."
        yield stream.violates("", message, expected="data: …", actual=shown, reason="unknown field")


def _unknown_lines(body: bytes) -> dict[bytes, bytes]:
    """Return the first complete line of each unknown field name."""
    unknown: dict[bytes, bytes] = {}
    if _has_only_usual_lines(body):
        return unknown
    start = len(codecs.BOM_UTF8) if body.startswith(codecs.BOM_UTF8) else 0
    for end in _LINE_END.finditer(body, start):
        name = body[start : end.start()].partition(b":")[0]
        if name not in _FIELDS:
            unknown.setdefault(name, body[start : end.start()])
        start = end.end()
    return unknown


def _has_only_usual_lines(body: bytes) -> bool:
    """Whether each line begins as in most streams, or is empty. Counting is faster than looking at each."""
    end = body.rfind(b"\n")
    if b"\r" in body or end < 0 or not body.startswith(_USUAL_STARTS):
        return False
    usual = sum(body.count(b"\n" + each, 0, end) for each in _USUAL_STARTS) + body.count(b"\n\n", 0, end + 1)
    return usual == body.count(b"\n", 0, end)


@rule("SSE-005", must="encode the stream in UTF-8", clause=_FORMAT, operations=_EVENT_STREAMS)
def is_utf8(stream: Stream) -> Iterator[Violation]:
    """Ignores a character that was truncated by a lost connection."""
    examined(stream.events)
    where = _place_without_utf8(stream.response.body, final=stream.response.complete)
    if where:
        yield stream.violates(
            "", "The stream is not valid UTF-8.", expected="UTF-8", actual=where, reason="utf-8"
        )


def _place_without_utf8(body: bytes, *, final: bool) -> str:
    """Say why and where bytes are not UTF-8; empty if they are. Decoding in pieces needs less memory."""
    if body.isascii():
        return ""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=final and start + _PIECE >= len(body))
        except UnicodeDecodeError as error:
            return f"{error.reason} at byte {start - held + error.start}"
    return ""


@rule(
    "SSE-006",
    must="send a JSON object or [DONE] as the data of every event",
    clause=_STREAM,
    operations=_EVENT_STREAMS,
)
def sends_json_objects(stream: Stream) -> Iterator[Violation]:
    """NaN and Infinity are not valid JSON."""
    examined(stream.events)
    for event in stream.unreadable:
        actual = shortened(event.data)
        message = "The data of the event is neither a JSON object nor [DONE]."
        yield Violation("", message, "a JSON object", actual, "no object", chunk=event.index)


@rule(
    "SSE-007",
    must="terminate the stream with [DONE], once and as the last event",
    clause=_STREAM,
    operations=CHAT | COMPLETIONS,
)
def ends_with_done(stream: Stream) -> Iterator[Violation]:
    """Incomplete streams are not judged. SSE-006 reports an event that contains [DONE] among other data."""
    if stream.error is not None or stream.plain_error is not None or not stream.response.complete:
        stream.require_whole()
    done = stream.done_events
    if not done:
        swallowed = [*stream.unreadable, *filter(None, [stream.cut_off])]
        if not any("[DONE]" in event.data for event in swallowed):
            yield stream.violates("", "The stream ends without [DONE].", expected="[DONE]", reason="missing")
        return
    first = done[0].index
    after = stream.events[first + 1 : first + 2]
    if len(done) > 1:
        message = "The stream has more than one [DONE]."
        yield Violation("", message, 1, len(done), "more than once", chunk=done[1].index)
    elif after:
        message = "The stream continues after [DONE]."
        yield Violation("", message, None, shortened(after[0].data), "not last", chunk=after[0].index)


@rule(
    "SSE-008",
    must="complete a response that began with a 200, without an error in the stream",
    clause=_STREAM,
    operations=STREAMED,
    note="An error before any content belongs in the status: a 200 promises a response. After that, an "
    "error due to load or the content filter is inconclusive, as a 429 would be.",
)
def does_not_fail_in_mid_stream(stream: Stream) -> Iterator[Violation]:
    """In this case, the other rules about the end of the response are inconclusive."""
    for chunk in stream.chunks.distinct:
        examined(chunk.json)
    if stream.error is None:
        return
    error = stream.reported_error
    if not stream.has_content:
        message = "The stream has a success status, but contains an error instead of a response."
        yield stream.error.violates("/error", message, actual=error, reason="error")
        return
    named = [str(members(error).get(name)).lower() for name in ("code", "type", "status")]
    if any(name in _EXCUSES for name in named):
        raise Inconclusive(f"the stream ended with the error {named[0]}, which is due to load or a filter")
    yield stream.error.violates("/error", "The stream ends with an error.", actual=error, reason="error")


@rule(
    "SSE-009",
    should="report a failure within a stream as an error object with a code and a message",
    clause="azure-openai@2024-10-21#/components/schemas/errorBase",
    operations=CHAT | COMPLETIONS,
    when=_has_error_event,
    note="The document does not describe errors within a stream; this is the format of all other errors. "
    "code may be null, as it is in errors of the models.",
)
def reports_a_failure_as_an_error(stream: Stream) -> Iterator[Violation]:
    """Clients cannot display any other."""
    if stream.error is None:
        return
    error = stream.error.json.get("error")
    code = dig(error, "/code", False)
    if not text(dig(error, "/message")) or not (code is None or isinstance(code, str)):
        yield stream.error.violates(
            "/error",
            "The error within the stream has no code or no message.",
            actual=stream.reported_error,
            reason="shape",
        )


@rule(
    "SSE-010",
    should="send data-only events, without names",
    clause=_STREAM,
    operations=STREAMED,
    note="Browsers dispatch named events to other listeners than the default one. The default name is "
    "allowed, and so is the name `error` for an error.",
)
def sends_unnamed_events(stream: Stream) -> Iterator[Violation]:
    """`id` and `retry` have no effect on parsers."""
    broken = stream.error.index if stream.error is not None else None
    for event in stream.events.unusual():
        if event.name not in ("", "message") and event.index != broken:
            message = "The event has a name."
            yield Violation("", message, None, shortened(event.name), "named", chunk=event.index)


#: A stream is buffered if it has this many chunks, took this many seconds, and arrived in this part of the
#: time.
_MANY, _SLOW, _BURST = 50, 3.0, 0.01
#: The share of that time for which a client may not run if its arrival times are to say anything.
_PAUSE = 0.1


@rule(
    "SSE-011",
    should="send tokens as they become available, not all at the end",
    clause=_STREAM,
    operations=STREAMED,
    note="Judged by arrival times, only for long and slow streams: at least 50 chunks and 3 seconds, all "
    "in the last hundredth.",
)
def sends_tokens_without_delay(stream: Stream) -> Iterator[Violation]:
    """A buffering gateway between server and client defeats the purpose of streaming."""
    arrivals = stream.response_chunks.arrivals(lambda chunk: chunk.choices)
    if len(arrivals) < _MANY or max(arrivals) < _SLOW:
        return
    took = max(arrivals) - min(arrivals)
    if took <= _BURST * max(arrivals):
        paused = stream.response.client_paused
        if paused >= _PAUSE * max(arrivals):
            raise Inconclusive(f"the client did not run for {paused:.1f} s; chunks may have arrived earlier")
        yield stream.violates(
            "",
            f"{len(arrivals)} chunks arrived within {took:.3f} s of {max(arrivals):.3f} s.",
            expected="chunks over time",
            actual="one burst",
            reason="burst",
        )


@rule(
    "SSE-012",
    should="end the response soon after [DONE]",
    clause="https://www.rfc-editor.org/rfc/rfc9112#section-6.3",
    operations=STREAMED,
    note="Some clients read to the end of the response after [DONE], and wait as long as the connection "
    "stays open. openai-python did so before it closed the response itself.",
)
def ends_the_response_after_done(stream: Stream) -> Iterator[Violation]:
    """Allows two seconds."""
    if not stream.done_events:
        raise NotApplicable
    examined(stream.events)
    defect = stream.response.defect("open")
    if defect is not None:
        yield stream.violates("", defect.message, expected="the end of the response", reason="open")
