"""Faults of the streams of responses: the order, the numbers and the content of their events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aoai_emulator.faults.conditions import object_in
from aoai_emulator.faults.edits import (
    add,
    compute,
    map_text,
    map_value,
    replace,
    set_text,
    set_to,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject

EVENTS = Topic("response_events", document="azure-openai@v1")
TEXTS = Topic("response_texts", document="azure-openai@v1")
FRAMING = Topic("response_framing", document="azure-openai@v1")
_ANY = "response-create|response-get.chunks"
_NEW = "response-create.chunks"
_DELTA = "/[type=response.output_text.delta]"
_TERMINAL = ("response.completed", "response.incomplete", "response.failed")
_ENDS = "|".join(_TERMINAL)
_PART_TEXT = "/content/*[type=output_text]/text"

Events = Iterator[JsonObject]


def _capital(text: str) -> str:
    return text.upper()


# fmt: off
EVENTS.edit("response-sequence-from-one", "`sequence_number` starts at 1.", at=f"{_NEW} /sequence_number",
    edit=add(1))
EVENTS.edit("response-sequence-gap", "`sequence_number` grows in steps of 2.", at=f"{_NEW} /sequence_number",
    edit=compute(lambda place: 2 * place.chunk))
EVENTS.edit("response-sequence-constant", "`sequence_number` is always 0.", at=f"{_NEW} /sequence_number",
    edit=set_to(0))
EVENTS.edit("response-sequence-as-text", "`sequence_number` is a text.", at=f"{_NEW} /sequence_number",
    edit=set_text("{value}"))
EVENTS.edit("response-event-type-unknown", "The deltas of a text have an unknown type.",
    at=f"{_ANY} {_DELTA}/type", edit=set_to("response.text.delta"))
EVENTS.edit("response-begins-completed", "The first event already has the status `completed`.",
    at=f"{_NEW} /[type=response.created]/response/status", edit=set_to("completed"))
EVENTS.edit("response-begins-with-usage", "The first event already has the usage.",
    at=f"{_NEW} /[type=response.created]/response/usage",
    edit=set_to({"input_tokens": 1, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 1,
                 "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2}))
EVENTS.edit("response-end-without-usage", "The last event has no usage.",
    at=f"{_ANY} /[type={_ENDS}]/response/usage", edit=set_to(None))
EVENTS.edit("response-end-of-wrong-status",
    "The last event is `response.completed`, its response in progress.",
    at=f"{_ANY} /[type=response.completed]/response/status", edit=set_to("in_progress"))
EVENTS.edit("response-cut-stream-called-completed",
    "The stream of an incomplete response ends with `response.completed`.",
    at=f"{_ANY} /[type=response.incomplete]/type", edit=set_to("response.completed"))
EVENTS.edit("response-stream-id-changes", "The last event has another response `id` than the first.",
    at=f"{_ANY} /[type={_ENDS}]/response/id", edit=set_text("{value}0"))
EVENTS.edit("response-output-index-shifted", "Deltas of a text have the index of the next item.",
    at=f"{_ANY} {_DELTA}/output_index", edit=add(1))
EVENTS.edit("response-item-index-shifted", "Items are announced from index 1.",
    at=f"{_NEW} /[type=response.output_item.added|response.output_item.done]/output_index", edit=add(1))
EVENTS.edit("response-content-index-shifted", "Deltas of a text have the index of the next part.",
    at=f"{_ANY} {_DELTA}/content_index", edit=add(1))
EVENTS.edit("response-part-index-shifted", "Parts are announced from index 1.",
    at=f"{_ANY} /[type=response.content_part.added]/content_index", edit=add(1))
EVENTS.edit("response-delta-of-another-item", "Deltas of a text name another item.",
    at=f"{_ANY} {_DELTA}/item_id", edit=set_text("{value}0"))
EVENTS.edit("response-item-announced-complete", "An item is already `completed` when it is announced.",
    at=f"{_ANY} /[type=response.output_item.added]/item/[status]/status", edit=set_to("completed"))
EVENTS.edit("response-item-announced-with-content", "A message already has content when it is announced.",
    at=f"{_ANY} /[type=response.output_item.added]/item/[type=message]/content",
    edit=set_to([{"type": "output_text", "text": "Soon.", "annotations": [], "logprobs": []}]))
EVENTS.edit("response-item-id-changes", "An item has another `id` when it is done.",
    at=f"{_ANY} /[type=response.output_item.done]/item/id", edit=set_text("{value}0"))
EVENTS.edit("response-item-done-in-progress", "A message is still `in_progress` when it is done.",
    at=f"{_ANY} /[type=response.output_item.done]/item/[type=message]/status", edit=set_to("in_progress"))
EVENTS.edit("response-obfuscation-unasked", "Deltas have `obfuscation` although the request excludes it.",
    at=f"{_NEW} {_DELTA}/obfuscation", edit=set_to("abc"),
    when=lambda request: object_in(request.fields, "stream_options").get("include_obfuscation") is False)
TEXTS.edit("response-text-done-differs", "`response.output_text.done` has another text than the deltas.",
    at=f"{_ANY} /[type=response.output_text.done]/text", edit=map_text(_capital))
TEXTS.edit("response-annotation-index-shifted", "Annotations of a text are numbered from 1.",
    at=f"{_ANY} /[type=response.output_text.annotation.added]/annotation_index", edit=add(1))
TEXTS.edit("response-part-done-differs", "`response.content_part.done` has another text than the deltas.",
    at=f"{_ANY} /[type=response.content_part.done]/part/text", edit=map_text(_capital))
TEXTS.edit("response-item-done-differs", "`response.output_item.done` has another text than the deltas.",
    at=f"{_ANY} /[type=response.output_item.done]/item{_PART_TEXT}", edit=map_text(_capital))
TEXTS.edit("response-end-differs", "The response in the last event has another text than the deltas.",
    at=f"{_ANY} /[type={_ENDS}]/response/output/*[type=message]{_PART_TEXT}", edit=map_text(_capital))
TEXTS.edit("response-end-lacks-an-item", "The response in the last event lacks its last item.",
    at=f"{_ANY} /[type={_ENDS}]/response/output", edit=map_value(lambda items: items[:-1], list))
TEXTS.edit("response-arguments-done-differ",
    "`response.function_call_arguments.done` has other arguments than the deltas.",
    at=f"{_ANY} /[type=response.function_call_arguments.done]/arguments", edit=map_text(_capital))
TEXTS.edit("response-item-arguments-differ",
    "The call in the last event has other arguments than the deltas.",
    at=f"{_ANY} /[type={_ENDS}]/response/output/*[type=function_call]/arguments", edit=map_text(_capital))
TEXTS.edit("response-streamed-otherwise", "A stream has another text than a response that is not streamed.",
    at=f"{_NEW} {_DELTA}/delta", edit=map_text(_capital))
TEXTS.edit("response-streamed-otherwise", at=f"{_NEW} /[type=response.output_text.done]/text",
    edit=map_text(_capital))
TEXTS.edit("response-streamed-otherwise", at=f"{_NEW} /[type=response.content_part.done]/part/text",
    edit=map_text(_capital))
TEXTS.edit("response-streamed-otherwise", at=f"{_NEW} /[type=response.output_item.done]/item{_PART_TEXT}",
    edit=map_text(_capital))
TEXTS.edit("response-streamed-otherwise",
    at=f"{_NEW} /[type={_ENDS}]/response/output/*[type=message]{_PART_TEXT}", edit=map_text(_capital))
TEXTS.edit("response-stream-usage-differs",
    "A stream counts more tokens than a response that is not streamed.",
    at=f"{_NEW} /[type={_ENDS}]/response/usage",
    edit=map_value(lambda usage: {**usage, "output_tokens": usage["output_tokens"] + 3,
                                  "total_tokens": usage["total_tokens"] + 3}, dict))
FRAMING.edit("response-stream-as-plain-text", "A stream has the media type `text/plain`.",
    at="response-create.reply:200 /headers/content-type", edit=replace("text/plain"),
    when=lambda request: request.sent.get("stream") is True)
FRAMING.edit("response-streamed-unasked", "A response that is no stream has the media type of one.",
    at="response-create.reply:200 /headers/content-type", edit=replace("text/event-stream"),
    when=lambda request: request.sent.get("stream") is not True)
# fmt: on


def _renumbered(events: Events) -> Events:
    """Number events without a gap, so that only the order is wrong."""
    first: int | None = None
    for place, event in enumerate(events):
        number = event.get("sequence_number")
        first = number if first is None and isinstance(number, int) else first
        yield {**event, "sequence_number": (first or 0) + place}


def _without(kind: str) -> Callable[[Events], Events]:
    """Return what leaves out all events of a type."""
    return lambda events: _renumbered(each for each in events if each.get("type") != kind)


def _later(kind: str, until: str) -> Callable[[Events], Events]:
    """Return what moves each event of a type behind the next one of another type."""

    def moved(events: Events) -> Events:
        held: JsonObject | None = None
        for event in events:
            if event.get("type") == kind and held is None:
                held = event
                continue
            yield event
            if held is not None and event.get("type") == until:
                yield held
                held = None
        if held is not None:
            yield held

    return lambda events: _renumbered(moved(events))


def _twice(*kinds: str) -> Callable[[Events], Events]:
    """Return what repeats each event of some types."""

    def repeated(events: Events) -> Events:
        for event in events:
            yield event
            if event.get("type") in kinds:
                yield event

    return lambda events: _renumbered(repeated(events))


_DELTAS = "response.output_text.delta"
for _fault_id, _summary, _change in (
    ("response-created-missing", "The stream has no `response.created`.", _without("response.created")),
    (
        "response-created-late",
        "`response.created` comes after `response.in_progress`.",
        _later("response.created", "response.in_progress"),
    ),
    ("response-item-added-missing", "Items are not announced.", _without("response.output_item.added")),
    (
        "response-item-added-late",
        "An item is announced after its first part.",
        _later("response.output_item.added", "response.content_part.added"),
    ),
    ("response-item-done-missing", "No item is done.", _without("response.output_item.done")),
    (
        "response-item-done-early",
        "An item is done before its part.",
        _later("response.content_part.done", "response.output_item.done"),
    ),
    ("response-item-done-twice", "Items are done twice.", _twice("response.output_item.done")),
    ("response-item-added-twice", "Items are announced twice.", _twice("response.output_item.added")),
    ("response-part-added-missing", "Parts are not announced.", _without("response.content_part.added")),
    (
        "response-part-added-late",
        "A part is announced after its first delta.",
        _later("response.content_part.added", _DELTAS),
    ),
    ("response-part-done-missing", "No part is done.", _without("response.content_part.done")),
    ("response-text-done-missing", "No text is done.", _without("response.output_text.done")),
    (
        "response-text-done-late",
        "A text is done after its part.",
        _later("response.output_text.done", "response.content_part.done"),
    ),
    (
        "response-delta-after-done",
        "A delta comes after the end of its text.",
        _later(_DELTAS, "response.output_text.done"),
    ),
    ("response-end-missing", "The stream ends without a last event.", _without("response.completed")),
    ("response-end-twice", "The last event comes twice.", _twice(*_TERMINAL)),
    (
        "response-created-twice",
        "`response.created` comes twice.",
        _twice("response.created"),
    ),
):
    EVENTS.code(_fault_id, _summary, at=_ANY)(_change)

for _fault_id, _summary, _change in (
    ("response-delta-twice", "Each delta of a text comes twice.", _twice(_DELTAS)),
    (
        "response-arguments-done-missing",
        "No arguments of a function are done.",
        _without("response.function_call_arguments.done"),
    ),
    (
        "response-arguments-not-streamed",
        "The arguments of a function have no deltas.",
        _without("response.function_call_arguments.delta"),
    ),
):
    TEXTS.code(_fault_id, _summary, at=_ANY)(_change)


@EVENTS.code("response-event-after-end", at=_ANY)
def continue_after_end(events: Events) -> Events:
    """`response.in_progress` follows the last event."""
    number = 0
    last: JsonObject = {}
    for last in events:
        number = last.get("sequence_number", number)
        yield last
    if last.get("type") in _TERMINAL:
        yield {**last, "type": "response.in_progress", "sequence_number": number + 1}


@EVENTS.code("response-error-event-without-message", at=_ANY)
def report_empty_error(events: Events) -> Events:
    """A stream reports an error without a message, and then fails."""
    for event in events:
        if event.get("type") != "response.completed":
            yield event
            continue
        number = event.get("sequence_number", 0)
        error = {"code": "server_error", "message": ""}
        yield {"type": "error", **error, "param": None, "sequence_number": number}
        error["message"] = "The model failed."
        response = {**object_in(event, "response"), "status": "failed", "error": error, "completed_at": None}
        yield {**event, "type": "response.failed", "response": response, "sequence_number": number + 1}


@TEXTS.code("response-first-delta-lost", at=_ANY)
def lose_first_delta(events: Events) -> Events:
    """The first delta of a text is lost."""

    def without_first() -> Events:
        lost = False
        for event in events:
            if event.get("type") == _DELTAS and not lost:
                lost = True
                continue
            yield event

    return _renumbered(without_first())


@FRAMING.code("response-events-unnamed", at="response-create|response-get.frames")
def omit_names(frames: Iterator[bytes]) -> Iterator[bytes]:
    """Events have no names."""
    return (frame.partition(b"\n")[2] if frame.startswith(b"event:") else frame for frame in frames)


@FRAMING.code("response-events-misnamed", at="response-create|response-get.frames")
def misname(frames: Iterator[bytes]) -> Iterator[bytes]:
    """All events have the name `message` instead of their type."""
    for frame in frames:
        yield b"event: message\n" + frame.partition(b"\n")[2] if frame.startswith(b"event:") else frame


@FRAMING.code("response-event-not-json", at="response-create|response-get.frames")
def break_event(frames: Iterator[bytes]) -> Iterator[bytes]:
    """The JSON of the third event is cut off."""
    for number, frame in enumerate(frames):
        yield frame[:-4] + b"\n\n" if number == 2 else frame


@FRAMING.code("response-event-after-done", at="response-create|response-get.frames")
def continue_after_done(frames: Iterator[bytes]) -> Iterator[bytes]:
    """`[DONE]` follows the last event, and then the event once more."""
    last = b""
    for last in frames:
        yield last
    yield b"data: [DONE]\n\n"
    yield last
