"""Read server-sent events from raw bytes, as section 9.2.6 of the WHATWG HTML standard defines.

Bytes are searched and split as bytes, never character by character, so that a stream of a hundred thousand
chunks costs little compared with judging it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_model.events import Event, Events

_BOM = b"\xef\xbb\xbf"
# Atomic groups: a CR LF is one line end and must never be taken for a CR line end and an empty line.
_BLOCK_END = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK_LINES = re.compile(rb"[\r\n]*")
_DIGITS = re.compile(rb"[0-9]+")
_CR = 0x0D
#: How the data of most events begins, which are a single line.
_ONE_LINE = b"data: "
_BLANK_LINE = b"\n\n"
#: Number of bytes of a recorded stream that are parsed at once.
_PIECE = 65_536


class EventReader:
    """Parses the bytes of one stream, fed in any pieces, into events.

    The events do not depend on the pieces, except for their arrival times. Comments and blocks without a data
    line produce no event, as the standard says; only the body contains them.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no block ends before this place
        self._at_start = True
        self._held_since: float | None = None  # when the lone CR that may end the buffer's only block arrived
        self._count = 0
        self._last_id: str | None = None

    def feed(self, data: bytes, arrived: float) -> list[Event]:
        """Take the next bytes and return the events that they complete.

        `arrived` is the time of the bytes, in seconds since the request was sent. An event whose blank line
        is a CR at the very end of the bytes is held until the next byte shows whether an LF follows; it keeps
        the time at which the CR arrived.
        """
        if not data:
            return []
        buffer = self._buffer
        buffer += data
        if self._at_start and not self._pass_byte_order_mark():
            return []
        events: list[Event] = []
        start = _end_of_blank_lines(buffer, 0)
        search_from = max(start, self._searched)
        held_since, self._held_since = self._held_since, None
        while match := _BLOCK_END.search(buffer, search_from):
            content_end, end = match.span()
            if end == len(buffer) and buffer[-1] == _CR:
                self._held_since = arrived if held_since is None else held_since
                search_from = content_end
                break
            raw = bytes(buffer[start:end])
            when, held_since = (arrived if held_since is None else held_since), None
            event = self._read_block(raw, raw[: content_end - start], when)
            if event is not None:
                events.append(event)
            start = search_from = _end_of_blank_lines(buffer, end)
        else:
            search_from = max(start, len(buffer) - 2)
        del buffer[:start]
        self._searched = search_from - start
        return events

    def close(self, arrived: float) -> list[Event]:
        """Note the end of the bytes and return what the buffer still contains.

        That is a held event, or the rest of a block without a blank line. The standard discards the latter;
        here it is kept as evidence, with `terminated` false. A rest that consists of comments is no event.
        """
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        held_since, self._held_since = self._held_since, None
        if held_since is not None:
            match = _BLOCK_END.search(rest)
            content = rest if match is None else rest[: match.start()]
            event = self._read_block(rest, content, held_since)
        elif any(line and not line.startswith(b":") for line in _LINE_END.split(rest)):
            event = self._read_block(rest, rest, arrived, terminated=False)
        else:
            event = None
        return [] if event is None else [event]

    def _pass_byte_order_mark(self) -> bool:
        """Skip a leading byte order mark; return False while there are too few bytes to decide."""
        head = bytes(self._buffer[:3])
        if head == _BOM:
            del self._buffer[:3]
        elif len(head) < len(_BOM) and _BOM.startswith(head):
            return False
        self._at_start = False
        return True

    def _read_block(
        self, raw: bytes, content: bytes, arrived: float, *, terminated: bool = True
    ) -> Event | None:
        """Parse one block as an event; None for a terminated block without a data line."""
        if content.startswith(_ONE_LINE) and b"\n" not in content and b"\r" not in content:
            written = content[len(_ONE_LINE) :].decode("utf-8", "replace")
            self._count += 1
            return Event(
                written, raw, arrived, terminated=terminated, id=self._last_id, index=self._count - 1
            )
        data: list[bytes] = []
        name = ""
        retry: int | None = None
        for line in _lines(content):
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"data":
                data.append(value)
            elif field == b"event":
                name = value.decode("utf-8", "replace")
            elif field == b"id":
                if b"\0" not in value:
                    self._last_id = value.decode("utf-8", "replace")
            elif field == b"retry" and _DIGITS.fullmatch(value):
                retry = int(value[:18])
        if terminated and not data:
            return None
        event = Event(
            index=self._count,
            data=b"\n".join(data).decode("utf-8", "replace"),
            raw=raw,
            arrived=arrived,
            name=name,
            id=self._last_id,
            retry=retry,
            terminated=terminated,
        )
        self._count += 1
        return event


def read_events(body: bytes, arrived: float = 0.0) -> Events:
    """Return the events of a complete stream recorded without arrival times; all get the time `arrived`."""
    return _read_lines(body, arrived) or Events(body, _events_in(body, arrived))


def _read_lines(body: bytes, arrived: float) -> Events | None:
    """Return the events of a stream if each is one line of data; else None."""
    events, start = Events(body), 0
    if b"\r" in body or type(arrived) is not float:
        return None
    while (end := body.find(b"\n", start)) >= 0:
        if not (body.startswith(_ONE_LINE, start) and body.startswith(_BLANK_LINE, end)):
            return None
        events.add_line(start, end + len(_BLANK_LINE), arrived)
        start = end + len(_BLANK_LINE)
    return events if start == len(body) else None


def _events_in(body: bytes, arrived: float) -> Iterator[Event]:
    reader = EventReader()
    for start in range(0, len(body), _PIECE):
        yield from reader.feed(body[start : start + _PIECE], arrived)
    yield from reader.close(arrived)


def _lines(content: bytes) -> list[bytes]:
    return _LINE_END.split(content) if b"\r" in content else content.split(b"\n")


def _end_of_blank_lines(buffer: bytearray, start: int) -> int:
    match = _BLANK_LINES.match(buffer, start)
    return start if match is None else match.end()
