"""Faults of chats on data sources: their messages, citations and streams."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from aoai_emulator.faults.conditions import choices_of, messages_of, parse_object
from aoai_emulator.faults.edits import (
    Edit,
    add,
    compute,
    copy_member,
    format_text,
    map_list,
    map_text,
    map_value,
    multiply,
    remove,
    replace,
    set_text,
    set_to,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.operations.extension_chat import END_MARK

CHAT = Topic("extension_chat")
STREAMS = Topic("extension_streams")
_CHOICE = "extension-chat.response /choices/*"
_MESSAGE = f"{_CHOICE}/messages/*"
_CONTENT = f"{_MESSAGE}[role=tool]/content"
_CHUNK = "extension-chat.chunks "
_PIECE = f"{_CHUNK}/choices/*/messages/*"


def _map_json(change: Callable[[JsonObject], object]) -> Edit:
    """Change the object that the content of a message holds as JSON."""

    def function(text: str) -> str:
        parsed = parse_object(text)
        change(parsed)
        return json.dumps(parsed)

    return map_text(function)


def _keep(role: str) -> Edit:
    return map_list(lambda messages: [message for message in messages if message.get("role") == role])


# fmt: off
CHAT.accept("extension-no-sources-accepted", "A request without data sources is accepted.",
    at="extension-chat.schema dataSources:required")
CHAT.accept("extension-unknown-source-accepted", "A data source with any type and parameters is accepted.",
    at="extension-chat.schema dataSources[*:enum|discriminator|required|additionalProperties")
CHAT.accept("extension-third-stop-accepted", "More stop sequences than the document allows are accepted.",
    at="extension-chat.schema stop:maxItems")
CHAT.accept("extension-hot-temperature-accepted", "A temperature above 2 is accepted.",
    at="extension-chat.schema temperature:maximum")
CHAT.edit("extension-citations-missing", "The tool message has no citations.", at=_CONTENT,
    edit=_map_json(lambda found: found.pop("citations", None)))
CHAT.edit("extension-citations-missing", at=f"{_PIECE}/delta[role=tool]/content",
    edit=set_to(json.dumps({"intent": "[]"})))
CHAT.edit("extension-citations-empty", "The list of citations is empty.", at=_CONTENT,
    edit=_map_json(lambda found: found.update(citations=[])))
CHAT.edit("extension-citations-without-content", "The citations lack `content`.", at=_CONTENT,
    edit=_map_json(lambda found: [each.pop("content", None) for each in found.get("citations", ())]))
CHAT.edit("extension-citations-no-json", "The content of the tool message is not JSON.", at=_CONTENT,
    edit=set_to("Some documents were found."))
CHAT.edit("extension-citations-object",
    "The content of the tool message is an object instead of JSON in a string.", at=_CONTENT,
    edit=map_text(parse_object))
CHAT.edit("extension-intent-missing", "The tool message lacks `intent`.", at=_CONTENT,
    edit=_map_json(lambda found: found.pop("intent", None)))
CHAT.edit("extension-more-documents-than-asked",
    "The tool message cites 100 documents, whatever `topNDocuments` is.", at=_CONTENT,
    edit=_map_json(lambda found: found.update(citations=found.get("citations", [])[:1] * 100)))
CHAT.edit("extension-unknown-document-cited",
    "The response refers to a document that is not among the citations.",
    at=f"{_MESSAGE}[role=assistant]/content", edit=format_text("{value} [doc999]"))
CHAT.edit("extension-unknown-document-cited", at=f"{_PIECE}/delta[role=assistant]/content",
    edit=set_to("[doc999]"))
CHAT.edit("extension-tool-message-missing", "The tool message is missing.", at=f"{_CHOICE}/messages",
    edit=_keep("assistant"))
CHAT.edit("extension-assistant-message-missing", "The assistant message is missing.",
    at=f"{_CHOICE}/messages", edit=_keep("tool"))
CHAT.edit("extension-messages-swapped", "The assistant message precedes the tool message.",
    at=f"{_CHOICE}/messages", edit=map_list(lambda messages: messages[::-1]))
CHAT.edit("extension-turn-never-ends", "No message ends the turn.", at=f"{_MESSAGE}/end_turn",
    edit=set_to(False))
CHAT.edit("extension-tool-ends-turn", "The tool message ends the turn.", at=f"{_MESSAGE}[role=tool]/end_turn",
    edit=set_to(True))
CHAT.edit("extension-end-turn-missing", "The messages lack `end_turn`.", at=f"{_MESSAGE}/end_turn",
    edit=remove)
CHAT.edit("extension-object-wrong", "`object` is `text_completion`.", at="extension-chat.response /object",
    edit=set_to("text_completion"))
CHAT.edit("extension-created-in-milliseconds", "`created` is in milliseconds.",
    at="extension-chat.response /created", edit=multiply(1000))
CHAT.edit("extension-id-empty", "`id` is empty.", at="extension-chat.response /id", edit=set_to(""))
CHAT.edit("extension-no-choice", "`choices` is empty.", at="extension-chat.response /choices",
    edit=set_to([]))
CHAT.edit("extension-two-choices", "The only choice is listed twice.", at="extension-chat.response /choices",
    edit=map_list(lambda choices: choices * 2))
CHAT.edit("extension-choice-numbered-from-one", "The index of the only choice is 1.", at=f"{_CHOICE}/index",
    edit=set_to(1))
CHAT.edit("extension-finish-reason-unknown", "The finish reason is not one that the document lists.",
    at=f"{_CHOICE}/finish_reason", edit=replace("eos_token"))
CHAT.edit("extension-usage-total-wrong", "`total_tokens` leaves out the prompt.",
    at="extension-chat.response /usage[total_tokens]/total_tokens", edit=copy_member("completion_tokens"))
CHAT.edit("extension-prompts-share-a-number",
    "`prompt_annotations` has two entries with the same `prompt_index`.",
    at="extension-chat.response /prompt_annotations", edit=map_list(lambda found: found * 2))
CHAT.edit("extension-filter-of-the-harmless",
    "Hate is filtered from a prompt although its severity is `safe`.",
    at="extension-chat.response /prompt_annotations/*/content_filter_results/hate",
    edit=set_to({"filtered": True, "severity": "safe"}))
# fmt: on


@CHAT.code("extension-message-of-chat", at="extension-chat.response")
def send_one_message(body: JsonObject) -> None:
    """The choice has one `message` without citations, like an ordinary chat."""
    for choice in choices_of(body):
        said = [each for each in choice.pop("messages", []) if each.get("role") == "assistant"]
        choice["message"] = {"role": "assistant", "content": said[0]["content"] if said else ""}


def _ends(chunk: JsonObject) -> bool:
    return any(message["delta"].get("content") == END_MARK for message in messages_of(chunk))


def _change_citations(text: str) -> str:
    parsed = parse_object(text)
    if "citations" not in parsed:
        return text
    return json.dumps(
        {**parsed, "citations": [{**each, "content": "Another text."} for each in parsed["citations"]]}
    )


# fmt: off
STREAMS.edit("extension-stream-id-changes", "Each chunk has another `id`.", at=f"{_CHUNK}/id",
    edit=set_text("{value}-{chunk}"))
STREAMS.edit("extension-stream-ends-each-turn", "Every message of a stream ends the turn.",
    at=f"{_PIECE}/end_turn", edit=set_to(True))
STREAMS.edit("extension-stream-object-of-the-whole", "`object` of the chunks is `chat.completion`.",
    at=f"{_CHUNK}/object", edit=set_to("chat.completion"))
STREAMS.edit("extension-stream-created-changes", "Each chunk has another `created`.", at=f"{_CHUNK}/created",
    edit=compute(lambda place: place.value + place.chunk))
STREAMS.edit("extension-stream-index-one", "The index of the only choice is 1.",
    at=f"{_CHUNK}/choices/*/index", edit=set_to(1))
STREAMS.edit("extension-stream-numbered-from-one", "The indices of the messages start at 1.",
    at=f"{_PIECE}/index", edit=add(1))
STREAMS.edit("extension-stream-assistant-unnamed", "No delta has the role `assistant`.",
    at=f"{_PIECE}/delta[role=assistant]/role", edit=remove)
STREAMS.edit("extension-stream-speaker-changes", "The role of the assistant's later deltas is `tool`.",
    at=f"{_PIECE}/delta[!role]/role", edit=set_to("tool"))
STREAMS.edit("extension-stream-ends-each-piece", "Every chunk has a `finish_reason`.",
    at=f"{_CHUNK}/choices/*/finish_reason", edit=replace("stop"))
STREAMS.edit("extension-stream-reason-of-another", "The finish reasons `stop` and `length` are exchanged.",
    at=f"{_CHUNK}/choices/*[finish_reason]/finish_reason",
    edit=map_value(lambda reason: "length" if reason == "stop" else "stop"))
STREAMS.edit("extension-stream-cites-another",
    "A stream cites other documents than a response that is not streamed.", at=f"{_PIECE}/delta/content",
    edit=map_text(_change_citations))
# fmt: on


@STREAMS.code("extension-stream-mark-missing", at="extension-chat.chunks")
def omit_mark(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The stream ends without the message `[DONE]`."""
    return (chunk for chunk in chunks if not _ends(chunk))


