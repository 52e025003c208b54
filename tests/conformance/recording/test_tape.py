"""Records, HAR files and cassettes are read for the emulator to replay."""

from __future__ import annotations

import json

import pytest
from traffic import CHUNKS, JSON_TYPE, MESSAGES, STREAM, answer, chat_url, entry, events

from aoai_conformance.recording.tape import read_recordings
from aoai_specs.errors import ConformanceError


@pytest.fixture
def har(tmp_path):
    """Write a HAR file with entries."""

    def write(*entries):
        path = tmp_path / "traffic.har"
        path.write_text(json.dumps({"log": {"entries": entries}}), "utf-8")
        return path

    return write


def test_reads_requests_and_responses_from_a_har_file(har):
    (exchange,) = read_recordings([har(entry(chat_url()))]).exchanges
    assert (exchange.name, exchange.method, exchange.status) == ("entry 1", "POST", 200)
    assert exchange.path == "/openai/deployments/gpt-4o/chat/completions"
    assert exchange.query == (("api-version", "2024-10-21"),)
    assert json.loads(exchange.body) == MESSAGES
    assert [json.loads(piece) for piece in exchange.pieces] == [answer()]


def test_reads_the_events_of_a_stream_apart(har):
    (exchange,) = read_recordings([har(entry(chat_url(), STREAM, events(*CHUNKS)))]).exchanges
    assert len(exchange.pieces) == len(CHUNKS) + 1
    assert exchange.pieces[-1] == b"data: [DONE]\n\n"


def test_reads_requests_that_no_document_describes(har):
    (exchange,) = read_recordings(
        [har(entry("https://x.test/other%20path?a=b", None, method="GET"))]
    ).exchanges
    assert (exchange.path, exchange.query, exchange.body) == ("/other path", (("a", "b"),), b"")


def test_reads_a_cassette(tmp_path):
    interaction = {
        "request": {"method": "POST", "uri": chat_url(), "body": json.dumps(MESSAGES), "headers": JSON_TYPE},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": json.dumps(answer())},
        },
    }
    path = tmp_path / "cassette.yaml"
    path.write_text(json.dumps({"interactions": [interaction], "version": 1}), "utf-8")
    (exchange,) = read_recordings([path]).exchanges
    assert json.loads(exchange.pieces[0]) == answer()


def test_says_how_many_exchanges_cannot_be_replayed(har):
    without = {"request": entry(chat_url())["request"]}
    recording = read_recordings([har(entry(chat_url()), without)])
    assert len(recording.exchanges) == 1
    assert recording.remarks[0].endswith(": 1 exchange without a complete request and response skipped.")


def test_rejects_a_file_without_any_response(har):
    with pytest.raises(ConformanceError, match="contains no response that can be replayed"):
        read_recordings([har()])
