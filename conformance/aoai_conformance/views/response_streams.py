"""The stream of a response of the Responses API: its events, indexed once by output item and by text.

Every rule about these streams reads the same index, whose cost is linear in the number of events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from aoai_conformance.json_access import dig, members, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import RESPONSE_STREAMS, Inconclusive
from aoai_conformance.views.exchange_views import Chunk, Stream

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange

#: The events that end a response, each with the status of the response that it announces.
ENDS: Mapping[str, str] = {
    "response.completed": "completed",
    "response.failed": "failed",
    "response.incomplete": "incomplete",
    "response.cancelled": "cancelled",
}
ERROR = "error"
ADDED, DONE = "response.output_item.added", "response.output_item.done"


@dataclass(frozen=True, slots=True)
class TextKind:
    """A text that is streamed in deltas: the member of its last event, and where the item holds it.

    `parts` is the list of the item that has the text in a part, and `index` the member of events that says in
    which; both are None for a text of the item itself.
    """

    prefix: str
    member: str
    parts: str | None = None
    index: str | None = None

    @property
    def part_events(self) -> tuple[str, str] | None:
        """Return the events that open and close a part with such a text, if it lies in one."""
        if self.parts is None:
            return None
        name = "content_part" if self.parts == "content" else "reasoning_summary_part"
        return f"response.{name}.added", f"response.{name}.done"


_TEXTS = (
    TextKind("response.output_text", "text", "content", "content_index"),
    TextKind("response.refusal", "refusal", "content", "content_index"),
    TextKind("response.reasoning_text", "text", "content", "content_index"),
    TextKind("response.reasoning_summary_text", "text", "summary", "summary_index"),
    TextKind("response.function_call_arguments", "arguments"),
    TextKind("response.custom_tool_call_input", "input"),
    TextKind("response.mcp_call_arguments", "arguments"),
    TextKind("response.code_interpreter_call_code", "code"),
)
_DELTAS = {f"{kind.prefix}.delta": kind for kind in _TEXTS}
_DONES = {f"{kind.prefix}.done": kind for kind in _TEXTS}
#: The events about parts, each with the member that holds the index of the part.
PARTS: Mapping[str, str] = {
    "response.content_part.added": "content_index",
    "response.content_part.done": "content_index",
    "response.reasoning_summary_part.added": "summary_index",
    "response.reasoning_summary_part.done": "summary_index",
}


@dataclass(slots=True)
class StreamedText:
    """One text of an output item: its deltas, and the events that hold it whole."""

    kind: TextKind
    deltas: list[Chunk] = field(default_factory=list)
    done: list[Chunk] = field(default_factory=list)


@dataclass(slots=True)
class StreamedPart:
    """One part of an output item: the events that open and close it, and the texts inside, in order."""

    added: list[Chunk] = field(default_factory=list)
    done: list[Chunk] = field(default_factory=list)
    inner: list[Chunk] = field(default_factory=list)


#: The list that holds a part, and its index there; a text of the item itself has neither.
PartKey = tuple[str | None, int | None]


@dataclass(slots=True)
class StreamedItem:
    """The events about one output item, in the order of the stream, and its parts and texts."""

    index: int
    events: list[Chunk] = field(default_factory=list)
    added: list[Chunk] = field(default_factory=list)
    done: list[Chunk] = field(default_factory=list)
    parts: dict[PartKey, StreamedPart] = field(default_factory=dict)
    texts: dict[tuple[str, PartKey], StreamedText] = field(default_factory=dict)

    @property
    def final(self) -> dict[str, Any]:
        """Return the item in the event that closes it; empty if there is none."""
        return members(self.done[-1].json.get("item")) if self.done else {}


def event_type(event: Chunk) -> str:
    """Return the `type` of an event; empty if it is not a string."""
    return text(event.json.get("type")) or ""


def is_on_azure(exchange: Exchange) -> bool:
    """Whether the request was sent to the address of an Azure resource rather than to another server."""
    parts = urlsplit(exchange.request.url)
    return "/openai/" in parts.path or (parts.hostname or "").endswith((".azure.com", ".azure.us"))


class ResponseStream(Stream):
    """A 2xx event stream of a response, created or retrieved."""

    def applies(self) -> bool:
        """Whether the operation streams responses and the request need not be rejected."""
        return self.operation.kind in RESPONSE_STREAMS and self.case.expect != "reject" and super().applies()

    @property
    def on_azure(self) -> bool:
        """Whether an Azure resource sent the stream."""
        return is_on_azure(self.exchange)

    @cached_property
    def starting_after(self) -> int | None:
        """Return the sequence number after which the request resumes the stream; None for a whole stream."""
        query = dict(parse_qsl(urlsplit(self.exchange.request.url).query))
        number = query.get("starting_after", "")
        return int(number) if number.isascii() and number.isdigit() else None

    @property
    def is_whole(self) -> bool:
        """Whether the stream begins with its first event."""
        return self.starting_after is None

    @cached_property
    def sequence(self) -> tuple[Chunk, ...]:
        """Return every event whose data is a JSON object, in order."""
        return tuple(self.chunks)

    @cached_property
    def end(self) -> Chunk | None:
        """Return the first event that ends the response, if any."""
        return next((event for event in self.sequence if event_type(event) in ENDS), None)

    @cached_property
    def error_event(self) -> Chunk | None:
        """Return the first event that reports an error instead of the response, if any."""
        return next((event for event in self.sequence if event_type(event) == ERROR), None) or self.error

    @cached_property
    def items(self) -> tuple[StreamedItem, ...]:
        """Return the output items that events mention, by their index."""
        found: dict[int, StreamedItem] = {}
        for event in self.sequence:
            index = whole(event.json.get("output_index"))
            if index is not None:
                _place(event, found.setdefault(index, StreamedItem(index)))
        return tuple(found[index] for index in sorted(found))

    @property
    def final(self) -> dict[str, Any]:
        """Return the response in the event that ends the stream; empty if there is none."""
        return {} if self.end is None else members(self.end.json.get("response"))

    def final_item(self, item: StreamedItem) -> dict[str, Any]:
        """Return an item as the response at the end shows it; empty if it does not."""
        return members(dig(self.final, f"/output/{item.index}"))

    def require_end(self) -> None:
        """Raise Inconclusive if the stream was interrupted or reports an error instead of an end."""
        if self.end is not None:
            return
        if self.error_event is not None:
            raise Inconclusive("the server ended the stream with an error")
        self.require_whole()


def _place(event: Chunk, item: StreamedItem) -> None:
    """Add an event to the item that it is about."""
    kind = event_type(event)
    item.events.append(event)
    if kind == ADDED:
        item.added.append(event)
    elif kind == DONE:
        item.done.append(event)
    elif kind in PARTS:
        part = item.parts.setdefault(_part_of(PARTS[kind], event), StreamedPart())
        (part.added if kind.endswith(".added") else part.done).append(event)
    elif kind in _DELTAS or kind in _DONES:
        text_kind = _DELTAS.get(kind) or _DONES[kind]
        key: PartKey = (None, None)
        if text_kind.index is not None:
            key = _part_of(text_kind.index, event)
            item.parts.setdefault(key, StreamedPart()).inner.append(event)
        streamed = item.texts.setdefault((text_kind.prefix, key), StreamedText(text_kind))
        (streamed.deltas if kind in _DELTAS else streamed.done).append(event)


def _part_of(member: str, event: Chunk) -> PartKey:
    return ("content" if member == "content_index" else "summary"), whole(event.json.get(member))
