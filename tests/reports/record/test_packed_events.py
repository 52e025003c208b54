"""The events of a long line are found in it, and are those that parsing the whole line gives."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aoai_model.exchange import Event, Response
from aoai_reports.record import long_lines, packed_events
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.long_lines import long_line
from aoai_reports.record.packed_events import unpack_events
from aoai_reports.record.parsing import _parse, parse_line
from aoai_reports.record.writer import line_bytes

DATA = (
    '{"a":"b"}',
    '{"c":"é\\n\\\\好\U0001f600"}',
    "[DONE]",
    "",
    "x\\",
    "\t\x07",
    "data: ",
    '", "raw"',
    "a b ",
)


@pytest.fixture(autouse=True)
def _even_short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_events, "_SHORTEST", 0)


def line(*data: str, body: str | None = None, escaped: bool = False, **more: Any) -> bytes:
    raws = [f"data: {each}\n\n".encode() for each in data]
    events = [Event(each, raw, 0.5 + at) for at, (each, raw) in enumerate(zip(data, raws, strict=True))]
    whole = b"".join(raws) if body is None else body.encode()
    response = Response(200, (), whole, tuple(events), 0.1, 2.0).to_json()
    written = {"type": "exchange", "response": {**response, **more}, "curl": '"}, "events": ['}
    return json.dumps(written, ensure_ascii=escaped).encode()


def response_of(data: dict[str, Any]) -> Response:
    return Response.from_json(data["response"])


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("data", [*((each,) for each in DATA), DATA, DATA[:4], DATA[::-1]])
def test_the_events_are_those_of_the_parsed_line(data: tuple[str, ...], *, escaped: bool) -> None:
    raw = line(*data, escaped=escaped)
    expected, parsed = response_of(_parse(raw)), parse_line(raw)
    if parsed.events is not None:
        assert (parsed.body, parsed.events) == (expected.body, expected.stream_events)
        assert tuple(parsed.events.unusual()) == ()
        assert parsed.data["response"] == {**_parse(raw)["response"], "body": {"text": ""}, "events": []}
    else:
        assert parsed.data == _parse(raw)


def test_usual_events_are_found() -> None:
    assert unpack_events(line(*DATA[:4])) is not None


UNUSUAL = (
    line("a", "b", body="data: a\n\n: wait\n\ndata: b\n\n"),
    line("a", body="data: a\n\ndata: b"),
    line("a\n\nb", "c"),
    line("a\nb"),
    line("a", events=[{**Event("a", b"data: a\n\n", 1.0).to_json(), "name": "x"}]),
    line("a", events=[{**Event("a", b"data: a\n\n", 1.0).to_json(), "arrived": 1}]),
    line("a", events=[{**Event("a", b"data: a\n\n", 1.0).to_json(), "arrived": 1e11}]),
    line("a", events=[Event("b", b"data: a\n\n", 1.0).to_json()]),
    line("a", events=[]),
    line("a", events=None),
    line("a", extra={"events": []}),
    line("\ud83d".encode("utf-8", "replace").decode()).replace(b"?", b"\\ud83d"),
    line("a")[:-40],
    line('{"a":"b"}').replace(b"\\", b""),
)


@pytest.mark.parametrize("raw", UNUSUAL)
def test_any_other_line_is_parsed_as_a_whole(raw: bytes) -> None:
    try:
        expected = _parse(raw)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)[:20].replace("(", ".")):
            parse_line(raw)
        return
    parsed = parse_line(raw)
    if parsed.events is not None:
        assert parsed.events == response_of(expected).stream_events
    else:
        assert parsed.data == expected


def test_a_long_line_is_written_as_a_short_one(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    response = response_of(_parse(line(*((*DATA[:4], *DATA[6:]) * 5))))
    read: ExchangeLine = replace(build.exchange(), response=response)
    whole = line_bytes(read)
    monkeypatch.setattr(long_lines, "_MANY", 3)
    monkeypatch.setattr(long_lines, "_PIECE", 5)
    assert long_line(read) == line_bytes(read) == whole
    assert long_line(replace(read, response=replace(response, body=b"\xff"))) is None
    assert long_line(replace(read, response=replace(response, started=-1.0))) is None
