"""Faults of the chunks of streams."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.faults.anatomy import choices_of, part_of
from aoai_emulator.faults.registry import chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

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


@chunks_fault("stream-model-changes", operations=TEXT)
def change_model(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Each chunk names another model."""
    del request
    for number, chunk in enumerate(chunks):
        if chunk.get("model"):
            chunk["model"] = f"{chunk['model']}-{number}"
        yield chunk


@chunks_fault("stream-model-other", operations=TEXT)
def name_other_model(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A stream names another model than a plain answer does."""
    del request
    for chunk in chunks:
        if chunk.get("model"):
            chunk["model"] = "streaming-model"
        yield chunk


@chunks_fault("stream-fingerprint-changes", operations=TEXT)
def change_fingerprint(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Each chunk has another system_fingerprint."""
    del request
    for number, chunk in enumerate(chunks):
        if chunk.get("id"):
            chunk["system_fingerprint"] = f"fp_{number}"
        yield chunk


@chunks_fault("stream-role-of-user", operations=CHAT)
def stream_as_user(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The deltas come in the role of the user."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            if "role" in part_of(choice, "delta"):
                choice["delta"]["role"] = "user"
        yield chunk


@chunks_fault("stream-choice-twice-in-chunk", operations=TEXT)
def repeat_choice(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A chunk names one choice twice, the second time with nothing to add."""
    del request
    for chunk in chunks:
        choices = choices_of(chunk)
        if choices and not any(choice.get("finish_reason") for choice in choices):
            nothing: JsonObject = {"delta": {}} if "delta" in choices[0] else {"text": ""}
            chunk["choices"] = [{**choices[0], **nothing, "logprobs": None}, *choices]
        yield chunk


@chunks_fault("stream-usage-early", operations=TEXT)
def tell_usage_early(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The usage that was asked for comes before the choices."""
    sent = list(chunks) if _asks_for_usage(request) else chunks
    if isinstance(sent, list):
        sent.sort(key=lambda chunk: not chunk.get("usage"))
    yield from sent


@chunks_fault("stream-usage-key-missing", operations=TEXT)
def leave_usage_out(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The chunks before the one with the usage leave the key out instead of saying null."""
    del request
    for chunk in chunks:
        if chunk.get("usage", 0) is None:
            del chunk["usage"]
        yield chunk


@chunks_fault("stream-prompt-counted-otherwise", operations=TEXT)
def count_prompt_otherwise(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A stream counts three tokens more in a prompt than a plain answer does."""
    del request
    return _with_more(chunks, "prompt_tokens")


@chunks_fault("stream-completion-counted-otherwise", operations=TEXT)
def count_answer_otherwise(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A stream counts three tokens more in an answer than a plain answer does."""
    del request
    return _with_more(chunks, "completion_tokens")


@chunks_fault("stream-fails-midway", operations=TEXT)
def fail_midway(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The last chunk of a stream is an error."""
    del request
    yield from _failing(chunks, {"code": "InternalServerError", "message": "Something went wrong."})


@chunks_fault("stream-fails-in-silence", operations=TEXT)
def fail_in_silence(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The last chunk of a stream is an error that does not say what it is."""
    del request
    yield from _failing(chunks, {"details": []})


def _asks_for_usage(request: AcceptedRequest) -> bool:
    return bool((request.fields.get("stream_options") or {}).get("include_usage"))


def _with_more(chunks: Iterator[JsonObject], part: str) -> Iterator[JsonObject]:
    for chunk in chunks:
        usage = chunk.get("usage")
        if usage:
            more = {name: usage[name] + 3 for name in (part, "total_tokens") if name in usage}
            chunk["usage"] = {**usage, **more}
        yield chunk


def _failing(chunks: Iterator[JsonObject], error: JsonObject) -> Iterator[JsonObject]:
    sent = list(chunks)
    yield from sent[:-1]
    yield {"error": error}
