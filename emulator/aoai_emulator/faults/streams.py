"""Faults of streams: their chunks, their framing and their end."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.faults.anatomy import choices_of, part_of
from aoai_emulator.faults.registry import chunks_fault, frames_fault, reply_fault
from aoai_emulator.json_text import JsonObject
from aoai_emulator.replies import DONE_FRAME, Reply
from aoai_emulator.requests import AcceptedRequest, IncomingRequest

CHAT = frozenset({"chat"})
TEXT = frozenset({"chat", "completions"})


@chunks_fault("stream-id-changes", operations=TEXT)
def change_id(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Each chunk has another id."""
    del request
    for number, chunk in enumerate(chunks):
        if chunk.get("id"):
            chunk["id"] = f"{chunk['id']}-{number}"
        yield chunk


@chunks_fault("stream-created-changes", operations=TEXT)
def change_created(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Each chunk has another time of creation."""
    del request
    for number, chunk in enumerate(chunks):
        if chunk.get("created"):
            chunk["created"] += number
        yield chunk


@chunks_fault("stream-object-wrong", operations=TEXT)
def mislabel_chunks(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The chunks call themselves a whole chat completion."""
    del request
    for chunk in chunks:
        if chunk.get("object"):
            chunk["object"] = "chat.completion"
        yield chunk


@chunks_fault("stream-role-missing", operations=CHAT)
def drop_role(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """No delta says in which role the message is written."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            part_of(choice, "delta").pop("role", None)
        yield chunk


@chunks_fault("stream-role-late", operations=CHAT)
def delay_role(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The role comes with the last delta of a choice instead of the first."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            delta = part_of(choice, "delta")
            delta.pop("role", None)
            if choice.get("finish_reason"):
                delta["role"] = "assistant"
        yield chunk


@chunks_fault("stream-delta-null", operations=CHAT)
def empty_delta(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The last chunk of a choice has a delta of null."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            if choice.get("finish_reason"):
                choice["delta"] = None
        yield chunk


@chunks_fault("stream-finish-missing", operations=TEXT)
def never_finish(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """No chunk says why a choice ended."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            choice["finish_reason"] = None
        yield chunk


@chunks_fault("stream-finish-twice", operations=TEXT)
def finish_twice(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The chunk that ends a choice is sent twice."""
    del request
    for chunk in chunks:
        yield chunk
        if any(choice.get("finish_reason") for choice in choices_of(chunk)):
            yield chunk


@chunks_fault("stream-chunk-after-finish", operations=TEXT)
def go_on_after_finish(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A choice that has ended goes on with more text."""
    del request
    for chunk in chunks:
        yield chunk
        for choice in choices_of(chunk):
            if choice.get("finish_reason"):
                more = {**choice, "finish_reason": None}
                more |= {"delta": {"content": " more"}} if "delta" in choice else {"text": " more"}
                yield {**chunk, "choices": [more]}


@chunks_fault("stream-finish-reason-wrong", operations=TEXT)
def claim_to_have_stopped(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A streamed choice that max_tokens cut off claims to have come to its end."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            if choice.get("finish_reason") == "length":
                choice["finish_reason"] = "stop"
        yield chunk


@chunks_fault("stream-usage-unasked", operations=TEXT)
def tell_usage_unasked(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A chunk with the usage is sent although nobody asked for it."""
    last: JsonObject = {}
    for chunk in chunks:
        last = chunk
        yield chunk
    if not _asks_for_usage(request):
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        yield {**last, "choices": [], "usage": usage}


@chunks_fault("stream-usage-missing", operations=TEXT)
def withhold_usage(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The chunk with the usage is left out although it was asked for."""
    del request
    return (chunk for chunk in chunks if not chunk.get("usage"))


@chunks_fault("stream-usage-sum-wrong", operations=TEXT)
def miscount_usage(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The total of the streamed usage is not the sum of its parts."""
    del request
    for chunk in chunks:
        if chunk.get("usage"):
            chunk["usage"] = {**chunk["usage"], "total_tokens": 0}
        yield chunk


@chunks_fault("stream-usage-with-choice", operations=TEXT)
def crowd_usage_chunk(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The chunk with the usage repeats the last choice instead of having none."""
    del request
    last: list[JsonObject] = []
    for chunk in chunks:
        if chunk.get("usage"):
            chunk["choices"] = last
        last = chunk.get("choices") or last
        yield chunk


@chunks_fault("stream-text-differs", operations=TEXT)
def say_it_differently(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The streamed text is in capitals, unlike the unstreamed one."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            for holder, name in ((part_of(choice, "delta"), "content"), (choice, "text")):
                if isinstance(holder.get(name), str):
                    holder[name] = holder[name].upper()
        yield chunk


@chunks_fault("stream-n-ignored", operations=TEXT)
def stream_once(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Only the first choice is streamed, however many were asked for."""
    del request
    return (chunk for chunk in chunks if all(choice.get("index") == 0 for choice in choices_of(chunk)))


@chunks_fault("stream-undeclared-field", operations=TEXT)
def add_undeclared_field(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every chunk has a field that the document does not declare."""
    del request
    for chunk in chunks:
        chunk["obfuscation"] = "x"
        yield chunk


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


@reply_fault("stream-as-json", operations=TEXT)
def mislabel_stream(reply: Reply, request: IncomingRequest) -> None:
    """A stream is labelled application/json."""
    del request
    if not isinstance(reply.body, bytes):
        reply.headers["content-type"] = "application/json"


def _asks_for_usage(request: AcceptedRequest) -> bool:
    return bool((request.fields.get("stream_options") or {}).get("include_usage"))
