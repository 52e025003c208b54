"""Observed behaviour of the real service, plain and streamed: never a must, and named as a quirk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from traffic import (
    CHUNKS,
    HEAD,
    SAFE,
    STREAM,
    USAGE,
    answer,
    chat_url,
    entry,
    events,
    judged,
    url,
)

CHAT_VERSIONS = ("2024-10-21", "2024-06-01", "2025-01-01-preview", "2023-12-01-preview")
PDF = {"Content-Type": "multipart/form-data; boundary=b"}


def without_refusal() -> dict[str, Any]:
    response = answer()
    del response["choices"][0]["message"]["refusal"]
    return response


@pytest.mark.parametrize("version", CHAT_VERSIONS)
def test_a_response_without_refusal_is_a_quirk(tmp_path: Path, version: str) -> None:
    found = judged(tmp_path, entry(chat_url(version), got=without_refusal()))
    assert found.alarms == []


def test_a_response_without_refusal_names_the_quirk_and_the_reason(tmp_path: Path) -> None:
    found = judged(tmp_path, entry(got=without_refusal()))
    (verdict,) = found.of("SCHEMA-001")
    assert (verdict.outcome, verdict.quirks) == ("pass", ("refusal-left-out",))
    assert "has no `refusal`" in verdict.note


def test_another_missing_member_is_not_a_quirk(tmp_path: Path) -> None:
    response = without_refusal()
    del response["choices"][0]["message"]["role"]
    found = judged(tmp_path, entry(got=response))
    assert [violation.pointer for _, violation in found.at("must")] == ["/choices/0/message/role"]


def batch(**more: Any) -> dict[str, Any]:
    return {
        "id": "batch_1", "object": "batch", "endpoint": "/chat/completions", "input_file_id": "file-1",
        "completion_window": "24h", "status": "validating", "created_at": 1735000000, **more,
    }  # fmt: skip


@pytest.mark.parametrize("version", ["2025-01-01-preview"])
def test_a_batch_created_with_200_is_a_quirk(tmp_path: Path, version: str) -> None:
    sent = {"input_file_id": "file-1", "endpoint": "/chat/completions", "completion_window": "24h"}
    found = judged(tmp_path, entry(url("batches", version), sent, batch()))
    assert found.alarms == []
    assert "batch-created-with-200" in found.quirks


def test_a_batch_created_with_202_is_a_violation(tmp_path: Path) -> None:
    sent = {"input_file_id": "file-1", "endpoint": "/chat/completions", "completion_window": "24h"}
    found = judged(tmp_path, entry(url("batches", "2025-01-01-preview"), sent, batch(), status=202))
    assert "HTTP-001" in found.alarms


BLOCKLISTS = ({"filtered": False}, {"filtered": True}, {"filtered": False, "details": []})


@pytest.mark.parametrize("version", CHAT_VERSIONS)
@pytest.mark.parametrize("blocklists", BLOCKLISTS)
@pytest.mark.parametrize("place", ["prompt", "choice", "chunk"])
def test_blocklists_without_details_are_a_quirk(
    tmp_path: Path, version: str, blocklists: dict[str, Any], place: str
) -> None:
    results = {**SAFE, "custom_blocklists": blocklists}
    response: Any = without_refusal() if version < "2024-10-21" else answer()
    if place == "prompt":
        response["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": results}]
    elif place == "choice":
        response["choices"][0]["content_filter_results"] = results
        response["choices"][0]["finish_reason"] = "content_filter" if blocklists["filtered"] else "stop"
    else:
        chunks: list[Any] = json.loads(json.dumps(CHUNKS))
        chunks[1]["choices"][0]["content_filter_results"] = results
        chunks[-1]["choices"][0]["finish_reason"] = "content_filter" if blocklists["filtered"] else "stop"
        response = events(*chunks)
    sent = STREAM if place == "chunk" else {**STREAM, "stream": False}
    assert judged(tmp_path, entry(chat_url(version), sent, response)).alarms == []


@pytest.mark.parametrize("version", CHAT_VERSIONS)
def test_results_about_pictures_may_have_a_singular_name(tmp_path: Path, version: str) -> None:
    results = [
        {
            "prompt_index": 0,
            "content_filter_result": {**SAFE, "jailbreak": {"filtered": False, "detected": False}},
        },
        {"prompt_index": 1, "content_filter_result": {"sexual": {"filtered": False, "severity": "safe"}}},
    ]
    picture = {"type": "image_url", "image_url": {"url": "https://u/p.png"}}
    sent = {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, picture]}]}
    response = {**answer(), "prompt_filter_results": results}
    assert judged(tmp_path, entry(chat_url(version), sent, response)).alarms == []
    preamble = {**HEAD, "id": "", "object": "", "created": 0, "model": "", "choices": []}
    chunks = events({**preamble, "prompt_filter_results": results}, *CHUNKS)
    assert judged(tmp_path, entry(chat_url(version), {**sent, "stream": True}, chunks)).alarms == []


GONE = {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}


@pytest.mark.parametrize("version", CHAT_VERSIONS)
@pytest.mark.parametrize("more", [{}, {"type": "invalid_request_error"}, {"param": None, "type": None}])
@pytest.mark.parametrize("path", ["chat/completions", "embeddings"])
def test_an_unknown_deployment_without_content_type_is_a_quirk(
    tmp_path: Path, version: str, more: dict[str, Any], path: str
) -> None:
    response = {"error": {**GONE["error"], **more}}
    sent: Any = {"input": "a"} if path == "embeddings" else {"messages": [{"role": "user", "content": "a"}]}
    made = entry(url(f"deployments/x/{path}", version), sent, response, status=404, headers={})
    found = judged(tmp_path, made)
    assert found.alarms == []
    assert ("deployment-not-found-without-type" in found.quirks) is bool(found.traffic.exchanges)


@pytest.mark.parametrize(
    ("status", "headers", "code", "message"),
    [
        (404, {}, "NotHere", "A JSON error has no Content-Type."),
        (400, {}, "BadRequest", "A JSON error has no Content-Type."),
        (
            404,
            {"Content-Type": "text/plain"},
            "DeploymentNotFound",
            "A JSON error is declared as text/plain.",
        ),
    ],
)
def test_says_accurately_how_an_error_is_declared(
    tmp_path: Path, status: int, headers: dict[str, str], code: str, message: str
) -> None:
    response = {"error": {"code": code, "message": "No."}}
    found = judged(tmp_path, entry(got=response, status=status, headers=headers))
    ((rule, violation),) = found.at("must")
    assert (rule, violation.message) == ("ERROR-004", message)


@pytest.mark.parametrize("version", CHAT_VERSIONS)
def test_errors_about_data_sources_may_have_an_integer_code(tmp_path: Path, version: str) -> None:
    source = {"type": "azure_search", "parameters": {"endpoint": "https://s", "index_name": "i"}}
    response = {"error": {"requestid": "1-2", "code": 400, "message": "Validation error at #/data_sources/0"}}
    sent = {"messages": [{"role": "user", "content": "a"}], "data_sources": [source]}
    found = judged(tmp_path, entry(chat_url(version), sent, response, status=400))
    assert found.alarms == []


INFERENCE = "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview"


@pytest.mark.parametrize("details", ["Why.", "", None, [], [{"code": "x", "message": "y"}]])
def test_details_of_an_error_may_be_a_string_on_model_inference(tmp_path: Path, details: Any) -> None:
    response = {"error": {"code": "unauthorized", "message": "Bad credentials", "details": details}}
    found = judged(
        tmp_path, entry(INFERENCE, got=response, status=401), versions=(), surface="ai-model-inference"
    )
    assert found.alarms == []


def test_info_may_be_unknown_on_model_inference(tmp_path: Path) -> None:
    address = "https://r.services.ai.azure.com/models/info?api-version=2024-05-01-preview"
    response = {"error": {"code": "404", "message": "Resource not found"}}
    made = entry(address, None, response, method="GET", status=404)
    assert judged(tmp_path, made, versions=(), surface="ai-model-inference").alarms == []


def upload(path: str, *, version: str = "2024-10-21", file: bool = True, **more: Any) -> dict[str, Any]:
    head = (
        'Content-Disposition: form-data; name="file"; filename="a.xyz"'
        if file
        else ('Content-Disposition: form-data; name="model"')
    )
    body = f"--b\r\n{head}\r\nContent-Type: audio/wav\r\n\r\nabc\r\n--b--\r\n"
    return entry(
        url(path, version), body, request_headers={"Content-Type": "multipart/form-data; boundary=b"}, **more
    )


@pytest.mark.parametrize("version", ["2024-10-21", "2025-01-01-preview", "2024-06-01"])
@pytest.mark.parametrize("path", ["transcriptions", "translations"])
def test_an_unknown_sound_may_be_rejected_with_424(tmp_path: Path, version: str, path: str) -> None:
    response = {
        "error": {"message": "Invalid file format.", "type": "model_error", "param": None, "code": None}
    }
    made = upload(f"deployments/w/audio/{path}", version=version, got=response, status=424)
    assert judged(tmp_path, made).alarms == []


@pytest.mark.parametrize("version", ["2024-10-21", "2025-01-01-preview", "2024-06-01"])
@pytest.mark.parametrize("path", ["transcriptions", "translations"])
@pytest.mark.parametrize("headers", [{}, {"Content-Length": "0"}, {"Content-Type": "application/json"}])
def test_a_missing_file_may_be_rejected_without_a_body(
    tmp_path: Path, version: str, path: str, headers: dict[str, str]
) -> None:
    made = upload(
        f"deployments/w/audio/{path}", version=version, file=False, got="", status=400, headers=headers
    )
    assert judged(tmp_path, made).alarms == []


def test_an_empty_error_of_a_chat_is_a_violation(tmp_path: Path) -> None:
    found = judged(tmp_path, entry(got="", status=400))
    assert found.alarms == ["ERROR-001"]


BUSY = {
    "error": {"code": "429", "message": "Requests have exceeded the limit. Please retry after 7 seconds."}
}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "7"},
        {"retry-after-ms": "7000"},
        {"Retry-After": "7", "retry-after-ms": "7000"},
        {"x-ratelimit-reset-requests": "7", "x-ratelimit-reset-tokens": "0"},
        {"x-ratelimit-reset-tokens": "7", "x-ratelimit-remaining-tokens": "-1"},
    ],
)
@pytest.mark.parametrize("version", CHAT_VERSIONS)
def test_any_header_may_announce_the_retry_delay(
    tmp_path: Path, headers: dict[str, str], version: str
) -> None:
    made = entry(
        chat_url(version), got=BUSY, status=429, headers={"Content-Type": "application/json", **headers}
    )
    found = judged(tmp_path, made)
    assert found.at("must") == []


@pytest.mark.parametrize("strict", [False, None, ...])
@pytest.mark.parametrize("content", ['{"b": 1}', "no JSON", "[]"])
def test_a_schema_that_is_not_strict_promises_nothing(tmp_path: Path, strict: Any, content: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    given = {"name": "c", "schema": schema, **({} if strict is ... else {"strict": strict})}
    sent = {
        "messages": [{"role": "user", "content": "a"}],
        "response_format": {"type": "json_schema", "json_schema": given},
    }
    for version in ("2024-10-21", "2025-01-01-preview"):
        found = judged(tmp_path, entry(chat_url(version), sent, answer(content)))
        assert found.alarms == []
    streamed = [
        CHUNKS[0],
        {**CHUNKS[1], "choices": [{**CHUNKS[1]["choices"][0], "delta": {"content": content}}]},
    ]
    found = judged(tmp_path, entry(sent={**sent, "stream": True}, got=events(*streamed, CHUNKS[3])))
    assert found.alarms == []


def test_a_strict_schema_is_still_promised(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    sent = {
        "messages": [{"role": "user", "content": "a"}],
        "response_format": {
            "type": "json_schema", "json_schema": {"name": "c", "schema": schema, "strict": True}
        },
    }  # fmt: skip
    found = judged(tmp_path, entry(sent=sent, got=answer('{"b": 1}')))
    assert [(rule, violation.level) for rule, violation in found.at("must")] == [("JSON-003", "must")]


def scored(*tokens: tuple[str, float, list[tuple[str, float]]]) -> dict[str, Any]:
    response = answer("".join(text for text, _, _ in tokens))
    response["usage"] = {**USAGE, "completion_tokens": len(tokens) + 1, "total_tokens": 8 + len(tokens) + 1}
    response["choices"][0]["logprobs"] = {
        "content": [
            {
                "token": text, "logprob": value, "bytes": list(text.encode()),
                "top_logprobs": [{"token": t, "logprob": v, "bytes": list(t.encode())} for t, v in top],
            }
            for text, value, top in tokens
        ],
        "refusal": None,
    }  # fmt: skip
    return response


FIRST = [("Oak", -0.05), ("Elm", -3.5)]
PROBED = {"messages": [{"role": "user", "content": "a"}], "logprobs": True, "top_logprobs": 2}


@pytest.mark.parametrize("value", [-0.01, -1.0, -3.0])
def test_a_sampled_token_beside_less_likely_ones_is_a_violation(tmp_path: Path, value: float) -> None:
    response = scored(("Oak", -0.05, FIRST), (" tree", value, FIRST))
    assert judged(tmp_path, entry(sent=PROBED, got=response)).alarms == ["LOGPROBS-012"]


@pytest.mark.parametrize(
    ("value", "top"),
    [
        (-5.0, FIRST),
        (-3.5, [("s", -0.5), ("!", -3.5)]),
        (-0.2, [(" tree", -0.2), ("s", -2.5)]),
        (-9999.0, FIRST),
        (-4.2, [("s", -0.3), ("!", -1.6)]),
        (-0.2, []),
    ],
)
def test_valid_alternatives_are_not_violations(
    tmp_path: Path, value: float, top: list[tuple[str, float]]
) -> None:
    response = scored(("Oak", -0.05, FIRST), (" tree", value, top))
    assert judged(tmp_path, entry(sent=PROBED, got=response)).alarms == []


def test_probabilities_with_the_sampled_one_add_up_to_at_most_one(tmp_path: Path) -> None:
    even = [("s", -0.69), ("!", -0.71)]
    response = scored(("Oak", -0.05, FIRST), (" tree", -0.72, even))
    assert judged(tmp_path, entry(sent=PROBED, got=response)).alarms == ["LOGPROBS-010"]


INFERENCE = "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview"
GROK = {"model": "grok-4", "messages": [{"role": "user", "content": "Name a tree."}]}


def of_grok(text: str | None, created: int = 1_775_129_076, **choice: Any) -> dict[str, Any]:
    """A chunk that has a finish_reason only at the end, and no log probabilities."""
    delta = {"content": text} if text is not None else {}
    return {
        "id": "b97e18b1", "object": "chat.completion.chunk", "created": created, "model": "grok-4",
        "choices": [{"index": 0, "delta": delta, **choice}],
    }  # fmt: skip


def test_models_of_other_providers_may_stream_in_their_own_way(tmp_path: Path) -> None:
    first = of_grok("")
    first["choices"][0]["delta"]["role"] = "assistant"
    body = events(first, of_grok("Oak."), of_grok(None, 1_775_129_077, finish_reason="stop"))
    made = entry(INFERENCE, {**GROK, "stream": True}, body)
    found = judged(tmp_path, made, surface="ai-model-inference", versions=("2024-05-01-preview",))
    assert found.at("must") == []
    assert [rule for rule, _ in found.at("should")] == ["SSE-102"]


@pytest.mark.parametrize(("total", "broken"), [(1703, []), (1390, []), (1500, ["USAGE-001"])])
def test_reasoning_may_be_counted_apart(tmp_path: Path, total: int, broken: list[str]) -> None:
    response = answer()
    response["usage"] = {
        "prompt_tokens": 155, "completion_tokens": 1235, "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": 313},
    }  # fmt: skip
    found = judged(tmp_path, entry(got=response))
    assert [rule for rule, _ in found.at("must")] == broken
