"""What the recording proxy writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_conformance.cli.output.new_violations import NewViolations
from aoai_conformance.judging.judged import Judge
from aoai_conformance.recording.proxy.recorder import TrafficRecorder
from aoai_conformance.recording.record_lines import rule_facts
from aoai_conformance.rule import rules
from aoai_conformance.target.documents import choose_documents
from aoai_model.exchange import Request, Response, TransportFailure
from aoai_reports.record.lines import Header
from aoai_reports.record.reader import read_record
from aoai_reports.record.writer import RecordWriter

DOCUMENTS = choose_documents(api_versions=["2024-10-21"])
URL = "https://r.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
KEY = "canary-0123456789"
BODY = json.dumps({"messages": [{"role": "user", "content": "Name a tree."}]}).encode()
CHOICE = {"index": 0, "finish_reason": "stop", "logprobs": None}
MESSAGE = {"role": "assistant", "content": "Oak tree.", "refusal": None}


def chat(url: str = URL, key: str = KEY) -> Request:
    return Request("POST", url, (("api-key", key), ("Content-Type", "application/json")), BODY)


def completion(total: int = 10, **more: Any) -> Response:
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": total}
    body = {
        "id": "chatcmpl-7",
        "object": "chat.completion",
        "created": 1735000000,
        "model": "gpt-4o",
        "choices": [{**CHOICE, "message": MESSAGE}],
        "usage": usage,
        **more,
    }
    headers = (("Content-Type", "application/json"), ("apim-request-id", "1"), ("x-request-id", "1"))
    return Response(200, headers, json.dumps(body).encode())


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[TrafficRecorder]:
    header = Header(
        tool="aoai-conformance 1",
        started="2026-05-01T00:00:00.000Z",
        target="https://r.openai.azure.com",
        documents=tuple(str(document.name) for document in DOCUMENTS),
        surface="azure-openai",
        profile="recorded",
        seed=0,
        rules=rule_facts(rules(), DOCUMENTS),
    )
    judge = Judge({str(document.name): document for document in DOCUMENTS}, rules())
    with RecordWriter(tmp_path / "record.ndjson", header) as writer:
        yield TrafficRecorder(writer, DOCUMENTS, judge)


def test_traffic_is_judged_and_written(recorder: TrafficRecorder, tmp_path: Path) -> None:
    good, bad = recorder.add(chat(), completion()), recorder.add(chat(), completion(total=11))
    assert good is not None
    assert bad is not None
    assert good.violations == ()
    assert [each.rule for each in bad.violations] == ["USAGE-001"]
    recorder.writer.close()
    written = read_record(tmp_path / "record.ndjson").exchanges
    assert [(line.case, line.violations) for line in written] == [
        (line.case, line.violations) for line in (good, bad)
    ]


def test_a_secret_is_masked_in_later_responses_too(recorder: TrafficRecorder, tmp_path: Path) -> None:
    recorder.add(chat(), completion())
    recorder.add(chat(key="another-key-1"), completion(id=f"chatcmpl-{KEY}"))
    recorder.writer.close()
    written = (tmp_path / "record.ndjson").read_text()
    assert KEY not in written
    assert "another-key-1" not in written


def test_traffic_without_an_operation_is_counted(recorder: TrafficRecorder) -> None:
    for url in ("https://r.openai.azure.com/", f"{URL[:-10]}2024-06-01"):
        assert recorder.add(chat(url=url), completion()) is None
    assert [remark.partition(":")[0] for remark in recorder.remarks] == [
        "1 request passed on, but not recorded"
    ] * 2
    assert "--api-version 2024-06-01" in recorder.remarks[1]


def test_reasons_that_clients_invent_without_end_share_one_count(recorder: TrafficRecorder) -> None:
    for number in (*range(60), 0, 59):
        recorder.add(chat(url=f"{URL[:-10]}invented-{number}"), completion())
    first, *others, last = recorder.remarks
    assert "2 requests" in first
    assert "invented-0 " in first
    assert len(others) == 49
    assert last == ("11 requests passed on, but not recorded: reasons after the first 50 are not listed.")


def test_traffic_that_is_nested_too_deeply_is_counted(recorder: TrafficRecorder) -> None:
    deep = replace(chat(), body=b'{"messages":' + b"[" * 500 + b"]" * 500 + b"}")
    assert recorder.add(deep, completion()) is None
    assert recorder.add(chat(), completion()) is not None
    assert recorder.remarks == (
        "1 request passed on, but not recorded: its request body is nested deeper than 300 levels.",
    )


def test_a_secret_is_masked_in_the_reason_why_traffic_is_not_recorded(recorder: TrafficRecorder) -> None:
    recorder.add(chat(url=f"{URL[:-10]}{KEY}"), completion())
    (remark,) = recorder.remarks
    assert "no description of api-version *** is selected" in remark


def test_a_failure_is_recorded_as_what_it_is(recorder: TrafficRecorder) -> None:
    line = recorder.add(chat(), TransportFailure("harness", f"The client sent {KEY} and left."))
    assert line is not None
    assert line.failure is not None
    assert line.failure.message == "The client sent *** and left."
    assert line.violations == ()


def test_without_bodies_the_record_has_verdicts_and_no_text(
    recorder: TrafficRecorder, tmp_path: Path
) -> None:
    recorder.keep_bodies = False
    recorder.add(chat(), completion(total=11))
    recorder.writer.close()
    written = (tmp_path / "record.ndjson").read_text()
    assert "Oak tree" not in written
    assert "Name a tree" not in written
    again = CliRunner().invoke(
        main, ["judge", str(tmp_path / "record.ndjson"), "--out", str(tmp_path / "out")]
    )
    assert again.exit_code == 1
    (line,) = read_record(tmp_path / "out" / "record.ndjson").exchanges
    assert [each.rule for each in line.violations] == ["USAGE-001"]


def test_a_violation_is_printed_when_it_first_occurs(recorder: TrafficRecorder) -> None:
    live = NewViolations()
    lines = [recorder.add(chat(), completion(total=11)) for _ in range(2)]
    sentences = [list(live.of(line)) for line in lines if line is not None]
    assert [len(each) for each in sentences] == [1, 0]
    assert sentences[0][0].startswith("MUST USAGE-001 ChatCompletions_Create (request-1): ")
