"""The frame of a stream: that it is one, its bytes, lines and events, its terminator, its pace."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from aoai_conformance.json_access import dig, members, shortened, text
from aoai_conformance.observation import examined
from aoai_conformance.rule import CHAT, COMPLETIONS, STREAMED, Inconclusive, NotApplicable, rule
from aoai_conformance.views.exchange_views import Stream, Success
from aoai_model.verdict import Violation

_STREAM = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties/stream"
_FORMAT = "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream"
_FIELDS = frozenset({b"data", b"event", b"id", b"retry", b""})
_LINE_END = re.compile(rb"\r\n|\r|\n")
#: Codes of errors that blame the load, or the filter, and not the server.
_EXCUSES = frozenset(
    {"429", "408", "503", "504", "529", "content_filter", "rate_limit_exceeded", "too_many_requests"}
    | {"insufficient_quota", "overloaded", "service_unavailable", "serviceunavailable", "toomanyrequests"}
    | {"timeout", "requesttimeout", "nocapacity"}
)


def _requests_stream(reply: Success) -> bool:
    """Whether `stream` is true, and the request was not to be refused."""
    return reply.sent.get("stream") is True and reply.case.expect != "reject"


def _requests_no_stream(reply: Success) -> bool:
    """Whether `stream` is false, null or absent, and the request was not to be refused."""
    return not reply.sent.get("stream") and reply.case.expect != "reject"


def _has_error_event(reply: Stream) -> bool:
    """Whether an error object stands among the chunks."""
    return reply.error is not None


@rule(
    "SSE-001",
    must="answer with text/event-stream where stream is true",
    clause=_STREAM,
    operations=STREAMED,
    when=_requests_stream,
)
def streams_when_asked(reply: Success) -> Iterator[Violation]:
    """Parameters of the content type are free."""
    reply.header("content-type")
    if reply.response.media_type != "text/event-stream":
        yield reply.violates(
            "header:Content-Type",
            "A stream was asked for, and the answer is none.",
            expected="text/event-stream",
            actual=reply.header("content-type"),
            reason="no stream",
        )


@rule(
    "SSE-002",
    must="answer with one JSON object where stream is not true",
    clause=_STREAM,
    operations=STREAMED,
    when=_requests_no_stream,
)
def streams_only_when_asked(reply: Success) -> Iterator[Violation]:
    """A client that asked for no stream reads none."""
    examined(members(reply.response.json) if reply.response.is_json else {})
    if reply.response.media_type == "text/event-stream":
        yield reply.violates(
            "header:Content-Type",
            "No stream was asked for, and the answer is one.",
            expected="application/json",
            actual=reply.header("content-type"),
            reason="stream",
        )


@rule("SSE-003", must="end every event with a blank line", clause=_FORMAT, operations=STREAMED)
def ends_every_event(stream: Stream) -> Iterator[Violation]:
    """A reader discards what the end of the stream cut off. A lost connection is another rule's."""
    if not stream.response.complete:
        return
    for event in stream.events:
        if not (event.terminated or stream.is_plain_error(event)):
            actual = shortened(event.raw.decode("utf-8", "replace"))
            message = "The stream ends before the blank line of its last event."
            yield stream.violates("", message, expected="a blank line", actual=actual, reason="unterminated")


@rule(
    "SSE-004",
    must="send no lines but comments and the fields data, event, id and retry",
    clause=_FORMAT,
    operations=STREAMED,
    note="A reader ignores lines with other field names, and so loses what they hold: also an error that is "
    "written as plain JSON, without `data:`.",
)
def sends_only_known_fields(stream: Stream) -> Iterator[Violation]:
    """An empty field name is a comment; a leading byte order mark is lawful."""
    examined(stream.events)
    plain = stream.plain_error
    if plain is not None:
        message = "The stream contains a plain JSON error without `data:`; readers of events ignore it."
        yield stream.violates(
            "", message, expected='data: {"error": …}', actual=shortened(plain.written), reason="plain error"
        )
        return
    *lines, _cut_off = _LINE_END.split(stream.response.body.removeprefix(codecs.BOM_UTF8))
    unknown = {line.partition(b":")[0]: line for line in reversed(lines)}
    for name, line in sorted(unknown.items()):
        if name not in _FIELDS:
            shown = shortened(line.decode("utf-8", "replace"))
            message = "A line of the stream has a field name that readers do not know."
            yield stream.violates("", message, expected="data: …", actual=shown, reason="unknown field")
            return


@rule("SSE-005", must="encode the stream in UTF-8", clause=_FORMAT, operations=STREAMED)
def is_utf8(stream: Stream) -> Iterator[Violation]:
    """A character that the end of a lost connection cut is not judged."""
    examined(stream.events)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(stream.response.body, final=stream.response.complete)
    except UnicodeDecodeError as error:
        where = f"{error.reason} at byte {error.start}"
        yield stream.violates("", "The stream is not UTF-8.", expected="UTF-8", actual=where, reason="utf-8")


@rule(
    "SSE-006",
    must="send a JSON object or [DONE] as the data of every event",
    clause=_STREAM,
    operations=STREAMED,
)
def sends_json_objects(stream: Stream) -> Iterator[Violation]:
    """NaN and Infinity are no JSON."""
    examined(stream.events)
    for event in stream.unreadable:
        actual = shortened(event.data)
        message = "The data of an event is neither a JSON object nor [DONE]."
        yield Violation("", message, "a JSON object", actual, "no object", chunk=event.index)


