"""Chat deployments of known models: what each rejects, in the real service's words, and what it accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue

USER = {"role": "user", "content": "What is new?"}
TOOL = {"type": "function", "function": {"name": "look_up"}}
IMAGE = {
    "role": "user",
    "content": [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ],
}
SOUND = {
    "role": "user",
    "content": [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}],
}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
JSON = {"type": "json_object"}
ASKS_FOR_JSON = {"role": "user", "content": "Answer in JSON."}


async def chat(client, *, checked: bool = True, **fields: Any):
    """Call the deployment `it`, with enough room for reasoning unless the test sets a limit."""
    response = await client.http.post(
        "/openai/deployments/it/chat/completions", json={"messages": [USER], **fields}
    )
    if checked:
        check(client, response)
    return response


def check(client, response) -> None:
    """Assert that the response is valid, except for null as code and param."""
    operation = next(each for each in client.document.operations.values() if each.kind == "chat")
    validator = operation.response_validator(response.status_code, "application/json")
    body = response.json()
    if "error" in body:
        body["error"] = {"code": "none"} | {
            key: each for key, each in body["error"].items() if each is not None
        }
    assert validator.errors(body) == []


def unsupported(field: str, more: str = "") -> dict[str, Any]:
    return {
        "message": f"Unsupported parameter: '{field}' is not supported with this model.{more}",
        "type": "invalid_request_error",
        "param": field,
        "code": "unsupported_parameter",
    }


def only_default(field: str, value: str, default: str = "1") -> dict[str, Any]:
    return {
        "message": f"Unsupported value: '{field}' does not support {value} with this model. "
        f"Only the default ({default}) value is supported.",
        "type": "invalid_request_error",
        "param": field,
        "code": "unsupported_value",
    }


def invalid(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


INSTEAD = " Use 'max_completion_tokens' instead."
SAMPLING = [
    ({"top_p": 0.5}, unsupported("top_p")),
    ({"presence_penalty": 0.5}, unsupported("presence_penalty")),
    ({"frequency_penalty": -0.5}, unsupported("frequency_penalty")),
    ({"logprobs": True}, unsupported("logprobs")),
    ({"logprobs": True, "top_logprobs": 2}, unsupported("logprobs")),
    ({"top_logprobs": 2}, unsupported("top_logprobs")),
]
EVERY_REASONING = [
    ({"max_tokens": 100}, unsupported("max_tokens", INSTEAD)),
    ({"max_tokens": 100, "max_completion_tokens": 100}, unsupported("max_tokens", INSTEAD)),
    ({"logit_bias": {"1": 1}}, unsupported("logit_bias")),
    ({"logit_bias": {}}, unsupported("logit_bias")),
]
PARALLEL = ({"tools": [TOOL], "parallel_tool_calls": False}, unsupported("parallel_tool_calls"))
STOP = ({"stop": "x"}, unsupported("stop"))
TEMPERATURE = ({"temperature": 0.5}, only_default("temperature", "0.5"))
COLD = ({"temperature": 0}, only_default("temperature", "0"))
NO_TEMPERATURE = ({"temperature": 0.5}, unsupported("temperature"))
NO_IMAGE = (
    {"messages": [USER, IMAGE]},
    invalid(
        "Invalid content type. image_url is only supported by certain models.",
        "messages.[1].content.[1].type",
    ),
)

REASONING: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    "gpt-5": [*EVERY_REASONING, *SAMPLING, TEMPERATURE, COLD, STOP],
    "gpt-5-mini-2025-08-07": [*EVERY_REASONING, *SAMPLING, TEMPERATURE, STOP],
    "gpt-5.2-chat": [*EVERY_REASONING, *SAMPLING, TEMPERATURE, STOP],
    "gpt-5.2": [*EVERY_REASONING, STOP],
    "gpt-5.6": [
        *EVERY_REASONING,
        *SAMPLING,
        TEMPERATURE,
        STOP,
        (
            {"n": 9},
            invalid(
                "Invalid 'n': integer above maximum value. Expected a value <= 8, but got 9 instead.",
                "n",
                "integer_above_max_value",
            ),
        ),
    ],
    "o1": [
        *EVERY_REASONING,
        *SAMPLING,
        NO_TEMPERATURE,
        PARALLEL,
        (
            {"stream": True},
            invalid(
                "Unsupported value: 'stream' does not support true with this model. "
                "Supported values are: false.",
                "stream",
                "unsupported_value",
            ),
        ),
    ],
    "o1-mini": [
        *EVERY_REASONING,
        TEMPERATURE,
        NO_IMAGE,
        ({"top_p": 0.5}, only_default("top_p", "0.5")),
        ({"presence_penalty": 1}, only_default("presence_penalty", "1", "0")),
        ({"frequency_penalty": 1}, only_default("frequency_penalty", "1", "0")),
        ({"n": 2}, only_default("n", "2")),
        ({"stream": True}, only_default("stream", "true", "false")),
        ({"tools": [TOOL]}, unsupported("tools")),
        ({"response_format": {"type": "text"}}, unsupported("response_format")),
        ({"logprobs": True}, unsupported("logprobs")),
        (
            {"messages": [{"role": "system", "content": "Be kind."}, USER]},
            invalid(
                "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                "messages[0].role",
                "unsupported_value",
            ),
        ),
    ],
    "o3-mini": [*EVERY_REASONING, *SAMPLING, NO_TEMPERATURE, PARALLEL, NO_IMAGE],
    "o3": [*EVERY_REASONING, *SAMPLING, TEMPERATURE, PARALLEL, STOP],
    "o4-mini": [*EVERY_REASONING, *SAMPLING, TEMPERATURE, PARALLEL, STOP],
}


@pytest.mark.parametrize("model", REASONING)
async def test_a_reasoning_model_rejects(emulator, model):
    client = emulator(deployed=[f"it={model}"])
    responses = [(fields, error, await chat(client, **fields)) for fields, error in REASONING[model]]
    others = [
        (fields, response.text)
        for fields, error, response in responses
        if (response.status_code, response.json().get("error")) != (400, error)
    ]
    assert others == []


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("gpt-5", {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}),
        ("gpt-5", {"temperature": None, "top_p": None, "stop": None, "max_tokens": None, "n": None}),
        ("gpt-5", {"logprobs": False, "n": 2, "seed": 1, "user": "ada"}),
        ("gpt-5", {"tools": [TOOL], "parallel_tool_calls": False}),
        ("gpt-5", {"response_format": SCHEMA}),
        ("gpt-5", {"messages": [IMAGE]}),
        ("gpt-5.6", {"n": 8}),
        ("gpt-5.2", {"temperature": 0.5, "top_p": 0.5, "logprobs": True, "top_logprobs": 2}),
        ("o1", {"stop": "zzz", "stream": False, "n": 2, "messages": [IMAGE]}),
        ("o3-mini", {"stop": "zzz", "temperature": 1}),
        ("o3", {"tools": [TOOL], "response_format": SCHEMA, "n": 2, "messages": [IMAGE]}),
        ("o1-mini", {"n": 1, "temperature": 1, "presence_penalty": 0, "stop": "zzz"}),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_reasoning_model_accepts(emulator, model, fields):
    assert (await chat(emulator(deployed=[f"it={model}"]), **fields)).status_code == 200


async def test_unsupported_parameters_are_found_before_unsupported_values(emulator):
    client = emulator(deployed=["it=gpt-5"])
    response = await chat(client, temperature=0.5, stop="x")
    assert response.json()["error"]["param"] == "stop"


@pytest.mark.parametrize("fields", [{"n": "2", "stop": "x"}, {"temperature": 3, "stop": "x"}])
async def test_mistakes_of_the_request_are_found_before_those_of_the_model(emulator, fields):
    response = await chat(emulator(deployed=["it=gpt-5"]), **fields)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == next(iter(fields))


async def test_some_models_reject_sampling_only_while_they_reason(emulator, newer):
    client = emulator(deployed=["it=gpt-5.2"], served=newer)
    assert (await chat(client, temperature=0.5)).status_code == 200
    refused = await chat(client, temperature=0.5, reasoning_effort="low")
    assert refused.json()["error"] == only_default("temperature", "0.5")


@pytest.mark.parametrize(
    ("model", "fields", "error"),
    [
        ("gpt-5", {"prediction": {"type": "content", "content": "a"}}, unsupported("prediction")),
        (
            "gpt-5",
            {"modalities": ["text"]},
            invalid("Unknown parameter: 'modalities'.", "modalities", "unknown_parameter"),
        ),
        (
            "o1-preview",
            {"reasoning_effort": "low"},
            invalid("Unknown parameter: 'reasoning_effort'.", "reasoning_effort", "unknown_parameter"),
        ),
        (
            "gpt-4o",
            {"reasoning_effort": "low"},
            invalid("Unrecognized request argument supplied: reasoning_effort"),
        ),
        (
            "gpt-4o",
            {"messages": [USER, SOUND]},
            invalid(
                "Invalid 'messages[1]'. Content blocks are expected to be either text or image_url type.",
                "messages[1]",
                "invalid_value",
            ),
        ),
        (
            "gpt-4o-audio-preview",
            {},
            invalid(
                "This model requires that either input content or output modality contain audio.",
                "model",
                "invalid_value",
            ),
        ),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_model_rejects_newer_fields(emulator, newer, model, fields, error):
    response = await chat(emulator(deployed=[f"it={model}"], served=newer), **fields)
    assert response.status_code == 400
    assert response.json()["error"] == error


async def test_an_audio_model_accepts_sound(emulator, newer):
    client = emulator(deployed=["it=gpt-4o-audio-preview"], served=newer)
    spoken = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}
    assert (await chat(client, **spoken)).status_code == 200
    assert (await chat(client, messages=[SOUND])).status_code == 200


@pytest.mark.parametrize("limit", [1, 15])
async def test_a_limit_without_room_for_reasoning_ends_before_the_answer(emulator, limit):
    response = await chat(emulator(deployed=["it=gpt-5"]), max_completion_tokens=limit)
    assert response.status_code == 400
    assert response.json()["error"] == invalid(
        "Could not finish the message because max_tokens or model output limit was reached. "
        "Please try again with higher max_tokens."
    )


async def test_a_small_limit_may_be_spent_on_reasoning_alone(emulator):
    body = (await chat(emulator(deployed=["it=gpt-5"]), max_completion_tokens=16)).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["choices"][0]["message"]["content"] == ""
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 16
    assert body["usage"]["completion_tokens"] == 16


async def test_a_reasoning_model_counts_its_reasoning_and_does_not_reveal_it(emulator):
    body = (await chat(emulator(deployed=["it=o3"]), max_completion_tokens=5000)).json()
    usage = body["usage"]
    assert 0 < usage["completion_tokens_details"]["reasoning_tokens"] < usage["completion_tokens"]
    assert body["choices"][0]["finish_reason"] == "stop"
    assert "reasoning_content" not in body["choices"][0]["message"]


async def test_more_effort_takes_more_reasoning(emulator, newer):
    client = emulator(deployed=["it=o4-mini"], served=newer)
    spent = []
    for effort in ("low", "medium", "high"):
        body = (await chat(client, reasoning_effort=effort)).json()
        spent.append(body["usage"]["completion_tokens_details"]["reasoning_tokens"])
    assert spent == sorted(set(spent))


async def test_a_model_that_does_not_reason_by_default_spends_no_reasoning_tokens(emulator):
    body = (await chat(emulator(deployed=["it=gpt-5.2"]))).json()
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0


@pytest.mark.parametrize(
    ("model", "field", "limit", "most"),
    [
        ("gpt-4o", "max_tokens", 16_385, 16_384),
        ("gpt-4o", "max_completion_tokens", 20_000, 16_384),
        ("gpt-4.1", "max_tokens", 50_000, 32_768),
        ("gpt-35-turbo", "max_tokens", 4097, 4096),
        ("o1", "max_completion_tokens", 100_001, 100_000),
        ("gpt-5", "max_completion_tokens", 128_001, 128_000),
    ],
)
async def test_a_limit_beyond_what_the_model_writes_is_rejected(emulator, model, field, limit, most):
    response = await chat(emulator(deployed=[f"it={model}"]), **{field: limit})
    assert response.status_code == 400
    assert response.json()["error"] == invalid(
        f"max_tokens is too large: {limit}. This model supports at most {most} completion tokens, "
        f"whereas you provided {limit}.",
        field,
        "invalid_value",
    )


@pytest.mark.parametrize(("model", "most"), [("gpt-4o", 16_384), ("gpt-35-turbo", 4096)])
async def test_the_largest_limit_is_accepted(emulator, model, most):
    assert (await chat(emulator(deployed=[f"it={model}"]), max_tokens=most)).status_code == 200


def of_type(kind: str) -> dict[str, Any]:
    return invalid(
        f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model.",
        "response_format",
    )


UNKNOWN_LIMIT = (
    {"max_completion_tokens": 5},
    invalid("Unrecognized request argument supplied: max_completion_tokens"),
)
OLDER = [
    ("gpt-35-turbo-0613", *UNKNOWN_LIMIT),
    ("gpt-4-0613", *UNKNOWN_LIMIT),
    ("gpt-4", *NO_IMAGE),
    ("gpt-4-0314", {"response_format": SCHEMA}, of_type("json_schema")),
    ("gpt-35-turbo-0301", {"response_format": JSON, "messages": [ASKS_FOR_JSON]}, of_type("json_object")),
    ("gpt-4-0613", {"logprobs": True}, invalid("Unrecognized request argument supplied: logprobs")),
    (
        "gpt-4-0613",
        {"logprobs": True, "top_logprobs": 2, "max_completion_tokens": 5},
        invalid("Unrecognized request arguments supplied: logprobs, max_completion_tokens, top_logprobs"),
    ),
    (
        "gpt-35-turbo-0301",
        {"functions": [{"name": "f"}], "function_call": "auto"},
        invalid("Unrecognized request arguments supplied: function_call, functions"),
    ),
    ("gpt-4-0314", {"tools": [TOOL]}, invalid("Unrecognized request argument supplied: tools")),
    ("gpt-35-turbo", {"response_format": SCHEMA}, of_type("json_schema")),
    ("gpt-4-turbo", {"response_format": SCHEMA}, of_type("json_schema")),
    ("gpt-4o-2024-05-13", {"response_format": SCHEMA}, of_type("json_schema")),
    ("gpt-35-turbo-1106", *NO_IMAGE),
]


@pytest.mark.parametrize(("model", "fields", "error"), OLDER, ids=lambda value: str(value)[:50])
async def test_an_older_model_rejects(emulator, model, fields, error):
    response = await chat(emulator(deployed=[f"it={model}"]), **fields)
    assert response.status_code == 400
    assert response.json()["error"] == error


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("gpt-35-turbo-0613", {"max_tokens": 5, "temperature": 0.5, "stop": "zzz", "n": 2}),
        ("gpt-35-turbo-0613", {"functions": [{"name": "f"}], "function_call": "auto"}),
        ("gpt-35-turbo", {"response_format": JSON, "messages": [ASKS_FOR_JSON], "max_completion_tokens": 9}),
        ("gpt-4o", {"response_format": SCHEMA, "logprobs": True, "max_tokens": 5, "messages": [IMAGE]}),
        ("gpt-5-chat", {"max_tokens": 5, "temperature": 0.5}),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_chat_model_accepts(emulator, model, fields):
    assert (await chat(emulator(deployed=[f"it={model}"]), **fields)).status_code == 200


async def test_in_the_strict_flavour_an_error_has_no_null(emulator):
    client = emulator(deployed=["it=gpt-4-0613"], flavour="strict")
    response = await chat(client, max_completion_tokens=5)
    assert response.json()["error"] == {
        "message": "Unrecognized request argument supplied: max_completion_tokens",
        "type": "invalid_request_error",
        "code": "invalid_value",
    }


async def test_model_inference_rejects_in_its_own_form(emulator):
    served = Catalogue.packaged().load("ai-model-inference@2025-04-01")
    client = emulator(deployed=["it=gpt-5"], served=served)
    response = await client.http.post(
        "/models/chat/completions", json={"messages": [USER], "temperature": 0.5}
    )
    assert response.status_code == 422
    assert response.json()["detail"] == {"loc": ["body", "temperature"], "input": 0.5}


async def test_model_inference_has_only_the_given_deployments(emulator):
    served = Catalogue.packaged().load("ai-model-inference@2025-04-01")
    client = emulator(deployed=["it=text-embedding-3-small"], served=served)
    assert (await client.http.post("/models/chat/completions", json={"messages": [USER]})).status_code == 404
    assert (await client.http.post("/models/embeddings", json={"input": ["a"]})).status_code == 200


async def test_a_stream_of_a_reasoning_model_counts_reasoning_and_contains_none(emulator):
    client = emulator(deployed=["it=gpt-5"])
    response = await chat(client, checked=False, stream=True, stream_options={"include_usage": True})
    *data, done, _ = response.text.split("\n\n")
    assert done == "data: [DONE]"
    *pieces, last = (json.loads(text.removeprefix("data: ")) for text in data)
    assert last["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0
    deltas = [choice["delta"] for piece in pieces for choice in piece["choices"] if "delta" in choice]
    assert "".join(delta.get("content") or "" for delta in deltas)
    assert all("reasoning_content" not in delta for delta in deltas)
