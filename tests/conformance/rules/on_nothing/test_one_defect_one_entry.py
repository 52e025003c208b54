"""A value that violates its schema is reported once: rules that use it wait for the rule that reports it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from empty_answers import JSON, STREAM, Emptiness, cases, document, exchange

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.rule import rules
from aoai_model.case import Case, JsonBody, MultipartBody, Part
from aoai_model.verdict import Verdict
from aoai_reports.results.findings import generalise

AZURE = "azure-openai@2024-10-21"
NEWER = "azure-openai@2025-01-01-preview"


class _Gone:
    """Marks a removed member; its name is the same in every process."""

    def __repr__(self) -> str:
        return "gone"


GONE = _Gone()
HEAD = {"id": "chatcmpl-1", "created": 1_730_000_000, "model": "gpt-4o"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
CHAT = {
    **HEAD,
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "logprobs": None,
            "message": {"role": "assistant", "content": None, "refusal": None, "tool_calls": [CALL]},
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
}
ASKED = {
    "messages": [{"role": "user", "content": "Look."}],
    "tools": [{"type": "function", "function": {"name": "look"}}],
}


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


CHUNKS = [
    _chunk({"role": "assistant", "content": ""}),
    _chunk({"content": "Apple,"}),
    _chunk({"content": " pear."}),
    _chunk({}, "stop"),
]
EMBEDDINGS = {
    "object": "list",
    "model": "ada",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
IMAGES = {"created": 1_730_000_000, "data": [{"url": "https://images.invalid/1.png"}]}
TRANSCRIPT = {"text": "Hello."}
VERBOSE = {
    "task": "transcribe",
    "language": "english",
    "duration": 3.0,
    "text": " Hi.",
    "segments": [
        {
            "id": 0,
            "seek": 0,
            "start": 0.0,
            "end": 3.0,
            "text": " Hi.",
            "tokens": [1],
            "temperature": 0.0,
            "avg_logprob": -0.2,
            "compression_ratio": 1.0,
            "no_speech_prob": 0.0,
        }
    ],
}
ERROR = {"error": {"code": "400", "message": "n is too large", "type": "invalid_request_error", "param": "n"}}
BATCH = {
    "id": "batch-1",
    "object": "batch",
    "endpoint": "/chat/completions",
    "input_file_id": "file-1",
    "completion_window": "24h",
    "status": "validating",
    "created_at": 1_730_000_000,
    "expires_at": 1_730_086_400,
}


def base(name: str, kind: str) -> Case:
    return next(case for case in cases(name) if case.kind == kind and case.origin == "base")


def case_of(name: str, kind: str, **sent: Any) -> Case:
    # a failed minimal request is judged by OPERATION-001 alone
    case = replace(base(name, kind), origin="point")
    body = case.request.body
    if isinstance(body, MultipartBody):
        fields = tuple(Part(field, value.encode()) for field, value in sent.items())
        parts = tuple(part for part in body.parts if part.name not in sent)
        return replace(case, request=replace(case.request, body=MultipartBody((*parts, *fields))))
    assert isinstance(body, JsonBody)
    assert isinstance(body.value, dict)
    return replace(case, request=replace(case.request, body=JsonBody({**body.value, **sent})))


def changed(value: Any, pointer: str, new: Any) -> Any:
    value = copy.deepcopy(value)
    holder = value
    *path, last = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
    for step in path:
        holder = holder[step]
    if new is GONE:
        del holder[last]
    else:
        holder[last] = new
    return value


def answered(case: Case, body: Any, status: int = 200) -> Exchange:
    return exchange(case, Emptiness(status, JSON, json.dumps(body).encode()))


def streamed(chunks: Sequence[Any], **sent: Any) -> Exchange:
    events = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks)
    case = case_of(AZURE, "chat", stream=True, **sent)
    return exchange(case, Emptiness(200, STREAM, events + b"data: [DONE]\n\n"))


def verdicts_on(made: Exchange) -> list[Verdict]:
    operation = document(made.case.document).operation(made.case.operation)
    return judge(made, operation, rules())


def entries(verdicts: Iterable[Verdict]) -> set[tuple[str, str, str]]:
    return {
        (verdict.rule_id, generalise(violation.pointer), violation.reason)
        for verdict in verdicts
        for violation in verdict.violations
        if violation.level != "may"
    }


PLAIN = [
    (AZURE, "chat", ASKED, CHAT, "/usage", "many"),
    (AZURE, "chat", ASKED, CHAT, "/usage/total_tokens", "12"),
    (AZURE, "chat", ASKED, CHAT, "/usage/total_tokens", GONE),
    (AZURE, "chat", ASKED, CHAT, "/model", GONE),
    (AZURE, "chat", ASKED, CHAT, "/id", 7),
    (AZURE, "chat", ASKED, CHAT, "/created", "now"),
    (AZURE, "chat", ASKED, CHAT, "/object", 7),
    (AZURE, "chat", ASKED, CHAT, "/choices", {}),
    (AZURE, "chat", ASKED, CHAT, "/choices/0", "one"),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/index", "0"),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/index", GONE),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/finish_reason", GONE),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/message/role", "user"),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/message/content", ["text"]),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/message/tool_calls", "none"),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/message/tool_calls/0/id", 1),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/message/tool_calls/0/type", GONE),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/message/tool_calls/0/function", GONE),
    (AZURE, "chat", ASKED, CHAT, "/choices/0/message/tool_calls/0/function/arguments", {}),
    (AZURE, "embeddings", {"input": "Hello"}, EMBEDDINGS, "/data/0/index", "0"),
    (AZURE, "embeddings", {"input": "Hello"}, EMBEDDINGS, "/data/0", 1),
    (AZURE, "embeddings", {"input": "Hello"}, EMBEDDINGS, "/data/0/embedding", GONE),
    (AZURE, "embeddings", {"input": "Hello"}, EMBEDDINGS, "/data", {}),
    (AZURE, "embeddings", {"input": "Hello"}, EMBEDDINGS, "/usage", GONE),
    (AZURE, "images", {"prompt": "A cat"}, IMAGES, "/data/0", "a cat"),
    (AZURE, "images", {"prompt": "A cat"}, IMAGES, "/data/0/url", 7),
    (AZURE, "images", {"prompt": "A cat"}, IMAGES, "/created", "now"),
    (AZURE, "transcription", {"response_format": "json"}, TRANSCRIPT, "/text", 7),
    (AZURE, "transcription", {"response_format": "json"}, TRANSCRIPT, "/text", GONE),
    (AZURE, "transcription", {"response_format": "verbose_json"}, VERBOSE, "/segments", "none"),
    (AZURE, "transcription", {"response_format": "verbose_json"}, VERBOSE, "/segments/0/start", "0"),
    (AZURE, "transcription", {"response_format": "verbose_json"}, VERBOSE, "/duration", [3]),
    (NEWER, "batch-create", {}, BATCH, "/input_file_id", 1),
    (NEWER, "batch-create", {}, BATCH, "/created_at", "now"),
]


@pytest.mark.parametrize(
    ("name", "kind", "sent", "answer", "pointer", "value"), PLAIN, ids=lambda each: str(each)[:30]
)
def test_a_broken_value_is_one_entry(
    name: str, kind: str, sent: dict[str, Any], answer: Any, pointer: str, value: Any
) -> None:
    case = case_of(name, kind, **sent)
    status = 201 if kind == "batch-create" else 200
    sound = entries(verdicts_on(answered(case, answer, status)))
    found = entries(verdicts_on(answered(case, changed(answer, pointer, value), status))) - sound
    assert {rule for rule, _, _ in found} == {"SCHEMA-001"}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/0/id", GONE),
        ("/0/object", 7),
        ("/1/created", "now"),
        ("/1/model", GONE),
        ("/1/choices/0/index", GONE),
        ("/1/choices/0/index", "0"),
        ("/1/choices/0/delta/content", 7),
        ("/1/choices/0/delta/role", 7),
        ("/1/choices/0", "one"),
        ("/2/choices", "none"),
        ("/3/choices/0/finish_reason", 7),
    ],
)
def test_a_broken_value_in_a_stream_is_one_entry(pointer: str, value: Any) -> None:
    assert entries(verdicts_on(streamed(CHUNKS))) == set()
    found = entries(verdicts_on(streamed(changed(CHUNKS, pointer, value))))
    assert {rule for rule, _, _ in found} == {"SCHEMA-002"}
    assert len(found) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"error": "no"},
        {"error": 7},
        {"error": {}},
        {"detail": "Not Found"},
        {"statusCode": "401", "message": 7},
    ],
)
@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_body_that_is_not_an_error_is_one_entry(body: Any, status: int) -> None:
    case = replace(case_of(AZURE, "chat"), expect="any")
    found = entries(verdicts_on(answered(case, body, status)))
    assert {rule for rule, _, _ in found} == {"ERROR-001"}
    assert len(found) == 1


@pytest.mark.parametrize(("name", "value"), [("message", 7), ("code", []), ("param", {}), ("type", 1)])
def test_a_broken_value_in_an_error_is_one_entry(name: str, value: Any) -> None:
    case = replace(case_of(AZURE, "chat"), expect="any")
    found = entries(verdicts_on(answered(case, changed(ERROR, f"/error/{name}", value), 400)))
    assert {rule for rule, _, _ in found} == {"SCHEMA-001"}
    assert len(found) == 1


@pytest.mark.parametrize("form", ["text", "srt", "vtt"])
@pytest.mark.parametrize("body", [{}, {"text": 7}, []])
def test_json_in_place_of_text_is_one_entry(form: str, body: Any) -> None:
    found = entries(verdicts_on(answered(case_of(AZURE, "transcription", response_format=form), body)))
    assert {rule for rule, _, _ in found} == {"AUDIO-002"}


@pytest.mark.parametrize("body", [[], "Hello.", 7])
def test_other_json_in_place_of_an_object_is_one_entry(body: Any) -> None:
    found = entries(verdicts_on(answered(case_of(AZURE, "transcription", response_format="json"), body)))
    assert {rule for rule, _, _ in found} == {"AUDIO-001"}


def test_a_trace_outside_an_error_is_a_separate_entry() -> None:
    body = {"detail": "Traceback (most recent call last)"}
    case = replace(case_of(AZURE, "chat"), expect="any")
    assert {rule for rule, _, _ in entries(verdicts_on(answered(case, body, 400)))} == {
        "ERROR-001",
        "ERROR-005",
    }


def test_the_strongest_of_two_entries_stays() -> None:
    """For a rejected method the form of the error is a should, but the schema of the response is a must."""
    case = next(each for each in cases(AZURE) if each.points and each.points[0].id == "method:get")
    verdicts = verdicts_on(answered(case, {"error": 7}, 405))
    found = [each for verdict in verdicts for each in verdict.violations if each.pointer.startswith("/error")]
    assert [each.level for each in found] == ["must"]


def test_a_rejection_is_judged_whatever_its_body() -> None:
    found = entries(verdicts_on(answered(case_of(AZURE, "chat"), {}, 400)))
    assert {rule for rule, _, _ in found} == {"ERROR-001", "BOUNDARY-003"}


def test_a_second_defect_elsewhere_is_a_separate_entry() -> None:
    broken = changed(changed(CHAT, "/model", GONE), "/usage/total_tokens", 99)
    found = entries(verdicts_on(answered(case_of(AZURE, "chat", **ASKED), broken)))
    assert {rule for rule, _, _ in found} == {"SCHEMA-001", "USAGE-001"}


def test_a_verdict_names_the_rule_and_the_place_that_it_depends_on() -> None:
    broken = changed(CHAT, "/usage", "many")
    verdicts = {each.rule_id: each for each in verdicts_on(answered(case_of(AZURE, "chat", **ASKED), broken))}
    assert verdicts["USAGE-001"].outcome == "not_applicable"
    assert verdicts["USAGE-001"].note == "Waits for SCHEMA-001 at /usage."
    assert verdicts["CHAT-CHOICE-001"].outcome == "pass"


def test_a_single_rule_depends_on_no_other() -> None:
    made = answered(case_of(AZURE, "images", prompt="A cat"), changed(IMAGES, "/data/0/url", 7))
    operation = document(AZURE).operation(made.case.operation)
    alone = [rule for rule in rules() if rule.id == "IMAGES-004"]
    assert [each.note for each in judge(made, operation, alone)] == [""]


def test_a_scenario_depends_on_the_broken_value_of_a_step() -> None:
    plain = answered(case_of(AZURE, "chat", seed=1), changed(CHAT, "/model", 7))
    steps = {"plain": plain, "stream": streamed(CHUNKS, seed=1)}
    operation = document(AZURE).operation(plain.case.operation)
    verdicts = {
        each.rule_id: each for each in judge_scenario("chat.stream-against-plain", steps, operation, rules())
    }
    assert verdicts["STREAM-PLAIN-004"].note == "Waits for SCHEMA-001 at /model."
