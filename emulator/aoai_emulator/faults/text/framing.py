"""Faults of the framing of streams: events, their end, their media type and their timing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from aoai_emulator.faults.conditions import choices_of, object_in, objects_in
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import DONE_FRAME, Reply

FRAMING = Topic("framing")
#: A stream of more frames is long, and held back for so many seconds.
_LONG, _SECONDS = 50, 3.1


@FRAMING.code("stream-done-missing", at="text.frames")
def omit_done(frames: Iterator[bytes]) -> Iterator[bytes]:
    """The stream ends without `[DONE]`."""
    return (frame for frame in frames if frame != DONE_FRAME)


@FRAMING.code("stream-done-twice", at="text.frames")
def repeat_done(frames: Iterator[bytes]) -> Iterator[bytes]:
    """`[DONE]` is sent twice."""
    for frame in frames:
        yield from [frame, frame] if frame == DONE_FRAME else [frame]


@FRAMING.code("stream-chunk-after-done", at="text.frames")
def continue_after_done(frames: Iterator[bytes]) -> Iterator[bytes]:
    """A chunk follows `[DONE]`."""
    last = b""
    for frame in frames:
        yield from [frame, last] if frame == DONE_FRAME else [frame]
        last = frame


@FRAMING.code("stream-chunk-not-json", at="text.frames")
def break_first_chunk(frames: Iterator[bytes]) -> Iterator[bytes]:
    """The JSON of the first chunk is cut off."""
    for number, frame in enumerate(frames):
        yield frame[:-3] + b"\n\n" if number == 0 else frame


@FRAMING.code("stream-lines-unseparated", at="text.frames")
def join_events(frames: Iterator[bytes]) -> Iterator[bytes]:
    """No blank line separates the events, so they read as one."""
    return (frame.rstrip(b"\n") + b"\n" for frame in frames)


@FRAMING.code("stream-events-named", at="text.frames")
def name_events(frames: Iterator[bytes]) -> Iterator[bytes]:
    """Every event has a name."""
    return (b"event: chunk\n" + frame for frame in frames)


@FRAMING.code("stream-fields-unknown", at="text.frames")
def add_unknown_fields(frames: Iterator[bytes]) -> Iterator[bytes]:
    """Every event has a field that event streams do not define."""
    return (b"size: %d\n" % len(frame) + frame for frame in frames)


@FRAMING.code("stream-not-utf8", at="text.frames")
def break_encoding(frames: Iterator[bytes]) -> Iterator[bytes]:
    """The ids of a stream start with a byte that is not UTF-8."""
    return (frame.replace(b'"id":"c', b'"id":"\xe9c', 1) for frame in frames)


@FRAMING.code("stream-unasked", at="text.reply:json")
def stream_unrequested(reply: Reply) -> None:
    """A response is sent as a stream of one event although no stream was requested."""
    if isinstance(reply.body, bytes):
        reply.headers["content-type"] = "text/event-stream"
        with suppress(ValueError):  # another fault may have broken the JSON
            reply.body = b"data: " + write(_as_chunk(json.loads(reply.body))) + b"\n\n" + DONE_FRAME


@FRAMING.code("stream-ignored", at="text.reply")
def send_first_chunk(reply: Reply) -> None:
    """A requested stream comes as one JSON object."""
    if not isinstance(reply.body, bytes):
        first = next(iter(reply.body), b"")
        reply.headers["content-type"] = "application/json"
        reply.body = first.removeprefix(b"data: ").strip()


@FRAMING.code("stream-held-back", at="text.reply")
def hold_stream_back(reply: Reply) -> None:
    """A long stream is held back for some seconds, then sent all at once."""
    if not isinstance(reply.body, bytes):
        frames = list(reply.body)
        is_long = len(frames) > _LONG
        reply.body = iter([b"".join(frames)] if is_long else frames)
        reply.held_back = _SECONDS if is_long else reply.held_back


@FRAMING.code("stream-as-json", at="text.reply")
def mislabel_stream(reply: Reply) -> None:
    """The media type of a stream is `application/json`."""
    if not isinstance(reply.body, bytes):
        reply.headers["content-type"] = "application/json"


def _as_chunk(body: JsonObject) -> JsonObject:
    """Return a whole response as the one chunk of a stream."""
    if body.get("object") == "chat.completion":
        body["object"] = "chat.completion.chunk"
        body.pop("usage", None)
    for choice in choices_of(body):
        if "message" in choice:
            choice["delta"] = choice.pop("message")
        for number, call in enumerate(objects_in(object_in(choice, "delta"), "tool_calls")):
            call["index"] = number
    return body
