"""Tools are called when they should be, and their arguments fit their parameters."""

from __future__ import annotations

import json

import jsonschema
import pytest

from ..asking import ask, choice, message

USER = {"role": "user", "content": "What is new?"}
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}, "days": {"type": "integer"}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}
OTHER = {"type": "function", "function": {"name": "clock"}}
NAMED = {"type": "function", "function": {"name": "weather"}}


async def test_required_calls_with_matching_arguments(client):
    body = await ask(client.chat(tools=[TOOL], tool_choice="required"))
    (call,) = message(body)["tool_calls"]
    assert call["type"] == "function"
    assert call["function"]["name"] == "weather"
    jsonschema.validate(json.loads(call["function"]["arguments"]), PARAMETERS)
    assert choice(body)["finish_reason"] == "tool_calls"
    assert message(body)["content"] is None


async def test_a_named_choice_calls_that_tool_once(client):
    for seed in range(4):
        body = await ask(client.chat(tools=[OTHER, TOOL], tool_choice=NAMED, seed=seed))
        assert [call["function"]["name"] for call in message(body)["tool_calls"]] == ["weather"]


async def test_none_and_no_tools_answer_with_text(client):
    for fields in ({"tools": [TOOL], "tool_choice": "none"}, {"tools": []}, {}):
        for seed in range(4):
            body = await ask(client.chat(**fields, seed=seed))
            assert message(body)["content"]
            assert "tool_calls" not in message(body)


async def test_auto_sometimes_calls_and_sometimes_answers(client):
    body = await ask(client.chat(tools=[TOOL], n=32))
    called = ["tool_calls" in one["message"] for one in body["choices"]]
    assert set(called) == {True, False}
    for one in body["choices"]:
        assert one["finish_reason"] == ("tool_calls" if "tool_calls" in one["message"] else "stop")


async def test_after_the_response_of_a_tool_auto_answers_with_text(client):
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    content = [
        USER,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
    ]
    body = await ask(client.chat(tools=[TOOL], messages=content, n=16))
    assert all(one["message"]["content"] for one in body["choices"])


async def test_in_json_mode_auto_answers_in_json(client):
    asks = {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "JSON!"}]}
    body = await ask(client.chat(tools=[TOOL], n=16, **asks))
    assert all(json.loads(one["message"]["content"]) for one in body["choices"])


async def test_parallel_calls_have_unique_ids(client):
    body = await ask(client.chat(tools=[TOOL, OTHER], tool_choice="required", n=2))
    ids = [call["id"] for one in body["choices"] for call in one["message"]["tool_calls"]]
    assert len(ids) == len(set(ids)) == 4


async def test_without_parallel_calls_there_is_one(client):
    body = await ask(client.chat(tools=[TOOL, OTHER], tool_choice="required", parallel_tool_calls=False))
    assert len(message(body)["tool_calls"]) == 1


async def test_a_function_is_called_in_the_older_form(client):
    body = await ask(client.chat(functions=[TOOL["function"]], function_call={"name": "weather"}))
    made = message(body)["function_call"]
    assert made["name"] == "weather"
    jsonschema.validate(json.loads(made["arguments"]), PARAMETERS)
    assert choice(body)["finish_reason"] == "function_call"


async def test_arguments_cut_by_the_limit_have_the_finish_reason_length(client):
    body = await ask(client.chat(tools=[TOOL], tool_choice="required", max_tokens=2))
    assert choice(body)["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize("parameters", [None, {}, {"type": "object"}, {"type": "array"}, {"$ref": "#/x"}])
async def test_arguments_are_an_object_whatever_the_parameters(client, parameters):
    function = {"name": "f"} if parameters is None else {"name": "f", "parameters": parameters}
    tools = [{"type": "function", "function": function}]
    body = await ask(client.chat(tools=tools, tool_choice="required"))
    assert isinstance(json.loads(message(body)["tool_calls"][0]["function"]["arguments"]), dict)


async def test_with_log_probabilities_a_call_has_none(client):
    body = await ask(client.chat(tools=[TOOL], tool_choice="required", logprobs=True))
    assert choice(body)["logprobs"] == {"content": None, "refusal": None}
