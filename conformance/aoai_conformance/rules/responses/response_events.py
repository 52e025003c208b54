"""Streams of responses as sequences of events: types, names, numbers, the beginning and the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from aoai_conformance.json_access import dig, members, shortened, text, whole
from aoai_conformance.observation import examined
from aoai_conformance.rule import RESPONSE_STREAMS, Inconclusive, NotApplicable, rule
from aoai_conformance.views.response_streams import ENDS, ERROR, ResponseStream, event_type
from aoai_model.verdict import Violation

if TYPE_CHECKING:
    from aoai_specs.document import Document, Operation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_RESPONSE = f"{_SCHEMAS}/OpenAI.Response/properties"
_EVENTS = f"{_SCHEMAS}/OpenAI.ResponseCreatedEvent/properties"
_STANDARD = "https://www.openresponses.org/specification"
_STREAMING = f"{_STANDARD}#streaming"
#: The types of events, and those of an implementor such as `acme:trace_event`.
_TYPE = re.compile(r"response(\.[a-z][a-z0-9_]*)+|error", re.ASCII)
_EXTENDED = re.compile(r"[a-z0-9_.-]+:[a-z0-9_.:-]+", re.ASCII)
#: Types that the service sends and the document does not list, or that Open Responses adds.
_FURTHER = frozenset(
    {"response.apply_patch_call_operation_diff.delta", "response.apply_patch_call_operation_diff.done"}
    | {
        "response.custom_tool_call_input.done",
        "response.cancelled",
        "response.image_generation_call.completed",
    }
    | {"response.reasoning.delta", "response.reasoning.done", "response.reasoning_text.done"}
    | {"response.code_interpreter_call.completed", "response.code_interpreter_call_code.done"}
    | {"response.shell_call_command.added", "response.shell_call_command.delta"}
    | {"response.shell_call_command.done", "response.compaction.completed", "keepalive"}
)
#: The statuses of the response in the events about the response itself.
_ANNOUNCED = {
    "response.created": ("queued", "in_progress"),
    "response.queued": ("queued",),
    "response.in_progress": ("in_progress",),
    **{kind: (status,) for kind, status in ENDS.items()},
}
#: The order of these events; events about the output follow, and then one of `ENDS`.
_OPENING = {"response.created": 0, "response.queued": 1, "response.in_progress": 2}


def _is_on_azure(stream: ResponseStream) -> bool:
    """Whether an Azure resource sent the stream."""
    return stream.on_azure


def _is_in_background(stream: ResponseStream) -> bool:
    """Whether the response runs in the background, by its own events."""
    return any(dig(event.json, "/response/background") is True for event in stream.sequence)


def _is_whole(stream: ResponseStream) -> bool:
    """Whether the stream begins with its first event."""
    return stream.is_whole


def declared_types(operation: Operation) -> frozenset[str]:
    """Return the types of events that the document lists; empty if it does not list them."""
    return _listed_types(operation.document, operation.id)


@lru_cache(maxsize=64)
def _listed_types(document: Document, operation_id: str) -> frozenset[str]:
    described = document.operation(operation_id).response_for(200)
    media = None if described is None else described.media_for("text/event-stream")
    if media is None or media.item_schema_pointer is None:
        return frozenset()
    _, schema = document.follow(media.item_schema_pointer)
    return frozenset(members(dig(schema, "/discriminator/mapping")))


@rule(
    "EVENTS-001",
    should="send events of known types",
    clause=f"{_EVENTS}/type",
    operations=RESPONSE_STREAMS,
    note="Known are the types that the document lists, and some that later versions of the service send. A "
    "type with the name of an implementor and a colon in front is accepted, by Open Responses.",
)
def has_a_known_type(stream: ResponseStream) -> Iterator[Violation]:
    """Clients choose what to do by the type, and ignore or reject others."""
    declared = declared_types(stream.operation)
    for event in stream.sequence:
        kind = event_type(event)
        known = kind in declared or kind in _FURTHER or (not declared and _TYPE.fullmatch(kind))
        if kind and not known and not _EXTENDED.fullmatch(kind):
            yield event.violates(
                "/type",
                "The event has a type that the document does not list.",
                expected="response.… or error",
                actual=kind,
                reason="unknown",
            )


@rule(
    "EVENTS-002",
    must="name each event after the type in its data",
    clause=f"{_STANDARD}#streaming-http-responses",
    operations=RESPONSE_STREAMS,
    note="Azure OpenAI names its events so, too. A server that names no event at all is a SHOULD: clients "
    "that read the data alone are not affected.",
)
def is_named_after_its_type(stream: ResponseStream) -> Iterator[Violation]:
    """Listeners of browsers choose by the name, SDKs by the type."""
    unnamed = not any(event.event.name for event in stream.sequence)
    for event in stream.sequence:
        kind = event_type(event)
        if kind and event.event.name != kind:
            yield event.violates(
                "/type",
                "The name of the event differs from its type."
                if event.event.name
                else "The event has a type and no name.",
                expected=kind,
                actual=shortened(event.event.name),
                reason="other name" if event.event.name else "no name",
                level="should" if unnamed else None,
            )


@rule(
    "EVENTS-003",
    must="number the events of a stream from 0 without gaps, and resume after the requested number",
    clause=f"{_EVENTS}/sequence_number",
    operations=RESPONSE_STREAMS,
    when=_is_on_azure,
    note="Judged at addresses of Azure OpenAI, whose recorded streams count so. Elsewhere the numbers only "
    "have to grow, see EVENTS-004.",
)
def numbers_events_without_gaps(stream: ResponseStream) -> Iterator[Violation]:
    """A client that lost its connection resumes after the last number that it saw."""
    expected = 0 if stream.starting_after is None else stream.starting_after + 1
    for event in stream.sequence:
        number = whole(event.json.get("sequence_number"))
        if number is None:
            continue
        if number != expected:
            yield event.violates(
                "/sequence_number",
                f"The event has the number {number}; expected {expected}.",
                expected=expected,
                actual=number,
                reason="start" if event.index == stream.sequence[0].index else "gap",
            )
            return
        expected += 1


@rule(
    "EVENTS-004",
    must="give each event a higher sequence_number than the event before",
    clause=_STREAMING,
    operations=RESPONSE_STREAMS,
)
def numbers_grow(stream: ResponseStream) -> Iterator[Violation]:
    """Clients find lost and repeated events by the numbers."""
    before: int | None = stream.starting_after
    for event in stream.sequence:
        number = whole(event.json.get("sequence_number"))
        if number is not None and before is not None and number <= before:
            yield event.violates(
                "/sequence_number",
                "The number of the event is not above that of the event before.",
                expected=f"above {before}",
                actual=number,
                reason="not growing",
            )
        before = number if number is not None else before


@rule(
    "EVENTS-005",
    must="begin a stream with response.created",
    clause=_EVENTS,
    operations=RESPONSE_STREAMS,
    when=_is_whole,
)
def begins_with_created(stream: ResponseStream) -> Iterator[Violation]:
    """SDKs that assemble the response fail at any other first event."""
    if not stream.sequence:
        stream.require_whole()
        raise NotApplicable
    first, *others = stream.sequence
    kind = event_type(first)
    error = stream.error_event
    if kind == ERROR or (error is not None and error.index == first.index):
        raise Inconclusive("the stream begins with an error")
    if kind != "response.created":
        yield first.violates(
            "/type",
            "The stream does not begin with response.created.",
            expected="response.created",
            actual=kind,
            reason="first",
        )
    for event in others:
        if event_type(event) == "response.created" and kind == "response.created":
            yield event.violates("/type", "The response is created a second time.", reason="twice")


@rule(
    "EVENTS-006",
    must="end the stream with one event that completes, fails or cuts off the response",
    clause=f"{_STANDARD}#state-machine-events",
    operations=RESPONSE_STREAMS,
    note="After an error event without response.failed, a SHOULD: the document does not say that both are "
    "sent. A stream whose response was cancelled or deleted meanwhile is not judged, nor is a recorded "
    "stream of a response in the background, which its client may have left.",
)
def has_one_end(stream: ResponseStream) -> Iterator[Violation]:
    """Without it, a client does not know whether the response is whole."""
    if not stream.response.complete or stream.unreadable or stream.cut_off is not None:
        stream.require_whole()
    ends = [event for event in stream.sequence if event_type(event) in ENDS]
    for again in ends[1:]:
        yield again.violates("/type", "The stream has a second event that ends the response.", reason="twice")
    if ends:
        return
    if not stream.sequence:
        if stream.plain_error is not None:
            stream.require_whole()
        if stream.is_whole:
            message = "The stream ends without any event of the response."
            yield stream.violates("", message, expected=sorted(ENDS), reason="empty")
        return
    failed = stream.error_event is not None
    if not failed and stream.exchange.case.origin == "recorded" and _is_in_background(stream):
        raise Inconclusive(
            "a client may leave the stream of a response in the background and resume it later"
        )
    yield stream.sequence[-1].violates(
        "/type",
        "The stream reports an error and ends without response.failed."
        if failed
        else "The stream ends without an event that ends the response.",
        expected=sorted(ENDS),
        actual=event_type(stream.sequence[-1]),
        reason="failed without an end" if failed else "missing",
        level="should" if failed else None,
    )


@rule(
    "EVENTS-007",
    must="send nothing after the event that ends the response, except [DONE]",
    clause=_STREAMING,
    operations=RESPONSE_STREAMS,
    note="Open Responses demands a [DONE], Azure OpenAI sends none: both are accepted.",
)
def sends_nothing_after_the_end(stream: ResponseStream) -> Iterator[Violation]:
    """Clients stop reading at the end."""
    if stream.end is None:
        raise NotApplicable
    examined(stream.end.json)
    for event in stream.events:
        is_end = event.index <= stream.end.index or event.data.strip() == "[DONE]"
        if not is_end and event.data.strip() and event.index not in _further_ends(stream):
            message = "An event follows the one that ends the response."
            yield Violation("", message, None, shortened(event.data), "after the end", chunk=event.index)
            return


def _further_ends(stream: ResponseStream) -> frozenset[int]:
    """Return the indexes of the events that end the response again, which EVENTS-006 reports."""
    return frozenset(event.index for event in stream.sequence if event_type(event) in ENDS)


@rule(
    "EVENTS-008",
    must="show the response in the status that the event announces",
    clause=f"{_RESPONSE}/status",
    operations=RESPONSE_STREAMS,
)
def shows_the_announced_status(stream: ResponseStream) -> Iterator[Violation]:
    """`response.completed` has a completed response, `response.created` one that is queued or in progress."""
    for event in stream.sequence:
        allowed = _ANNOUNCED.get(event_type(event))
        status = text(members(event.json.get("response")).get("status"))
        if allowed is not None and status is not None and status not in allowed:
            yield event.violates(
                "/response/status",
                f"The status of the response does not match {event_type(event)}.",
                expected=" or ".join(allowed),
                actual=status,
                reason="status",
            )


@rule(
    "EVENTS-009",
    must="announce the states of a response in their order, before its output",
    clause=f"{_STANDARD}#state-machine-events",
    operations=RESPONSE_STREAMS,
    note="The order is created, queued, in_progress. A state may be repeated or left out.",
)
def announces_states_in_order(stream: ResponseStream) -> Iterator[Violation]:
    """No state returns to an earlier one."""
    reached, output = -1, False
    for event in stream.sequence:
        kind = event_type(event)
        rank = _OPENING.get(kind)
        if rank is None:
            output = output or "output_index" in event.json
            continue
        if rank < reached or (output and rank < _OPENING["response.in_progress"]):
            yield event.violates(
                "/type",
                f"{kind} follows {'a later state' if rank < reached else 'output'} of the response.",
                actual=kind,
                reason="order",
            )
            return
        reached = max(reached, rank)


@rule(
    "EVENTS-010",
    must="describe the same response in every event",
    clause=f"{_RESPONSE}/id",
    operations=RESPONSE_STREAMS,
)
def describes_one_response(stream: ResponseStream) -> Iterator[Violation]:
    """Compares the id and the time of creation."""
    known: dict[str, object] = {}
    for event in stream.sequence:
        shown = members(event.json.get("response"))
        for name in ("id", "created_at"):
            value = shown.get(name)
            if value is not None and known.setdefault(name, value) != value:
                yield event.violates(
                    f"/response/{name}",
                    f"`{name}` of the response changes within the stream.",
                    expected=str(known[name]),
                    actual=value,
                    reason=name,
                )


@rule(
    "EVENTS-011",
    should="report an error in a stream with a code and a message, and fail the response after it",
    clause=f"{_SCHEMAS}/OpenAI.ResponseErrorEvent",
    operations=RESPONSE_STREAMS,
    note="The document has the members in the event itself, Open Responses in `error`: both are accepted. "
    "EVENTS-006 judges whether response.failed follows.",
)
def reports_errors_completely(stream: ResponseStream) -> Iterator[Violation]:
    """The code may be null."""
    event = stream.error_event
    if event is None:
        raise NotApplicable
    at = "/error" if isinstance(event.json.get("error"), dict) else ""
    error = members(event.json.get("error")) or event.json
    if not text(error.get("message")):
        yield event.violates(
            f"{at}/message", "The error event has no message.", expected="text", reason="no message"
        )
    if "code" not in error:
        yield event.violates(
            f"{at}/code", "The error event has no code.", expected="a code", reason="no code"
        )


@rule(
    "EVENTS-012",
    should="report the usage only in the event that ends the response",
    clause=f"{_RESPONSE}/usage",
    operations=RESPONSE_STREAMS,
)
def counts_at_the_end(stream: ResponseStream) -> Iterator[Violation]:
    """The count is not final before."""
    for event in stream.sequence:
        shown = members(event.json.get("response"))
        if event_type(event) in _OPENING and members(shown.get("usage")):
            yield event.violates(
                "/response/usage",
                f"{event_type(event)} already has a usage.",
                expected=None,
                actual=shown["usage"],
                reason="early",
            )
            return


def _excludes_obfuscation(stream: ResponseStream) -> bool:
    """Whether the request sets include_obfuscation to false."""
    return members(stream.sent.get("stream_options")).get("include_obfuscation") is False


@rule(
    "EVENTS-013",
    should="send no obfuscation if include_obfuscation is false",
    clause=f"{_SCHEMAS}/OpenAI.ResponseStreamOptions/properties/include_obfuscation",
    operations=RESPONSE_STREAMS,
    when=_excludes_obfuscation,
)
def sends_no_obfuscation(stream: ResponseStream) -> Iterator[Violation]:
    """Clients on a trusted network save the bandwidth."""
    for event in stream.sequence:
        if event_type(event).endswith(".delta") and "obfuscation" in event.json:
            yield event.violates(
                "/obfuscation", "The delta has obfuscation that the request excludes.", reason="unasked"
            )
            return
