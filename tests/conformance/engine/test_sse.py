"""The event reader, against the WHATWG rules and every split of its bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aoai_conformance.engine.sse import EventReader, read_events
from aoai_model.exchange import Event


def data_of(body: bytes) -> list[str]:
    return [event.data for event in read_events(body)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_reads_each_line_end(end: bytes) -> None:
    body = end.join([b"data: a", b"", b"data: b", b"data: c", b"", b""])
    assert data_of(body) == ["a", "b\nc"]


def test_reads_cr_lf_as_one_line_end() -> None:
    assert data_of(b"data: a\r\ndata: b\r\n\r\n") == ["a\nb"]


def test_reads_mixed_line_ends() -> None:
    assert data_of(b"data: a\n\rdata: b\r\ndata: c\r\r\ndata: d\r\n\n") == ["a", "b\nc", "d"]


def test_strips_one_space_after_the_colon_and_no_more() -> None:
    assert data_of(b"data:  a\n\ndata:b\n\ndata:\tc\n\n") == [" a", "b", "\tc"]


def test_ignores_comments_and_unknown_fields() -> None:
    assert data_of(b": hello\ndata: a\nnonsense\nfoo: bar\n:\n\n") == ["a"]


def test_dispatches_no_event_for_a_block_without_data() -> None:
    assert data_of(b": ping\n\nevent: ping\n\nid: 4\n\ndata: a\n\n") == ["a"]


def test_keeps_an_id_for_later_events_and_resets_name_and_retry() -> None:
    first, second = read_events(b"id: 7\nevent: delta\nretry: 250\ndata: a\n\ndata: b\n\n")
    assert (first.id, first.name, first.retry) == ("7", "delta", 250)
    assert (second.id, second.name, second.retry) == ("7", "", None)


def test_ignores_an_id_with_nul_and_a_retry_that_is_no_number() -> None:
    (event,) = read_events(b"id: a\0b\nretry: soon\ndata: a\n\n")
    assert (event.id, event.retry) == (None, None)


def test_dispatches_an_empty_data_line() -> None:
    assert data_of(b"data\n\ndata:\ndata:\n\n") == ["", "\n"]


def test_drops_one_byte_order_mark_at_the_start_only() -> None:
    assert data_of(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\ndata: c\n\n") == ["a", "c"]


def test_replaces_broken_utf8_and_keeps_the_bytes() -> None:
    (event,) = read_events(b"data: \xff\xc3\xa9\n\n")
    assert event.data == "\N{REPLACEMENT CHARACTER}é"
    assert event.raw == b"data: \xff\xc3\xa9\n\n"


def test_keeps_the_raw_bytes_from_first_line_to_blank_line() -> None:
    raws = [event.raw for event in read_events(b"\n: x\ndata: a\r\n\r\n\n\ndata: b\n\n")]
    assert raws == [b": x\ndata: a\r\n\r\n", b"data: b\n\n"]


@pytest.mark.parametrize("rest", [b"data: [DONE]", b"data: [DONE]\n", b"data: [DONE]\r\n", b"data: [DONE]\r"])
def test_keeps_an_unterminated_remainder_as_evidence(rest: bytes) -> None:
    whole, last = read_events(b"data: a\n\n" + rest)
    assert whole.terminated
    assert (last.data, last.raw, last.terminated, last.index) == ("[DONE]", rest, False, 1)


@pytest.mark.parametrize("rest", [b"", b": bye", b": bye\n", b"\r\n\r", b":\n: x"])
def test_dispatches_no_event_for_an_empty_remainder(rest: bytes) -> None:
    assert data_of(b"data: a\n\n" + rest) == ["a"]


def test_gives_an_event_the_time_of_its_last_byte() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\n", 1.0) == []
    (event,) = reader.feed(b"\ndata: b", 2.0)
    assert event.arrived == 2.0
    (event,) = reader.feed(b"\r\n\r\n", 3.0)
    assert event.arrived == 3.0


def test_gives_an_event_delayed_for_its_line_feed_the_time_of_its_carriage_return() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\r\r", 1.0) == []
    (event,) = reader.feed(b"data: b\r\r", 2.0)
    assert (event.arrived, event.raw) == (1.0, b"data: a\r\r")
    (event,) = reader.close(3.0)
    assert (event.arrived, event.raw, event.terminated) == (2.0, b"data: b\r\r", True)


def test_waits_for_the_line_feed_of_a_split_blank_line() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\r\n\r", 1.0) == []
    (event,) = reader.feed(b"\ndata: b\r\n\r\n", 2.0)[:1]
    assert event.raw == b"data: a\r\n\r\n"


def timeless(events: list[Event]) -> list[tuple[object, ...]]:
    return [(e.index, e.data, e.raw, e.name, e.id, e.retry, e.terminated) for e in events]


fields = [b"data: x", b"data:", b"data", b": c", b"id: 1", b"event: e", b"retry: 3", b'{"a": 1}', b":", b" "]
line_ends = [b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n"]
odd_bytes = [b"\xef\xbb\xbf", b"\xc3", b"\xa9", b"\0"]
pieces_of_streams = st.sampled_from(fields + line_ends + odd_bytes)
streams = st.lists(pieces_of_streams, max_size=24).map(b"".join)


@given(streams, st.data())
def test_any_split_of_the_bytes_gives_the_same_events(body: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=12)))
    reader = EventReader()
    events: list[Event] = []
    for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        events += reader.feed(body[begin:end], 0.0)
    events += reader.close(0.0)
    assert timeless(events) == timeless(list(read_events(body)))


@given(streams)
def test_single_bytes_give_the_same_events(body: bytes) -> None:
    reader = EventReader()
    events = [event for byte in body for event in reader.feed(bytes([byte]), 0.0)]
    events += reader.close(0.0)
    assert timeless(events) == timeless(list(read_events(body)))


@given(streams)
def test_agrees_with_a_reading_line_by_line(body: bytes) -> None:
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    expected: list[str] = []
    block: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in lines[:-1]:
        if line == "":
            if block:
                expected.append("\n".join(block))
            block = []
        elif line.partition(":")[0] == "data":
            block.append(line.partition(":")[2].removeprefix(" "))
    assert [event.data for event in read_events(body) if event.terminated] == expected


def test_a_large_event_in_small_pieces_takes_steps_in_proportion(count_calls: Any) -> None:
    reader = EventReader()
    with count_calls() as work:
        reader.feed(b"data: ", 0.0)
        for _ in range(20_000):
            reader.feed(b"x" * 100, 0.0)
        (event,) = reader.feed(b"\n\n", 0.0)
    assert len(event.data) == 2_000_000
    assert work.calls < 400_000
