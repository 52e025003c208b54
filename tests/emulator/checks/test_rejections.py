"""Requests that a schema or the prose forbids are rejected with 400, and the field at fault is named."""

from __future__ import annotations

import pytest

TOOL = {"type": "function", "function": {"name": "look_up"}}
FUNCTION = {"name": "look_up"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
USER = {"role": "user", "content": "What is new?"}
ASKS_FOR_JSON = {"role": "user", "content": "Answer in JSON."}

CHATS = [
    ({"temperature": 2.1}, "temperature"),
    ({"temperature": -0.1}, "temperature"),
    ({"temperature": "1"}, "temperature"),
    ({"top_p": 1.01}, "top_p"),
    ({"n": 0}, "n"),
    ({"n": 129}, "n"),
    ({"n": 1.5}, "n"),
    ({"stop": []}, "stop"),
    ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
    ({"stop": 5}, "stop"),
    ({"stop": [1]}, "stop[0]"),
    ({"user": None}, "user"),
    ({"presence_penalty": 2.5}, "presence_penalty"),
    ({"frequency_penalty": -2.5}, "frequency_penalty"),
    ({"seed": 2**63}, "seed"),
    ({"seed": 1.5}, "seed"),
    ({"stream": "yes"}, "stream"),
    ({"logprobs": 1}, "logprobs"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
    ({"logit_bias": {"50256": 101}}, "logit_bias.50256"),
    ({"logit_bias": {"word": 1}}, "logit_bias"),
    ({"max_tokens": "many"}, "max_tokens"),
    ({"max_tokens": -1}, "max_tokens"),
    ({"max_tokens": 500_000}, "max_tokens"),
    ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens"),
    ({"tools": [TOOL], "tool_choice": "always"}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice"),
    ({"tools": [TOOL] * 129}, "tools"),
    ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ({"tools": [{"type": "function", "function": {"name": "two words"}}]}, "tools[0].function.name"),
    ({"tool_choice": "auto"}, "tool_choice"),
    ({"parallel_tool_calls": True}, "parallel_tool_calls"),
    ({"functions": []}, "functions"),
    ({"functions": [FUNCTION], "function_call": {"name": "other"}}, "function_call"),
    ({"function_call": {"name": "look_up"}}, "function_call"),
    ({"function_call": "auto"}, "function_call"),
    ({"response_format": {"type": "xml"}}, "response_format"),
    ({"response_format": {"type": "json_object"}}, "messages"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.name"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"stream_options": {"include_usage": True}, "stream": False}, "stream_options"),
    ({"top_logprobs": 1}, "top_logprobs"),
    ({"top_logprobs": 0, "logprobs": False}, "top_logprobs"),
    ({"messages": []}, "messages"),
    ({"messages": None}, "messages"),
    ({"messages": [{"content": "hi"}]}, "messages[0].role"),
    ({"messages": [USER, {"role": "poet", "content": "hi"}]}, "messages[1].role"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
    ({"messages": [{"role": "assistant"}]}, "messages[0].content"),
    ({"messages": [{"role": "assistant", "content": None}]}, "messages[0].content"),
    ({"messages": [{"role": "assistant", "tool_calls": []}]}, "messages[0].content"),
    (
        {"messages": [{"role": "assistant", "content": [{"type": "text", "text": "a"},
                                                        {"type": "refusal", "refusal": "b"}]}]},
        "messages[0].content",
    ),
    (
        {"messages": [USER, {"role": "tool", "content": "1", "tool_call_id": "call_1"}]},
        "messages[1].tool_call_id",
    ),
    (
        {"messages": [{"role": "assistant", "tool_calls": [CALL]},
                      {"role": "tool", "content": "1", "tool_call_id": "call_2"}]},
        "messages[1].tool_call_id",
    ),
    ({"messages": [{"role": "user", "content": "a " * 130_000}]}, "messages"),
]  # fmt: skip


async def test_a_chat_request_is_rejected(client):
    responses = [(fields, param, await client.chat(**fields)) for fields, param in CHATS]
    others = [
        (str(fields)[:60], response.text)
        for fields, param, response in responses
        if not is_rejection(response, param)
    ]
    assert others == []


def is_rejection(response, param):
    """Whether a response rejects a parameter, with a code and a message."""
    error = response.json().get("error", {})
    about = (response.status_code, error.get("param"), error.get("type"))
    return about == (400, param, "invalid_request_error") and bool(error["code"]) and bool(error["message"])


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 2},
        {"temperature": None, "top_p": None, "n": None, "stream": None, "seed": None, "stop": None},
        {"top_p": 0},
        {"presence_penalty": -2, "frequency_penalty": 2},
        {"stop": ["a", "b", "c", "d"]},
        {"stop": ""},
        {"seed": -(2**63)},
        {"seed": 2**63 - 1},
        {"max_tokens": None, "max_completion_tokens": 4},
        {"max_tokens": 0},
        {"logit_bias": None},
        {"logit_bias": {}},
        {"logit_bias": {"50256": -100, "1": 100}},
        {"logprobs": None, "top_logprobs": None},
        {"logprobs": True, "top_logprobs": 0},
        {"stream_options": None},
        {"tools": []},
        {"tools": [TOOL] * 128},
        {"tools": [TOOL, TOOL], "parallel_tool_calls": False},
        {"functions": [FUNCTION], "function_call": "none"},
        {"user": ""},
        {"response_format": {"type": "text"}},
        {"response_format": {"type": "json_object"}, "messages": [ASKS_FOR_JSON]},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
        {"messages": [{"role": "system", "content": [{"type": "text", "text": "a"}]},
                      {**USER, "name": "ada"}]},
        {"messages": [USER, {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}]},
        {"messages": [USER,
                      {"role": "assistant", "content": None, "refusal": None, "tool_calls": [CALL]},
                      {"role": "tool", "content": [{"type": "text", "text": "1"}],
                       "tool_call_id": "call_1"}]},
        {"messages": [USER, {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
                      {"role": "function", "name": "f", "content": None}]},
        {"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
            {"type": "text", "text": "What is it?"}]}]},
        {"unheard_of": True},
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
async def test_a_chat_request_is_accepted(client, fields):
    assert (await client.chat(**fields)).status_code == 200


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": 5}, "prompt"),
        ({"prompt": [5.5]}, "prompt"),
        ({"best_of": 21}, "best_of"),
        ({"best_of": -1}, "best_of"),
        ({"best_of": 2, "n": 3}, "best_of"),
        ({"best_of": 2, "stream": True}, "best_of"),
        ({"logprobs": 6}, "logprobs"),
        ({"logprobs": True}, "logprobs"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": 5000}, "max_tokens"),
        ({"prompt": "a " * 5000}, "prompt"),
        ({"prompt": ["a"] * 100, "n": 100}, "prompt"),
        ({"n": 129}, "n"),
        ({"echo": "yes"}, "echo"),
        ({"stream_options": {}}, "stream_options"),
        ({"suffix": 5}, "suffix"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_completion_request_is_rejected(client, fields, param):
    response = await client.completions(**fields)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


async def test_a_completion_request_without_a_prompt_is_rejected(client):
    response = await client.http.post("/openai/deployments/gpt-35-turbo-instruct/completions", json={})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "prompt"
    assert response.json()["error"]["code"] == "missing_required_parameter"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": []}, "input"),
        ({"input": [""]}, "input[0]"),
        ({"input": ["a"] * 2049}, "input"),
        ({"input": 5}, "input"),
        ({"dimensions": 0}, "dimensions"),
        ({"dimensions": 1537}, "dimensions"),
        ({"dimensions": "3"}, "dimensions"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"user": None}, "user"),
        ({"input": "a " * 9000}, "input"),
        ({"input": ["a", "a " * 9000]}, "input[1]"),
        ({"deployment": "text-embedding-ada-002", "dimensions": 3}, "dimensions"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_an_embeddings_request_is_rejected(client, fields, param):
    response = await client.embeddings(**fields)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
