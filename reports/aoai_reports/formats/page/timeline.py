"""When the events of a stream arrived, and how its text grew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from aoai_model.exchange import Event, Response
from aoai_reports.formats.legible import visible

#: How many events of a stream are on the time axis.
MOST_EVENTS: Final = 600
#: How many characters of the text are shown.
LONGEST_TEXT: Final = 6000
#: Larger events are not parsed.
_LARGEST_EVENT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of a stream on a time axis, in milliseconds since the request was sent.

    `events` has the arrival of each event and the text that it adds; the first one is event number `first`.
    `count` is the number of all events, `at_fault` that of the faulty one. `started` is the arrival of the
    status line and headers. `text_cut` is true if the text goes on.
    """

    started: float
    ended: float
    count: int
    events: tuple[tuple[float, str], ...]
    first: int = 0
    at_fault: int | None = None
    incomplete: bool = False
    text_cut: bool = False


def timeline_of(response: Response, chunk: int | None) -> Timeline | None:
    """The time axis of a stream, around the faulty event if it is long; None without events."""
    events = response.events or ()
    if not events:
        return None
    fault = chunk if chunk is not None and chunk < len(events) else None
    first = 0
    if len(events) > MOST_EVENTS and fault is not None:
        first = min(max(0, fault - MOST_EVENTS // 2), len(events) - MOST_EVENTS)
    room = LONGEST_TEXT
    shown: list[tuple[float, str]] = []
    cut = False
    for event in events[first : first + MOST_EVENTS]:
        text = visible(added_text(event), lines=True)
        cut = cut or len(text) > room
        shown.append((_milliseconds(event.arrived), text[:room]))
        room -= len(text[:room])
    return Timeline(
        started=_milliseconds(response.started),
        ended=_milliseconds(max(response.ended, events[-1].arrived)),
        count=len(events),
        events=tuple(shown),
        first=first,
        at_fault=fault,
        incomplete=not response.complete,
        text_cut=cut,
    )


def added_text(event: Event) -> str:
    """The text that an event of a stream adds to the message, its refusal or the arguments of a call."""
    if len(event.data) > _LARGEST_EVENT:
        return ""
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    if isinstance(data.get("delta"), str):
        return str(data["delta"])
    choices = data.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return "".join(_texts(first)) if isinstance(first, dict) else ""


def _texts(choice: dict[str, Any]) -> list[str]:
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        return [choice["text"]] if isinstance(choice.get("text"), str) else []
    texts = [delta[name] for name in ("content", "refusal") if isinstance(delta.get(name), str)]
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            texts.append(function["arguments"])
    return texts


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
