"""Faults of the framing of streams: events, their end, their media type and their time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from aoai_emulator.faults.anatomy import choices_of, part_of, tool_calls_of
from aoai_emulator.faults.registry import frames_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import DONE_FRAME, Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

TEXT = frozenset({"chat", "completions"})
#: From how many frames on a stream is long, and for how many seconds it is held back then.
_LONG, _SECONDS = 50, 3.1


@frames_fault("stream-done-missing", operations=TEXT)
def never_done(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """The stream ends without its terminator."""
    del request
    return (frame for frame in frames if frame != DONE_FRAME)


@frames_fault("stream-done-twice", operations=TEXT)
def done_twice(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """The terminator is sent twice."""
    del request
    for frame in frames:
        yield frame
        if frame == DONE_FRAME:
            yield frame


@frames_fault("stream-chunk-after-done", operations=TEXT)
def go_on_after_done(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """A chunk follows the terminator."""
    del request
    last = b""
    for frame in frames:
        yield frame
        if frame == DONE_FRAME:
            yield last
        last = frame


@frames_fault("stream-chunk-not-json", operations=TEXT)
def break_first_chunk(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """The first chunk of a stream is cut off in the middle of its JSON."""
    del request
    for number, frame in enumerate(frames):
        yield frame[:-3] + b"\n\n" if number == 0 else frame


@frames_fault("stream-lines-unseparated", operations=TEXT)
def join_events(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """No blank line stands between the events, so that they are read as one."""
    del request
    return (frame.rstrip(b"\n") + b"\n" for frame in frames)


@frames_fault("stream-events-named", operations=TEXT)
def name_events(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """Every event has a name."""
    del request
    return (b"event: chunk\n" + frame for frame in frames)


@frames_fault("stream-fields-unknown", operations=TEXT)
def add_unknown_fields(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """Every event has a field that event streams do not have."""
    del request
    return (b"size: %d\n" % len(frame) + frame for frame in frames)


@frames_fault("stream-not-utf8", operations=TEXT)
def break_encoding(frames: Iterator[bytes], request: AcceptedRequest) -> Iterator[bytes]:
    """The ids of a stream begin with a byte that is no UTF-8."""
    del request
    return (frame.replace(b'"id":"c', b'"id":"\xe9c', 1) for frame in frames)


@reply_fault("stream-unasked", operations=TEXT)
def stream_unasked(reply: Reply, request: IncomingRequest) -> None:
    """A plain answer is sent as the one event of a stream, though no stream was asked for."""
    del request
    is_json = reply.headers.get("content-type") == "application/json"
    if reply.status == 200 and is_json and isinstance(reply.body, bytes):
        reply.headers["content-type"] = "text/event-stream"
        with suppress(ValueError):  # another fault may have made it no JSON
            chunk = _as_chunk(json.loads(reply.body))
            reply.body = b"data: " + write(chunk) + b"\n\n" + DONE_FRAME


@reply_fault("stream-ignored", operations=TEXT)
def answer_with_first_chunk(reply: Reply, request: IncomingRequest) -> None:
    """A stream that was asked for comes as one JSON object."""
    del request
    if not isinstance(reply.body, bytes):
        first = next(iter(reply.body), b"")
        reply.headers["content-type"] = "application/json"
        reply.body = first.removeprefix(b"data: ").strip()


@reply_fault("stream-held-back", operations=TEXT)
def hold_stream_back(reply: Reply, request: IncomingRequest) -> None:
    """A long stream is held back for some seconds, and then comes all at once."""
    del request
    if not isinstance(reply.body, bytes):
        frames = list(reply.body)
        reply.body = iter(frames)
        if len(frames) > _LONG:
            reply.body = iter([b"".join(frames)])
            reply.held_back = _SECONDS


@reply_fault("stream-as-json", operations=TEXT)
def mislabel_stream(reply: Reply, request: IncomingRequest) -> None:
    """A stream is labelled application/json."""
    del request
    if not isinstance(reply.body, bytes):
        reply.headers["content-type"] = "application/json"


def _as_chunk(answer: JsonObject) -> JsonObject:
    """A whole answer as the one chunk of a stream."""
    if answer.get("object") == "chat.completion":
        answer["object"] = "chat.completion.chunk"
        answer.pop("usage", None)
    for choice in choices_of(answer):
        if "message" in choice:
            choice["delta"] = choice.pop("message")
        for number, call in enumerate(tool_calls_of(part_of(choice, "delta"))):
            call["index"] = number
    return answer