@rule(
    "SSE-007",
    must="terminate the stream with [DONE], once and as the last event",
    clause=_STREAM,
    operations=CHAT | COMPLETIONS,
)
def ends_with_done(stream: Stream) -> Iterator[Violation]:
    """A stream that broke off never came to its end. An event that swallowed the word is SSE-006's."""
    if stream.error is not None or stream.plain_error is not None or not stream.response.complete:
        stream.require_whole()
    done = stream.done_events
    if not done:
        swallowed = [*stream.unreadable, *filter(None, [stream.cut_off])]
        if not any("[DONE]" in event.data for event in swallowed):
            yield stream.violates("", "The stream ends without [DONE].", expected="[DONE]", reason="missing")
        return
    first = done[0].index
    after = [event for event in stream.events if event.index > first]
    if len(done) > 1:
        message = "The stream says [DONE] more than once."
        yield Violation("", message, 1, len(done), "more than once", chunk=done[1].index)
    elif after:
        message = "The stream goes on after [DONE]."
        yield Violation("", message, None, shortened(after[0].data), "not last", chunk=after[0].index)


@rule(
    "SSE-008",
    must="finish the answer that a 200 began, without an error in mid-stream",
    clause=_STREAM,
    operations=STREAMED,
    note="An error that comes before any content belongs in the status: a 200 says that there is an answer. "
    "After that, an error that blames the load or the content filter is inconclusive, as a 429 would be.",
)
def does_not_fail_in_mid_stream(stream: Stream) -> Iterator[Violation]:
    """The remaining rules about the end of the answer are inconclusive then."""
    for chunk in stream.chunks:
        examined(chunk.json)
    if stream.error is None:
        return
    error = stream.reported_error
    if not stream.has_content:
        message = "The stream has a success status and contains an error instead of an answer."
        yield stream.error.violates("/error", message, actual=error, reason="error")
        return
    named = [str(members(error).get(name)).lower() for name in ("code", "type", "status")]
    if any(name in _EXCUSES for name in named):
        raise Inconclusive(
            f"the stream broke off with the error {named[0]}, which blames the load or a filter"
        )
    yield stream.error.violates(
        "/error", "The stream breaks off with an error.", actual=error, reason="error"
    )


@rule(
    "SSE-009",
    should="report a failure in mid-stream as an error object with a code and a message",
    clause="azure-openai@2024-10-21#/components/schemas/errorBase",
    operations=CHAT | COMPLETIONS,
    when=_has_error_event,
    note="The description has no words for an error after the first byte; this is the shape of every other"
    " error. code may be null, as it is in errors of the models.",
)
def reports_a_failure_as_an_error(stream: Stream) -> Iterator[Violation]:
    """A client can show no other."""
    if stream.error is None:
        return
    error = stream.error.json.get("error")
    code = dig(error, "/code", False)
    if not text(dig(error, "/message")) or not (code is None or isinstance(code, str)):
        yield stream.error.violates(
            "/error",
            "An error in mid-stream lacks its code or message.",
            actual=stream.reported_error,
            reason="shape",
        )


@rule(
    "SSE-010",
    should="send events without a name, data only",
    clause=_STREAM,
    operations=STREAMED,
    note="A browser hands a named event to other listeners than the usual one. The default name is lawful,"
    " and so is the name error for an error.",
)
def sends_unnamed_events(stream: Stream) -> Iterator[Violation]:
    """`id` and `retry` change nothing for a reader."""
    broken = stream.error.index if stream.error is not None else None
    for event in stream.events:
        if event.name not in ("", "message") and event.index != broken:
            message = "An event of the stream has a name."
            yield Violation("", message, None, shortened(event.name), "named", chunk=event.index)


#: A stream of so many chunks that took so many seconds and came within this part of them did not flow.
_MANY, _SLOW, _BURST = 50, 3.0, 0.01


@rule(
    "SSE-011",
    should="send tokens as they become available, not all at the end",
    clause=_STREAM,
    operations=STREAMED,
    note="Judged from arrival times, for long and slow streams only: 50 chunks, 3 seconds, all in the last"
    " hundredth.",
)
def flows(stream: Stream) -> Iterator[Violation]:
    """A buffering gateway between server and client makes a stream pointless."""
    arrivals = [chunk.event.arrived for chunk in stream.answer_chunks if chunk.choices]
    if len(arrivals) < _MANY or max(arrivals) < _SLOW:
        return
    took = max(arrivals) - min(arrivals)
    if took <= _BURST * max(arrivals):
        yield stream.violates(
            "",
            f"{len(arrivals)} chunks arrived within {took:.3f} of {max(arrivals):.3f} seconds.",
            expected="chunks over time",
            actual="one burst",
            reason="burst",
        )


@rule(
    "SSE-012",
    should="end the response soon after [DONE]",
    clause="https://www.rfc-editor.org/rfc/rfc9112#section-6.3",
    operations=STREAMED,
    note="Some clients read to the end of the response after [DONE], and wait for as long as the connection "
    "stays open: openai-python did so before it closed the response itself.",
)
def ends_the_response_after_done(stream: Stream) -> Iterator[Violation]:
    """Two seconds are soon."""
    if not stream.done_events:
        raise NotApplicable
    examined(stream.events)
    defect = stream.response.defect("open")
    if defect is not None:
        yield stream.violates("", defect.message, expected="the end of the response", reason="open")
