"""Streams in recordings: undeclared reasons, errors instead of an answer, late notes of the filter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from traffic import CHUNKS, HEAD, SAFE, STREAM, chat_url, entry, events, judged, piece, url

from aoai_model.verdict import Verdict

LOAD = {"error": {"code": "429", "message": "Too many requests."}}
SERVER = {"error": {"code": "500", "message": "Oops.", "type": "server_error"}}
PREAMBLE = {
    "id": "", "object": "", "created": 0, "model": "", "choices": [],
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
}  # fmt: skip


def stream(tmp_path: Path, *chunks: Any, done: bool = True, **sent: Any) -> list[tuple[str, str | None]]:
    found = judged(tmp_path, entry(sent={**STREAM, **sent}, got=events(*chunks, done=done)))
    return [(rule, violation.level) for rule, violation in found.at("must", "should")]


def with_reason(reason: Any, *, to_the_end: bool = False) -> list[dict[str, Any]]:
    chunks = [piece(c["choices"][0]["delta"].get("content"), reason, role="assistant") for c in CHUNKS[:3]]
    return [*chunks, piece(None, reason if to_the_end else "stop")]


@pytest.mark.parametrize("reason", ["", "null", "none", "unknown", 0, False])
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "json"}]},
        {"stop": ["#"], "max_tokens": 200},
    ],
)
def test_an_undeclared_reason_in_every_chunk_is_one_defect(
    tmp_path: Path, reason: Any, sent: dict[str, Any]
) -> None:
    chunks = with_reason(reason)
    if "response_format" in sent:
        for chunk, text in zip(chunks[:3], ('{"tree"', ":", '"oak"}'), strict=True):
            chunk["choices"][0]["delta"]["content"] = text
    assert set(stream(tmp_path, *chunks, **sent)) == {("SCHEMA-002", "must")}


@pytest.mark.parametrize("reason", ["", "eos", "end_turn"])
def test_an_undeclared_reason_to_the_end_is_one_defect(tmp_path: Path, reason: str) -> None:
    assert stream(tmp_path, *with_reason(reason, to_the_end=True)) == [("SCHEMA-002", "must")]


def test_a_choice_that_ends_twice_is_still_reported(tmp_path: Path) -> None:
    found = stream(tmp_path, *CHUNKS, piece(None, "stop"))
    assert found == [("SSE-201", "must")]


def test_undeclared_reasons_with_usage_are_one_defect(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}
    own = {**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": usage}
    asked = {"stream_options": {"include_usage": True}}
    assert stream(tmp_path, *with_reason(""), own, **asked) == [("SCHEMA-002", "must")]


@pytest.mark.parametrize(
    "chunks",
    [
        (LOAD,),
        (SERVER,),
        (PREAMBLE, LOAD),
        (CHUNKS[0], LOAD),
        ({"error": "overloaded"},),
        ({"object": "error", "message": "overloaded", "code": 503},),
        ('event: error\ndata: {"message": "overloaded"}\n\n',),
    ],
)
@pytest.mark.parametrize("done", [True, False])
def test_an_error_before_any_content_is_a_violation(
    tmp_path: Path, chunks: tuple[Any, ...], done: bool
) -> None:
    assert ("SSE-008", "must") in stream(tmp_path, *chunks, done=done)


@pytest.mark.parametrize("error", [LOAD, {"error": {"code": "content_filter", "message": "Filtered."}}])
def test_a_load_error_after_content_leaves_the_stream_unjudged(tmp_path: Path, error: dict[str, Any]) -> None:
    found = judged(tmp_path, entry(sent=STREAM, got=events(*CHUNKS[:2], error, done=False)))
    assert found.alarms == []
    (verdict,) = found.of("SSE-008")
    assert (verdict.outcome, "ended with the error" in verdict.note) == ("inconclusive", True)


def test_a_failure_of_the_server_after_content_is_a_violation(tmp_path: Path) -> None:
    assert ("SSE-008", "must") in stream(tmp_path, *CHUNKS[:2], SERVER, done=False)


PLAIN = '{"error": {"code": 400, "message": "too long"}}'


@pytest.mark.parametrize(
    "body",
    [
        f"{PLAIN}",
        f"{PLAIN}\n\n",
        events(*CHUNKS[:2], PLAIN, done=False),
        events(*CHUNKS[:2], f"{PLAIN}\n\n", done=False),
        events(*CHUNKS[:2], f"{PLAIN}\n\n"),
        events(*CHUNKS[:2], f"{PLAIN}\r\n\r\n", done=False).replace("\n\n", "\r\n\r\n"),
        events(CHUNKS[0], '{\n  "error": {\n    "message": "too long"\n  }\n}\n', done=False),
        events(CHUNKS[0], '{"object": "error", "message": "too long", "code": 40303}', done=False),
        f": ping\n\n{PLAIN}",
    ],
)
def test_a_plain_error_in_a_stream_is_reported_as_one(tmp_path: Path, body: str) -> None:
    headers = {"Content-Type": "text/event-stream"}
    found = judged(tmp_path, entry(sent=STREAM, got=body, headers=headers))
    ((rule, violation),) = found.at("must", "should")
    assert rule == "SSE-004"
    assert violation.reason == "plain error"
    assert "JSON error" in violation.message
    assert "too long" in str(violation.actual)


@pytest.mark.parametrize("line", ["oops", '{"answer": 1}', "<html>"])
def test_any_other_line_is_not_a_plain_error(tmp_path: Path, line: str) -> None:
    found = judged(tmp_path, entry(sent=STREAM, got=events(*CHUNKS[:3], f"{line}\n\n", CHUNKS[3])))
    assert [violation.reason for _, violation in found.at("must")] == ["unknown field"]


def note(identity: str, **results: Any) -> dict[str, Any]:
    offsets = {"check_offset": 4, "start_offset": 4, "end_offset": 40}
    content = {"content_filter_offsets": offsets, "content_filter_results": results}
    choice = {"index": 0, "finish_reason": None, **content}
    return {"id": identity, "object": "", "created": 0, "model": "", "choices": [choice]}


@pytest.mark.parametrize("version", ["2024-10-21", "2024-06-01", "2025-01-01-preview"])
@pytest.mark.parametrize(
    "result",
    [
        {"custom_blocklists": {"filtered": True, "details": [{"filtered": True, "id": "list"}]}},
        {"custom_blocklists": {"filtered": True}},
        {"protected_material_text": {"filtered": True, "detected": True}},
        {"hate": {"filtered": True, "severity": "high"}},
    ],
)
@pytest.mark.parametrize("identity", ["", "chatcmpl-7"])
def test_a_note_of_the_filter_after_the_end_is_a_quirk(
    tmp_path: Path, version: str, result: dict[str, Any], identity: str
) -> None:
    made = entry(chat_url(version), STREAM, events(PREAMBLE, *CHUNKS, note(identity, **{**SAFE, **result})))
    found = judged(tmp_path, made)
    assert found.alarms == []
    assert "filter-note-chunk" in found.quirks


def test_a_filter_that_removed_content_is_still_reported_at_the_end(tmp_path: Path) -> None:
    filtered = {**SAFE, "hate": {"filtered": True, "severity": "high"}}
    broken = piece("Oak", content_filter_results=filtered)
    found = judged(tmp_path, entry(sent=STREAM, got=events(CHUNKS[0], broken, *CHUNKS[2:])))
    assert found.alarms == ["FINISH-006"]


@pytest.mark.parametrize("version", ["2023-12-01-preview", "2024-10-21", "2024-06-01", "2025-01-01-preview"])
@pytest.mark.parametrize("streamed", [True, False])
def test_the_object_of_answers_from_data_is_a_quirk(tmp_path: Path, version: str, streamed: bool) -> None:
    source = {"type": "azure_search", "parameters": {"endpoint": "https://s", "index_name": "i"}}
    sent = {**STREAM, "stream": streamed, "data_sources": [source]}
    name = "extensions.chat.completion"
    got: Any = events(*({**each, "object": f"{name}.chunk"} for each in CHUNKS))
    if not streamed:
        from traffic import answer

        got = {**answer(), "object": name}
    found = judged(tmp_path, entry(chat_url(version), sent, got))
    assert [each for each in found.alarms if each.startswith(("SCHEMA", "SSE"))] == []
    assert "object-of-answers-from-data" in found.quirks


def test_the_object_of_answers_from_data_is_wrong_without_data(tmp_path: Path) -> None:
    chunks = [{**each, "object": "extensions.chat.completion.chunk"} for each in CHUNKS]
    assert stream(tmp_path, *chunks) == [("SCHEMA-002", "must")]


@pytest.mark.parametrize("name", ["chat.completion", "chat.completion.chunk"])
def test_both_names_of_chunks_are_valid_on_model_inference(tmp_path: Path, name: str) -> None:
    address = "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview"
    chunks = [{**each, "object": name} for each in CHUNKS]
    made = entry(address, {**STREAM, "model": "m"}, events(*chunks))
    found = judged(tmp_path, made, versions=(), surface="ai-model-inference")
    assert len(found.traffic.exchanges) == 1
    assert found.alarms == []
    assert ("chunks-named-as-answers" in found.quirks) is (name == "chat.completion")


def test_completions_with_empty_reasons_are_one_defect(tmp_path: Path) -> None:
    chunks = [
        {**HEAD, "object": "text_completion", "choices": [
            {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
        ]}
        for text, reason in ((" oak", ""), (" tree.", ""), ("", "stop"))
    ]  # fmt: skip
    made = entry(url("deployments/t/completions"), {"prompt": "A", "stream": True}, events(*chunks))
    found: list[Verdict] = [each for each in judged(tmp_path, made).verdicts if each.outcome == "violation"]
    strong = [each.rule_id for each in found if any(one.level == "must" for one in each.violations)]
    assert strong == ["SCHEMA-001"] or strong == ["SCHEMA-002"]
