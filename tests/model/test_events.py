"""The events of a stream are made when they are looked at, and are those that it was made of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aoai_conformance.engine.sse import EventReader, read_events
from aoai_model.events import Event, Events
from aoai_model.exchange import Response

BODIES = (
    b"",
    b"\n\n",
    b"data: a\n\n",
    b"data: a\n\ndata: b\n\ndata: [DONE]\n\n",
    b"data: a\n\n\ndata: b\n\n",
    b"data: a\n\ndata: b\n",
    b"data: a\n\ndata: b",
    b"data: a\n\n\n",
    b"data:a\n\ndata: \n\n",
    b"data: a\ndata: b\n\ndata: c\n\n",
    b": note\n\ndata: a\n\n: note\n\n: note\n\ndata: b\n\n",
    b"event: x\ndata: a\n\nid: 7\ndata: b\n\ndata: c\n\nretry: 5\ndata: d\n\n",
    b"data: a\r\n\r\ndata: b\r\rdata: c\n\n",
    b"data: a\rb\n\n",
    b"\xef\xbb\xbfdata: a\n\ndata: b\n\n",
    b"data: \xff\xc3\n\ndata: \xc3\xa9\n\n",
    b"odd\n\ndata: a\n\n",
    b"data: a\n\ndata: a\n\ndata: a\n\n",
)


def one_by_one(body: bytes, arrived: float) -> tuple[Event, ...]:
    reader = EventReader()
    return (*reader.feed(body, arrived), *reader.close(arrived))


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("arrived", [0.25, 1])
def test_a_recorded_stream_has_the_events_that_its_bytes_have(body: bytes, arrived: float) -> None:
    events, expected = read_events(body, arrived), one_by_one(body, arrived)
    assert events == expected
    assert expected == tuple(events)
    assert [events.data(at) for at in range(len(events))] == [each.data for each in expected]
    assert [events.is_terminated(at) for at in range(len(events))] == [each.terminated for each in expected]
    assert [events.name(at) for at in range(len(events))] == [each.name for each in expected]
    assert (events[1:3], events[::-1]) == (expected[1:3], expected[::-1])


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("arrived", [0.25, 1])
def test_events_in_a_record_are_written_as_they_were_read(body: bytes, arrived: float) -> None:
    response = Response(200, (), body, one_by_one(body, arrived))
    written = json.dumps(response.to_json())
    restored = Response.from_json(json.loads(written))
    assert restored == response
    assert json.dumps(restored.to_json()) == written


@pytest.mark.parametrize(
    "change",
    [{"data": "other"}, {"raw": {"text": "data: b\n\n"}}, {"name": "x"}, {"id": "7"}, {"terminated": False}],
)
def test_an_event_that_is_not_in_the_body_is_kept(change: dict[str, Any]) -> None:
    value = {"data": "a", "raw": {"text": "data: a\n\n"}, "arrived": 0.5, "terminated": True, "name": ""}
    (event,) = Events.from_json(b"data: a\n\n", [{**value, "id": None, "retry": None, **change}])
    assert {**event.to_json(), "retry": None} == {**value, "id": None, "retry": None, **change}


def test_events_that_are_one_line_of_data_are_not_kept() -> None:
    body = b"data: a\n\ndata: b\n\nevent: x\ndata: c\n\n"
    assert [each.name for each in Events(body, one_by_one(body, 0.5)).unusual()] == ["x"]
