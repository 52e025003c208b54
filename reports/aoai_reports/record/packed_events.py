"""The events in a long line of a record, found in it without parsing each of them.

A line has every byte of a stream three times: in the body, and in the data and the raw text of its event.
Where all events are one line of data each, the body and the places of the events in it are enough.
"""

from __future__ import annotations

import json
import re
from io import BytesIO

from aoai_model.events import Events

#: Shorter lines are parsed as a whole.
_SHORTEST = 32 * 1024
#: Between the body of a response and its events; within a string, the quotes would be escaped.
_BETWEEN = b'"}, "events": ['
_BODY = b'"body": {"text": "'
#: How an event of one line starts and ends in the text of the body, as JSON writes it.
_START, _STOP = b"data: ", b"\\n\\n"
_EVENT = b'{"data": "%b", "raw": {"text": "data: %b\\n\\n"}, "arrived": '
#: The rest of an event, and the start of the next one or the end of the list.
_REST = re.compile(
    rb'([0-9]{1,9}\.[0-9]+), "terminated": true, "name": "", "id": null, "retry": null\}(?:, (?=\{)|(\]))'
)
_END = b"\n\n"
#: The body is decoded in pieces of about this size.
_PIECE = 1024 * 1024


def unpack_events(raw: bytes) -> tuple[bytes, bytes, Events] | None:
    """Return a line without the events and the body of its response, this body, and these events.

    None if the line is short, or any of its events is more or less than one line of data.
    """
    between = raw.find(_BETWEEN) if len(raw) >= _SHORTEST else -1
    begin = raw.rfind(_BODY, 0, between) if between >= 0 else -1
    if begin < 0:
        return None
    begin += len(_BODY)
    at, place, cut = between + len(_BETWEEN), begin, begin
    arrived: list[float] = []
    body = BytesIO()  # returns its content without a copy
    while True:
        stop = raw.find(_STOP + _START, place, between)
        if stop < 0:
            stop = between - len(_STOP)
        data = raw[place + len(_START) : stop]
        event = _EVENT % (data, data)
        if data.endswith(b"\\") or not (raw.startswith(_START, place) and raw.startswith(event, at)):
            return None
        rest = _REST.match(raw, at + len(event))
        if rest is None:
            return None
        at = rest.end()
        place = stop + len(_STOP)
        arrived.append(float(rest[1]))
        is_last = rest[2] is not None
        if is_last or place - cut > _PIECE:
            body.write(_decoded(raw[cut:place]))
            cut = place
        if is_last:
            break
    if place != between or raw.find(b'"events"', at) >= 0:
        return None
    others = raw[:begin] + raw[between : between + len(_BETWEEN)] + raw[at - 1 :]
    whole = body.getvalue()
    events = _events(whole, arrived)
    return None if events is None else (others, whole, events)


def _decoded(written: bytes) -> bytes:
    text: str = json.loads(b'"%b"' % written)
    return text.encode()


def _events(body: bytes, arrived: list[float]) -> Events | None:
    """Return the events of a body by their times; None unless each ends at the next blank line."""
    events = Events(body)
    start = 0
    for time in arrived:
        end = body.find(_END, start) + len(_END)
        if end < start + len(_END):
            return None
        events.add_line(start, end, time)
        start = end
    return events if start == len(body) else None