@STREAMS.code("extension-stream-mark-goes-on", at="extension-chat.chunks")
def continue_turn(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The message `[DONE]` does not end the turn."""
    for chunk in chunks:
        for message in messages_of(chunk) if _ends(chunk) else ():
            message["end_turn"] = False
        yield chunk


@STREAMS.code("extension-stream-mark-early", at="extension-chat.chunks")
def move_mark_first(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The message `[DONE]` precedes the rest of the stream."""
    return iter(sorted(chunks, key=lambda chunk: not _ends(chunk)))


@STREAMS.code("extension-stream-tool-missing", at="extension-chat.chunks")
def omit_tool(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The stream lacks the tool message."""
    for chunk in chunks:
        if all(message["delta"].get("role") != "tool" for message in messages_of(chunk)):
            yield chunk


@STREAMS.code("extension-stream-piece-lost", at="extension-chat.chunks")
def lose_piece(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The second piece of the text is missing."""
    held = list(chunks)
    for place in _pieces(held)[1:2]:
        held[place] = {**held[place], "choices": []}
    yield from held


@STREAMS.code("extension-stream-piece-doubled", at="extension-chat.chunks")
def double_piece(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The second piece of the text is sent twice."""
    held = list(chunks)
    for place in _pieces(held)[1:2]:
        held.insert(place, held[place])
    yield from held


@STREAMS.code("extension-stream-pieces-swapped", at="extension-chat.chunks")
def swap_pieces(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The second and third pieces of the text are swapped."""
    held = list(chunks)
    if len(places := _pieces(held)) > 2:
        held[places[1]], held[places[2]] = held[places[2]], held[places[1]]
    yield from held


def _pieces(chunks: list[JsonObject]) -> list[int]:
    """Return the positions of the chunks with a piece of the assistant's text."""
    return [
        place
        for place, chunk in enumerate(chunks)
        if not _ends(chunk)
        and any(
            message["delta"].get("content") and message["delta"].get("role") != "tool"
            for message in messages_of(chunk)
        )
    ]
