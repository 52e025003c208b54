"""Missing parts of a recording are not judged; versions without a document are reply."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from traffic import CHUNKS, STREAM, VERSIONS, answer, chat_url, entry, events, judged, url, write_har

from aoai_conformance.cli import main
from aoai_reports.record.reader import read_record


def unrecorded(**request: Any) -> dict[str, Any]:
    return entry(sent=None, **request)


@pytest.mark.parametrize(
    "made",
    [
        unrecorded(bodySize=-1),
        unrecorded(bodySize=400),
        unrecorded(request_headers={"Content-Length": "400"}),
        unrecorded(request_headers={"content-length": "400"}, bodySize=0),
        unrecorded(postData={"mimeType": "application/json"}),
        unrecorded(postData={"mimeType": "application/json", "text": ""}, bodySize=400),
        unrecorded(postData={"text": '{"messages": [{"role": "user", "con'}, bodySize=4000),
        unrecorded(postData={"text": "[omitted]"}, request_headers={"Content-Length": "4000"}),
    ],
)
def test_nothing_is_concluded_from_a_body_that_was_not_recorded(tmp_path: Path, made: dict[str, Any]) -> None:
    found = judged(tmp_path, made)
    assert found.at("must", "should") == []
    assert "1 request without a recorded body" in found.traffic.remarks[0]
    (asked,) = found.of("SSE-002")
    assert (asked.outcome, asked.note) == ("inconclusive", "The body of the request was not recorded.")


def test_the_response_to_a_body_that_was_not_recorded_is_judged(tmp_path: Path) -> None:
    reply = answer()
    reply["choices"][0]["finish_reason"] = "tired"
    found = judged(tmp_path, entry(sent=None, got=reply))
    assert found.alarms == ["SCHEMA-001"]


def test_a_stream_without_a_recorded_request_has_no_violations(tmp_path: Path) -> None:
    assert judged(tmp_path, entry(sent=None, got=events(*CHUNKS))).alarms == []


@pytest.mark.parametrize(
    "made",
    [
        unrecorded(bodySize=0),
        unrecorded(request_headers={"Content-Length": "0"}),
        unrecorded(postData={"text": ""}),
    ],
)
def test_a_body_that_was_not_sent_is_still_required(tmp_path: Path, made: dict[str, Any]) -> None:
    assert "BODY-003" in judged(tmp_path, made).alarms


def test_a_record_notes_that_a_body_was_not_recorded(tmp_path: Path) -> None:
    har = write_har(tmp_path / "t.har", unrecorded())
    first, again = tmp_path / "a", tmp_path / "b"
    assert run(har, "--out", str(first)).exit_code == 0
    assert run(first, "--out", str(again)).exit_code == 0
    one, other = (read_record(each / "record.ndjson") for each in (first, again))
    assert [line.verdicts for line in one.exchanges] == [line.verdicts for line in other.exchanges]
    assert one.exchanges[0].request.body_missing


@pytest.mark.parametrize("content", [{"size": 900}, {"size": 900, "text": ""}, {}, {"size": 0}])
def test_a_response_that_was_not_recorded_is_ignored(tmp_path: Path, content: dict[str, Any]) -> None:
    made = entry()
    made["response"]["content"] = content
    assert judged(tmp_path, made).traffic.left_aside == {"the body of its response was not recorded": 1}


def run(file: Path, *options: str) -> Any:
    return CliRunner().invoke(main, ["judge", str(file), *options])


@pytest.mark.parametrize("version", ["2024-08-01-preview", "2025-04-01-preview", "2099-01-01"])
def test_a_version_without_a_document_is_reported_and_not_judged(tmp_path: Path, version: str) -> None:
    reply = answer()
    del reply["choices"][0]["finish_reason"]
    result = run(write_har(tmp_path / "t.har", entry(chat_url(version), got=reply)))
    assert result.exit_code == 3
    assert f"api-version {version}" in result.output
    assert "--spec" in result.output
    assert "finish_reason" not in result.output


def test_a_version_without_its_document_selected_explains_how_to_select_it(tmp_path: Path) -> None:
    har = write_har(tmp_path / "t.har", entry(chat_url("2024-06-01")))
    result = run(har, "--api-version", "2024-10-21")
    assert result.exit_code == 3
    assert "add --api-version 2024-06-01" in result.output


def test_other_entries_are_judged_beside_a_version_without_a_document(tmp_path: Path) -> None:
    har = write_har(tmp_path / "t.har", entry(chat_url("2024-08-01-preview")), entry())
    result = run(har, "--out", str(tmp_path / "out"))
    assert result.exit_code == 0
    record = read_record(tmp_path / "out" / "record.ndjson")
    assert len(record.exchanges) == 1
    assert "2024-08-01-preview" in str(record.header.options["remarks"])
    for name in ("report.html", "summary.md"):
        assert "2024-08-01-preview" in (tmp_path / "out" / name).read_text()


def test_an_operation_of_another_version_is_not_an_operation_of_this_one(tmp_path: Path) -> None:
    found = judged(tmp_path, entry(url("batches", "2024-06-01"), method="GET", sent=None))
    assert found.traffic.left_aside == {"it matches no operation of the document": 1}


@pytest.mark.parametrize(
    ("sent", "level"),
    [
        ({"input": [1, 2, 3]}, "may"),
        ({"input": [[1, 2], [3]]}, "may"),
        ({"input": None}, "may"),
        ({"input": "a", "dimensions": None}, "should"),
        ({"input": [1.5, 2]}, "must"),
        ({"input": [[1, 2]], "encoding_format": "int4"}, "must"),
        ({"input": {"a": 1}}, "must"),
    ],
)
def test_known_disagreements_have_the_same_weight_as_in_plans(
    tmp_path: Path, sent: dict[str, Any], level: str
) -> None:
    vector = {"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}
    reply = {
        "object": "list",
        "model": "m",
        "data": [vector],
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }
    for version in ("2024-10-21", "2025-01-01-preview"):
        found = judged(tmp_path, entry(url("deployments/e/embeddings", version), sent, reply))
        levels = {violation.level for verdict in found.of("BOUNDARY-001") for violation in verdict.violations}
        assert levels <= {level}
        assert levels or sent.get("input") is None or "dimensions" in sent


RESPONSES = "https://r.openai.azure.com/openai/v1/responses"


@pytest.mark.parametrize(
    ("sent", "level"),
    [
        ({"tools": [{"type": "tool_search"}]}, "should"),
        ({"input": [{"type": "web_search_call", "status": "completed"}]}, "should"),
        ({"input": [{"type": "reasoning", "summary": [], "status": "thinking"}]}, "should"),
        ({"temperature": 3}, "must"),
    ],
)
def test_what_may_come_without_a_new_version_is_a_should_on_v1(
    tmp_path: Path, sent: dict[str, Any], level: str
) -> None:
    made = entry(RESPONSES, {"model": "gpt-5", "input": "Hi.", **sent}, {"id": "resp_1"})
    found = judged(tmp_path, made, versions=("v1",))
    levels = {violation.level for verdict in found.of("BOUNDARY-001") for violation in verdict.violations}
    assert levels == {level}


def test_the_stream_of_a_response_in_the_background_may_be_left(tmp_path: Path) -> None:
    begun = {"id": "resp_1", "status": "queued", "background": True}
    for background, outcome in ((True, "inconclusive"), (False, "violation")):
        event = {
            "type": "response.created",
            "sequence_number": 0,
            "response": {**begun, "background": background},
        }
        cut = f"event: response.created\ndata: {json.dumps(event)}\n\n"
        sent = {"model": "gpt-5", "input": "Hi.", "stream": True, "background": background}
        (verdict,) = judged(tmp_path, entry(RESPONSES, sent, cut), versions=("v1",)).of("EVENTS-006")
        assert verdict.outcome == outcome


@pytest.mark.parametrize(("status", "alarm"), [(404, False), (429, False), (500, False), (400, True)])
def test_a_gateway_may_write_its_own_errors(tmp_path: Path, status: int, alarm: bool) -> None:
    refused = {"statusCode": status, "message": "Resource not found"}
    sent = {"model": "gpt-5", "input": "Hi."}
    found = judged(tmp_path, entry(RESPONSES, sent, refused, status=status), versions=("v1",))
    assert ("ERROR-001" in found.alarms) is alarm


def test_a_known_disagreement_names_its_source(tmp_path: Path) -> None:
    found = judged(tmp_path, entry(url("deployments/e/embeddings"), {"input": [[1]]}, {"data": []}))
    (message,) = (each.message for verdict in found.of("BOUNDARY-001") for each in verdict.violations)
    assert "Known disagreement" in message
    assert "https://" in message


QUERY = "api-version=2024-05-01-preview"


@pytest.mark.parametrize(
    "address",
    [
        f"https://m.eastus2.models.ai.azure.com/chat/completions?{QUERY}",
        "https://m.westus.models.ai.azure.com/chat/completions?api-version=2025-04-01",
        "https://models.inference.ai.azure.com/chat/completions",
        f"https://r.services.ai.azure.com/models/chat/completions?{QUERY}",
        f"http://127.0.0.1:8080/models/chat/completions?{QUERY}",
        f"https://gateway.example/team/chat/completions?{QUERY}",
    ],
)
def test_model_inference_has_addresses_with_and_without_models(tmp_path: Path, address: str) -> None:
    found = judged(tmp_path, entry(address), versions=(), surface="ai-model-inference")
    (exchange,) = found.traffic.exchanges
    assert exchange.case.kind == "chat"
    assert [rule for rule in found.alarms if rule.startswith(("SCHEMA", "SSE", "HTTP"))] == []


@pytest.mark.parametrize("path", ["embeddings", "images/embeddings", "info"])
def test_every_operation_of_model_inference_is_found_without_models(tmp_path: Path, path: str) -> None:
    method = "GET" if path == "info" else "POST"
    made = entry(f"https://m.models.ai.azure.com/{path}?{QUERY}", {"input": ["a"]}, {}, method=method)
    found = judged(tmp_path, made, versions=(), surface="ai-model-inference")
    assert len(found.traffic.exchanges) == 1


@pytest.mark.parametrize(
    ("address", "method"),
    [
        ("https://r.openai.azure.com/openai/deployments/x/chat/completions?api-version=2024-10-21", "POST"),
        ("https://api.openai.com/v1/chat/completions", "POST"),
        ("https://example.com/info", "GET"),
        (f"https://m.models.ai.azure.com/chat/other?{QUERY}", "POST"),
    ],
)
def test_other_addresses_do_not_belong_to_model_inference(tmp_path: Path, address: str, method: str) -> None:
    found = judged(tmp_path, entry(address, method=method), versions=(), surface="ai-model-inference")
    assert found.traffic.exchanges == ()


def test_every_kind_of_entry_can_be_judged_together(tmp_path: Path) -> None:
    har = write_har(
        tmp_path / "t.har",
        entry(),
        entry(sent=STREAM, got=events(*CHUNKS)),
        unrecorded(),
        entry(chat_url("2000-01-01")),
    )
    versions = [option for version in VERSIONS for option in ("--api-version", version)]
    result = run(har, *versions, "--out", str(tmp_path / "out"))
    assert result.exit_code == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["requests"] == 3
