"""Readers of recordings raise only ConformanceError, whatever they read."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutating import ANYTHING, broken, twisted

from aoai_conformance.engine.pacing import requested_wait
from aoai_conformance.engine.sse import EventReader, read_events
from aoai_conformance.formats.multipart import parse_multipart
from aoai_conformance.recording.curl import curl_line
from aoai_conformance.recording.recorded import exchange_of
from aoai_conformance.recording.traffic.har import read_har
from aoai_conformance.redaction.secret_names import masked_url
from aoai_conformance.target.documents import choose_documents
from aoai_model.exchange import Request
from aoai_reports.record.reader import read_record
from aoai_specs.errors import ConformanceError

DOCUMENTS = choose_documents(api_versions=["2024-10-21"])
fuzzing = settings.get_profile("fuzzing")


def har_file(folder: Path, *entries: Any) -> Path:
    path = folder / "t.har"
    path.write_text(json.dumps({"log": {"entries": entries}}))
    return path


@given(data=st.data())
@settings(fuzzing)
def test_every_entry_of_a_har_file_is_read_or_ignored(
    data: st.DataObject, entry: Any, tmp_path: Path
) -> None:
    made = data.draw(broken(entry) | ANYTHING)
    traffic = read_har(har_file(tmp_path, entry, made), DOCUMENTS)
    assert len(traffic.exchanges) + sum(traffic.left_aside.values()) == 2
    assert "key-of-mine" not in repr([each.request.headers for each in traffic.exchanges])
    for exchange in traffic.exchanges:
        curl_line(exchange.request)


@given(content=st.binary() | st.recursive(ANYTHING, st.lists).map(lambda each: json.dumps(each).encode()))
@settings(fuzzing)
def test_any_malformed_har_file_is_reported_in_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.har"
    path.write_bytes(content)
    with suppress(ConformanceError):
        read_har(path, DOCUMENTS)


@given(data=st.data())
@settings(fuzzing)
def test_a_broken_record_is_read_or_rejected_in_one_sentence(
    data: st.DataObject, record_lines: list[Any], tmp_path: Path
) -> None:
    number = data.draw(st.integers(0, len(record_lines) - 1))
    lines = [*record_lines]
    lines[number] = data.draw(twisted(record_lines[number]) | broken(record_lines[number]))
    path = tmp_path / "record.ndjson"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with suppress(ConformanceError):
        for line in read_record(path).exchanges:
            exchange_of(line)


@given(st.lists(st.binary()), st.integers(0, 3))
def test_a_stream_gives_the_same_events_however_it_is_split(pieces: list[bytes], mark: int) -> None:
    pieces = [b"\xef\xbb\xbf"[:mark], *pieces]
    reader = EventReader()
    events = [event for piece in pieces for event in reader.feed(piece, 0.0)] + reader.close(0.0)
    assert tuple(events) == read_events(b"".join(pieces))


FIELDS = st.sampled_from(
    [b"data: ", b"data:", b"id: ", b"retry: ", b"event: ", b": ", b"\0", b"\r", b"\n", b"\r\n"]
)


@given(st.lists(FIELDS | st.binary(max_size=3) | st.just(b"9" * 5000)).map(b"".join))
def test_a_stream_of_fields_is_read_to_its_end(body: bytes) -> None:
    for event in read_events(body):
        assert event.raw in body.removeprefix(b"\xef\xbb\xbf")


@given(
    st.text()
    | st.from_regex(r"-?\d{1,400}(\.\d+)?", fullmatch=True)
    | st.sampled_from(
        ["Mon, 01 Jan 0001 00:00:00 +1400", "Fri, 31 Dec 9999 23:59:59 -1400", "1 Jan 99999999999 0:0:0"]
    )
)
@pytest.mark.parametrize("name", ["Retry-After", "retry-after-ms", "x-ratelimit-reset-requests"])
def test_any_requested_delay_is_a_number_or_none(name: str, value: str) -> None:
    asked = requested_wait(((name, value),), datetime(2026, 1, 1, tzinfo=UTC))
    assert asked is None or asked > 0


@given(st.binary(), st.text())
def test_any_multipart_body_is_read_or_none(body: bytes, content_type: str) -> None:
    parse_multipart(body, content_type)
    parse_multipart(b"--b\r\n" + body + b"\r\n--b--", f"multipart/form-data; boundary=b{content_type}")


@given(st.text() | st.text().map("http://{}".format))
def test_any_url_can_be_masked_and_written_as_a_curl_line(url: str) -> None:
    curl_line(Request(url, masked_url(url), ((url, url),), url.encode("utf-8", "replace")))
