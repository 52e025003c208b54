"""Faults of the chunks of streams."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.faults.conditions import choices_of, object_in
from aoai_emulator.faults.edits import (
    Edit,
    compute,
    format_text,
    map_text,
    map_value,
    remove,
    replace,
    set_text,
    set_to,
    swap,
    update,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

STREAMS = Topic("streams")


def _count_more(name: str) -> Edit:
    """Add three tokens to one count of a usage object, and to the total."""
    return map_value(
        lambda usage: {
            **usage,
            **{part: usage[part] + 3 for part in (name, "total_tokens") if part in usage},
        },
        dict,
    )


# fmt: off
STREAMS.edit("stream-id-changes", "Each chunk has another `id`.", at="text.chunks /[id]/id",
    edit=format_text("{value}-{chunk}"))
STREAMS.edit("stream-created-changes", "Each chunk has another `created`.",
    at="text.chunks /[created]/created", edit=compute(lambda place: place.value + place.chunk))
STREAMS.edit("stream-object-wrong", "`object` of the chunks is `chat.completion`.",
    at="text.chunks /[object]/object", edit=set_to("chat.completion"))
STREAMS.edit("stream-role-missing", "No delta has a `role`.", at="chat.chunks /choices/*/delta/role",
    edit=remove)
STREAMS.edit("stream-role-late", "The `role` comes with the last delta of a choice instead of the first.",
    at="chat.chunks /choices/*/delta/role", edit=remove)
STREAMS.edit("stream-role-late", at="chat.chunks /choices/*[finish_reason]/delta/role",
    edit=set_to("assistant"))
STREAMS.edit("stream-delta-null", "`delta` is null in the last chunk of a choice.",
    at="chat.chunks /choices/*[finish_reason]/delta", edit=set_to(None))
STREAMS.edit("stream-finish-missing", "No chunk has a `finish_reason`.",
    at="text.chunks /choices/*/finish_reason", edit=set_to(None))
STREAMS.edit("stream-finish-reason-wrong",
    "A streamed choice cut off at `max_tokens` has the finish reason `stop`.",
    at="text.chunks /choices/*/finish_reason", edit=swap("length", "stop"))
STREAMS.edit("stream-usage-sum-wrong", "`total_tokens` of the streamed usage is 0.",
    at="text.chunks /[usage]/usage", edit=update({"total_tokens": 0}))
STREAMS.edit("stream-text-differs",
    "The streamed text is in capitals, unlike that of a response that is not streamed.",
    at="text.chunks /choices/*/delta/content", edit=map_text(str.upper))
STREAMS.edit("stream-text-differs", at="text.chunks /choices/*/text", edit=map_text(str.upper))
STREAMS.edit("stream-undeclared-field", "Each chunk has a field that the document does not declare.",
    at="text.chunks /obfuscation", edit=set_to("x"))
STREAMS.edit("stream-model-changes", "Each chunk names another model.", at="text.chunks /[model]/model",
    edit=format_text("{value}-{chunk}"))
STREAMS.edit("stream-model-other", "A stream names another model than a response that is not streamed.",
    at="text.chunks /[model]/model", edit=set_to("streaming-model"))
STREAMS.edit("stream-fingerprint-changes", "Each chunk has another `system_fingerprint`.",
    at="text.chunks /[id]/system_fingerprint", edit=set_text("fp_{chunk}"))
STREAMS.edit("stream-role-of-user", "The role of the deltas is `user`.",
    at="chat.chunks /choices/*/delta/role", edit=replace("user"))
STREAMS.edit("stream-usage-key-missing",
    "Chunks before the usage lack the key `usage` instead of having null.",
    at="text.chunks /[usage=null]/usage", edit=remove)
STREAMS.edit("stream-prompt-counted-otherwise",
    "A stream counts three prompt tokens more than a response that is not streamed.",
    at="text.chunks /[usage]/usage", edit=_count_more("prompt_tokens"))
STREAMS.edit("stream-completion-counted-otherwise",
    "A stream counts three completion tokens more than a response that is not streamed.",
    at="text.chunks /[usage]/usage", edit=_count_more("completion_tokens"))
# fmt: on


@STREAMS.code("stream-finish-twice", at="text.chunks")
def finish_twice(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The last chunk of a choice is sent twice."""
    for chunk in chunks:
        yield chunk
        if any(choice.get("finish_reason") for choice in choices_of(chunk)):
            yield chunk


@STREAMS.code("stream-chunk-after-finish", at="text.chunks")
def continue_after_finish(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """A choice continues after its `finish_reason`."""
    for chunk in chunks:
        yield chunk
        for choice in choices_of(chunk):
            if choice.get("finish_reason"):
                more = {**choice, "finish_reason": None}
                more |= {"delta": {"content": " more"}} if "delta" in choice else {"text": " more"}
                yield {**chunk, "choices": [more]}


@STREAMS.code("stream-usage-unasked", at="text.chunks")
def add_usage(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A chunk with the usage is sent although it was not requested."""
    last: JsonObject = {}
    for last in chunks:
        yield last
    if not _wants_usage(request):
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        yield {**last, "choices": [], "usage": usage}


@STREAMS.code("stream-usage-missing", at="text.chunks")
def omit_usage(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The requested chunk with the usage is missing."""
    return (chunk for chunk in chunks if not chunk.get("usage"))


@STREAMS.code("stream-usage-with-choice", at="text.chunks")
def repeat_choice_beside_usage(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The chunk with the usage repeats the last choice instead of having none."""
    last: list[JsonObject] = []
    for chunk in chunks:
        if chunk.get("usage"):
            chunk["choices"] = last
        last = chunk.get("choices") or last
        yield chunk


@STREAMS.code("stream-n-ignored", at="text.chunks")
def stream_first_choice(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """Only the first choice is streamed, whatever `n` is."""
    return (chunk for chunk in chunks if all(choice.get("index") == 0 for choice in choices_of(chunk)))


@STREAMS.code("stream-choice-twice-in-chunk", at="text.chunks")
def repeat_choice(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """A chunk contains the same choice twice, the second time without text."""
    for chunk in chunks:
        choices = choices_of(chunk)
        if choices and not any(choice.get("finish_reason") for choice in choices):
            nothing: JsonObject = {"delta": {}} if "delta" in choices[0] else {"text": ""}
            chunk["choices"] = [{**choices[0], **nothing, "logprobs": None}, *choices]
        yield chunk


@STREAMS.code("stream-usage-early", at="text.chunks")
def move_usage_first(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The requested usage comes before the choices."""
    if _wants_usage(request):
        yield from sorted(chunks, key=lambda chunk: not chunk.get("usage"))
    yield from chunks


@STREAMS.code("stream-fails-midway", at="text.chunks")
def fail_midway(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The last chunk of a stream is an error."""
    yield from _fail(chunks, {"code": "InternalServerError", "message": "Something went wrong."})


@STREAMS.code("stream-fails-in-silence", at="text.chunks")
def fail_silently(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The last chunk of a stream is an error without code and message."""
    yield from _fail(chunks, {"details": []})


def _wants_usage(request: AcceptedRequest) -> bool:
    return bool(object_in(request.fields, "stream_options").get("include_usage"))


def _fail(chunks: Iterator[JsonObject], error: JsonObject) -> Iterator[JsonObject]:
    yield from list(chunks)[:-1]
    yield {"error": error}
