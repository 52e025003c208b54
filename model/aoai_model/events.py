"""Server-sent events, one by one and as the events of a stream."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, overload

from aoai_model.serialization import Decoder, Serializable, bytes_from_json

#: How most events begin and end in the bytes of a stream.
_START, _END = b"data: ", b"\n\n"
#: At most this many bytes of comments and blank lines are skipped to find the next event.
_LONGEST_GAP = 4096


@dataclass(frozen=True, slots=True)
class Event(Serializable):
    """One server-sent event.

    `data` is the joined data lines, `raw` the bytes from the first line to the blank line that ends the
    event, `arrived` the seconds from sending the request to the arrival of the last byte, `index` the
    position in the stream. `terminated` is false for a last event that the end of the stream cut off before
    its blank line. The WHATWG rules discard such an event: it is evidence, not data.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"raw": bytes_from_json}
    unwritten: ClassVar[frozenset[str]] = frozenset({"index"})

    data: str
    raw: bytes
    arrived: float
    terminated: bool = True
    name: str = ""
    id: str | None = None
    retry: int | None = None
    index: int = 0


class Events(Sequence[Event]):
    """The events of a stream, made when they are looked at.

    An event that is one line of data takes 24 bytes: its place in the body, and its time. All others are kept
    as they are.
    """

    __slots__ = ("_arrived", "_body", "_ends", "_kept", "_next", "_starts")

    def __init__(self, body: bytes, events: Iterable[Event] = ()) -> None:
        self._body = body
        self._starts, self._ends, self._arrived = array("Q"), array("Q"), array("d")
        self._kept: dict[int, Event] = {}
        self._next = 0
        for index, event in enumerate(events):
            self._append(index, event)

    @classmethod
    def of(cls, body: bytes, events: Sequence[Event]) -> Events:
        """Return events of a body as they are here; themselves if they are already."""
        return events if isinstance(events, Events) else cls(body, events)

    @classmethod
    def from_json(cls, body: bytes, values: Iterable[Mapping[str, Any]]) -> Self:
        """Decode the events of a record and number them. Raises ValueError for invalid bytes."""
        made = cls(body)
        for index, value in enumerate(values):
            raw = bytes_from_json(value["raw"])
            if not made._add_usual(raw, value):
                made._append(index, Event(**{**value, "raw": raw, "index": index}))
        return made

    def add_line(self, start: int, end: int, arrived: float) -> None:
        """Add an event that is one line of data and a blank line, by its place in the body."""
        self._starts.append(start)
        self._ends.append(end)
        self._arrived.append(arrived)

    def data(self, index: int) -> str:
        """Return the data of one event."""
        kept = self._kept.get(index)
        if kept is not None:
            return kept.data
        return self._data(self._starts[index], self._ends[index])

    def name(self, index: int) -> str:
        """Return the name of one event; empty if it has none."""
        kept = self._kept.get(index)
        return "" if kept is None else kept.name

    def arrived(self, index: int) -> float:
        """Return the arrival time of one event."""
        return self._arrived[index]

    def is_terminated(self, index: int) -> bool:
        """Whether one event is followed by a blank line."""
        kept = self._kept.get(index)
        return kept is None or kept.terminated

    def unusual(self) -> Iterator[Event]:
        """Yield, in order, every event that is more or less than one line of data and a blank line."""
        return iter(self._kept.values())

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Event, ...]: ...
    def __getitem__(self, index: int | slice) -> Event | tuple[Event, ...]:
        places = range(len(self))
        return (
            tuple(map(self._event, places[index])) if isinstance(index, slice) else self._event(places[index])
        )

    def __iter__(self) -> Iterator[Event]:
        return map(self._event, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _event(self, index: int) -> Event:
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        start, end = self._starts[index], self._ends[index]
        return Event(self._data(start, end), self._body[start:end], self._arrived[index], index=index)

    def _data(self, start: int, end: int) -> str:
        return self._body[start + len(_START) : end - len(_END)].decode("utf-8", "replace")

    def _append(self, index: int, event: Event) -> None:
        start = self._place(event.raw)
        self.add_line(max(start, 0), self._next, event.arrived)
        if start < 0 or not self._is_usual(index, event):
            self._kept[index] = event

    def _is_usual(self, index: int, event: Event) -> bool:
        """Whether an event is what is made of its place and its time."""
        framed = event.raw.startswith(_START) and event.raw.endswith(_END)
        return framed and type(event.arrived) is float and event == self._event(index)

    def _add_usual(self, raw: bytes, value: Mapping[str, Any]) -> bool:
        """Add a decoded event that is one line of data; return whether it is."""
        written = value["raw"].get("text")
        if written is None or written != f"data: {value['data']}\n\n" or type(value["arrived"]) is not float:
            return False
        if value.get("name") or not value.get("terminated", True):
            return False
        if value.get("id") is not None or value.get("retry") is not None:
            return False
        start = self._place(raw)
        if start < 0:
            return False
        self.add_line(start, self._next, value["arrived"])
        return True

    def _place(self, raw: bytes) -> int:
        """Return the place of the next event in the body, -1 if it is not there; go on behind it."""
        start = self._body.find(raw, self._next, self._next + len(raw) + _LONGEST_GAP) if raw else -1
        if start >= 0:
            self._next = start + len(raw)
        return start
