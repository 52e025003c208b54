"""Traffic recorded by other tools."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.recording.traffic.har import Traffic, read_har
from aoai_conformance.target.documents import choose_documents
from aoai_model.case import MultipartBody
from aoai_specs.errors import ConformanceError

DOCUMENTS = choose_documents(api_versions=["2024-10-21"])
ROOT = "https://me.openai.azure.com/openai/deployments"
CHAT_URL = f"{ROOT}/gpt/chat/completions?api-version=2024-10-21"
BODY = {"messages": [{"role": "user", "content": "Hi."}]}


def entry(
    url: str = CHAT_URL,
    *,
    method: str = "POST",
    sent: object = BODY,
    status: int = 200,
    answer: object = None,
    headers: dict[str, str] | None = None,
    answer_type: str = "application/json",
    **content: Any,
) -> dict[str, Any]:
    def listed(pairs: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in pairs.items()]

    return {
        "startedDateTime": "2026-03-01T12:00:00.000Z",
        "time": 1500,
        "timings": {"wait": 500},
        "request": {
            "method": method,
            "url": url,
            "headers": listed(
                {"Content-Type": "application/json", "api-key": "tell-no-one", **(headers or {})}
            ),
            "postData": {"mimeType": "application/json", "text": json.dumps(sent)},
        },
        "response": {
            "status": status,
            "headers": listed({"Content-Type": answer_type, "x": "tell-no-one"}),
            "content": {"text": json.dumps(answer), **content},
        },
    }


def read(tmp_path: Path, *entries: dict[str, Any]) -> Traffic:
    path = tmp_path / "t.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
    return read_har(path, DOCUMENTS)


def test_reads_a_request_to_an_operation(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, entry(answer={"a": 1})).exchanges
    assert exchange.case.operation == "ChatCompletions_Create"
    assert exchange.case.expect == "any"
    assert exchange.sent_json == BODY
    assert exchange.response is not None
    assert exchange.response.json == {"a": 1}
    assert (exchange.response.started, exchange.response.ended) == (0.5, 1.5)


def test_removes_secrets(tmp_path: Path) -> None:
    leaky = entry(
        CHAT_URL + "&subscription-key=hidden-in-url",
        answer={"echo": "tell-no-one"},
        headers={"Authorization": "Bearer token-of-mine"},
    )
    (exchange,) = read(tmp_path, leaky).exchanges
    shown = repr(exchange)
    assert "tell-no-one" not in shown
    assert "hidden-in-url" not in shown
    assert "token-of-mine" not in shown
    assert ("Authorization", "Bearer ***") in exchange.request.headers


def test_ignores_requests_to_unknown_operations(tmp_path: Path) -> None:
    traffic = read(
        tmp_path,
        entry(),
        entry("https://me.openai.azure.com/index.html"),
        entry("https://api.openai.com/v1/moderations"),
        entry(method="OPTIONS"),
    )
    assert len(traffic.exchanges) == 1
    assert traffic.left_aside == {"it matches no operation of the document": 3}


def without_text(sent: dict[str, Any], text: str) -> dict[str, Any]:
    sent["request"]["postData"]["text"] = text
    return sent


@pytest.mark.parametrize(
    ("sent", "point"),
    [
        (entry(f"{ROOT}/gpt/chat/completions"), "api-version:missing"),
        (without_text(entry(), "{"), "body:malformed-json"),
        (without_text(entry(), ""), "body:empty"),
        (without_text(entry(), "[]"), "body:not-an-object"),
    ],
)
def test_expects_the_rejection_that_the_request_itself_determines(
    tmp_path: Path, sent: dict[str, Any], point: str
) -> None:
    (exchange,) = read(tmp_path, sent).exchanges
    assert (exchange.case.origin, exchange.case.expect) == ("protocol", "reject")
    assert [each.id for each in exchange.case.points] == [point]


def test_finds_operations_behind_a_gateways_prefix(tmp_path: Path) -> None:
    (exchange,) = read(
        tmp_path, entry("http://gw/team/a/openai/deployments/x/embeddings?api-version=2024-10-21")
    ).exchanges
    assert exchange.case.operation == "embeddings_create"


def test_expects_the_rejection_of_a_request_that_violates_the_schema(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, entry(sent=BODY | {"temperature": 9})).exchanges
    assert exchange.case.expect == "reject"
    (point,) = exchange.case.points
    assert point.id == "temperature.maximum:recorded"
    assert point.clause.startswith("azure-openai@2024-10-21#/")


def test_reads_a_recorded_stream(tmp_path: Path) -> None:
    text = base64.b64encode(b'data: {"a": 1}\n\ndata: [DONE]\n\n').decode()
    streamed = entry(answer_type="text/event-stream; charset=utf-8", text=text, encoding="base64")
    (exchange,) = read(tmp_path, streamed).exchanges
    assert exchange.response is not None
    assert [event.data for event in exchange.response.events or ()] == ['{"a": 1}', "[DONE]"]


def test_reads_an_upload_whose_bytes_are_written_as_characters(tmp_path: Path) -> None:
    upload = entry(
        f"{ROOT}/w/audio/transcriptions", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    head = 'Content-Disposition: form-data; name="file"; filename="a.wav"'
    upload["request"]["postData"]["text"] = f"--b\r\n{head}\r\n\r\nRIFF\xff\x00\r\n--b--\r\n"
    (exchange,) = read(tmp_path, upload).exchanges
    assert isinstance(exchange.case.request.body, MultipartBody)
    assert exchange.form == {"file": b"RIFF\xff\x00"}


def test_a_missing_response_is_a_failure(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, entry(status=0)).exchanges
    assert exchange.failure is not None


def test_ignores_a_response_without_its_body(tmp_path: Path) -> None:
    cut = entry()
    cut["response"]["content"] = {"size": 400}
    assert read(tmp_path, cut).left_aside == {"the body of its response was not recorded": 1}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"log": 1}', '{"log": {"entries": {}}}', "[" * 100_000]
)
def test_reports_that_a_file_is_not_har(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.har"
    path.write_text(text)
    with pytest.raises(ConformanceError, match="neither a record nor a HAR"):
        read_har(path, DOCUMENTS)


@pytest.mark.parametrize(
    "broken", [{}, {"request": 1, "response": []}, {"request": {"url": "http://[", "method": 1}}]
)
def test_survives_broken_entries(tmp_path: Path, broken: dict[str, Any]) -> None:
    assert read(tmp_path, broken).exchanges == ()
