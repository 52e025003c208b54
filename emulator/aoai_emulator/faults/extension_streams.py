"""Faults of the stream of a chat that is answered from data sources: its heads, order, words and end."""

from __future__ import annotations

import json
from collections.abc import Iterator

from aoai_emulator.faults.anatomy import choices_of, messages_of, object_written_in
from aoai_emulator.faults.registry import chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.extension_chat import END_MARK

_EXTENSION = frozenset({"extension-chat"})


@chunks_fault("extension-stream-mark-missing", operations=_EXTENSION)
def mark_missing(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The stream ends without the message that says [DONE]."""
    del request
    return (chunk for chunk in chunks if not _ends(chunk))


@chunks_fault("extension-stream-mark-early", operations=_EXTENSION)
def mark_early(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The message that says [DONE] comes first, and the answer after it."""
    del request
    held = list(chunks)
    yield from (chunk for chunk in held if _ends(chunk))
    yield from (chunk for chunk in held if not _ends(chunk))


@chunks_fault("extension-stream-mark-goes-on", operations=_EXTENSION)
def mark_goes_on(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The message that says [DONE] does not end the turn."""
    del request
    for chunk in chunks:
        if _ends(chunk):
            for message in messages_of(chunk):
                message["end_turn"] = False
        yield chunk


@chunks_fault("extension-stream-tool-missing", operations=_EXTENSION)
def tool_missing_from_stream(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The stream leaves out what the tool found."""
    del request
    for chunk in chunks:
        if all(message["delta"].get("role") != "tool" for message in messages_of(chunk)):
            yield chunk


@chunks_fault("extension-stream-id-changes", operations=_EXTENSION)
def id_changes(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every chunk of a stream has an id of its own."""
    del request
    for number, chunk in enumerate(chunks):
        yield {**chunk, "id": f"{chunk['id']}-{number}"}


@chunks_fault("extension-stream-ends-each-turn", operations=_EXTENSION)
def ends_each_turn(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every message of a stream is said to end the turn."""
    del request
    for chunk in chunks:
        for message in messages_of(chunk):
            message["end_turn"] = True
        yield chunk


@chunks_fault("extension-stream-object-of-the-whole", operations=_EXTENSION)
def object_of_the_whole(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every chunk calls itself a whole answer."""
    del request
    for chunk in chunks:
        yield {**chunk, "object": "chat.completion"}


@chunks_fault("extension-stream-created-changes", operations=_EXTENSION)
def created_changes(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every chunk has a time of its own."""
    del request
    for number, chunk in enumerate(chunks):
        yield {**chunk, "created": chunk["created"] + number}


@chunks_fault("extension-stream-index-one", operations=_EXTENSION)
def index_one(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The index of the only choice is 1."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            choice["index"] = 1
        yield chunk


@chunks_fault("extension-stream-numbered-from-one", operations=_EXTENSION)
def numbered_from_one(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The messages are numbered from 1."""
    del request
    for chunk in chunks:
        for message in messages_of(chunk):
            message["index"] += 1
        yield chunk


@chunks_fault("extension-stream-assistant-unnamed", operations=_EXTENSION)
def assistant_unnamed(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """No delta says that it is the assistant who speaks."""
    del request
    for chunk in chunks:
        for message in messages_of(chunk):
            if message["delta"].get("role") == "assistant":
                del message["delta"]["role"]
        yield chunk


@chunks_fault("extension-stream-speaker-changes", operations=_EXTENSION)
def speaker_changes(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Each piece of the answer is said to be the tool's."""
    del request
    for chunk in chunks:
        for message in messages_of(chunk):
            if "role" not in message["delta"]:
                message["delta"]["role"] = "tool"
        yield chunk


@chunks_fault("extension-stream-ends-each-piece", operations=_EXTENSION)
def ends_each_piece(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every chunk has a finish_reason."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            if "finish_reason" in choice:
                choice["finish_reason"] = "stop"
        yield chunk


@chunks_fault("extension-stream-reason-of-another", operations=_EXTENSION)
def reason_of_another(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A stream that ends by itself says that it was cut, and the other way round."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            if choice.get("finish_reason") is not None:
                choice["finish_reason"] = "length" if choice["finish_reason"] == "stop" else "stop"
        yield chunk


@chunks_fault("extension-stream-piece-lost", operations=_EXTENSION)
def piece_lost(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The second piece of the answer is lost: its chunk holds no choice."""
    del request
    held = list(chunks)
    for place in _pieces(held)[1:2]:
        held[place] = {**held[place], "choices": []}
    yield from held


@chunks_fault("extension-stream-piece-doubled", operations=_EXTENSION)
def piece_doubled(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The second piece of the answer comes twice."""
    del request
    held = list(chunks)
    for place in _pieces(held)[1:2]:
        held.insert(place, held[place])
    yield from held


@chunks_fault("extension-stream-pieces-swapped", operations=_EXTENSION)
def pieces_swapped(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The second and the third piece of the answer change places."""
    del request
    held = list(chunks)
    if len(places := _pieces(held)) > 2:
        held[places[1]], held[places[2]] = held[places[2]], held[places[1]]
    yield from held


@chunks_fault("extension-stream-cites-another", operations=_EXTENSION)
def cites_another(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A stream cites what an answer at once does not."""
    del request
    for chunk in chunks:
        for message in messages_of(chunk):
            told = object_written_in(message["delta"].get("content", ""))
            if "citations" in told:
                told["citations"] = [{**each, "content": "Another text."} for each in told["citations"]]
                message["delta"]["content"] = json.dumps(told)
        yield chunk


@chunks_fault("extension-unknown-document-cited", operations=_EXTENSION)
def unknown_document_cited(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The answer refers to a document that is not among the citations."""
    del request
    for chunk in chunks:
        for message in messages_of(chunk):
            if message["delta"].get("role") == "assistant":
                message["delta"]["content"] = "[doc999]"
        yield chunk


def _ends(chunk: JsonObject) -> bool:
    return any(message["delta"].get("content") == END_MARK for message in messages_of(chunk))


def _pieces(chunks: list[JsonObject]) -> list[int]:
    """Return the places of the chunks that hold a piece of the assistant's words."""
    return [
        place
        for place, chunk in enumerate(chunks)
        if not _ends(chunk)
        and any(
            message["delta"].get("content") and message["delta"].get("role") != "tool"
            for message in messages_of(chunk)
        )
    ]
