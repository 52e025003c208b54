"""Responses are what the same model says in a chat, within the limits and with the tools of the request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import FUNCTION, V1Client

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}


def text_of(response: dict[str, Any]) -> str:
    return "".join(
        part["text"] for item in response["output"] if item["type"] == "message" for part in item["content"]
    )


def types_of(response: dict[str, Any]) -> list[str]:
    return [item["type"] for item in response["output"]]


@pytest.mark.parametrize("flavour", ["azure", "strict"])
async def test_a_text_is_answered_by_a_message(start, flavour):
    response = await start(flavour=flavour).create()
    assert response["status"] == "completed"
    assert types_of(response) == ["message"]
    assert response["usage"]["total_tokens"] == (
        response["usage"]["input_tokens"] + response["usage"]["output_tokens"]
    )
    assert response["model"] == "gpt-4o"


async def test_the_prompt_says_what_to_respond(client: V1Client):
    response = await client.create(input="[emulate: say Hello there.]")
    assert text_of(response) == "Hello there."


async def test_fixtures_say_what_to_respond(start):
    fixture = {"match": {"operation": "response-create"}, "response": {"text": "From a fixture."}}
    client = start(fixtures=(fixture,))
    assert text_of(await client.create()) == "From a fixture."
    *_, last = await client.create(stream=True)
    assert text_of(last["response"]) == "From a fixture."


async def test_a_response_ends_at_its_limit(client: V1Client):
    response = await client.create(max_output_tokens=3)
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert response["output"][-1]["status"] == "incomplete"
    assert response["usage"]["output_tokens"] == 3
    assert response["completed_at"] is None


async def test_a_filtered_response_is_incomplete(client: V1Client):
    response = await client.create(input="[emulate: answer filtered]")
    assert response["incomplete_details"] == {"reason": "content_filter"}


async def test_a_model_can_fail(client: V1Client):
    response = await client.create(input="[emulate: failure]")
    assert (response["status"], response["error"]["code"]) == ("failed", "server_error")
    *_, error, last = await client.create(input="[emulate: failure]", stream=True)
    assert (error["type"], last["type"]) == ("error", "response.failed")


async def test_the_request_is_repeated(client: V1Client):
    sent = {"temperature": 0.5, "metadata": {"a": "b"}, "instructions": "Be brief.", "truncation": "auto"}
    response = await client.create(**sent)
    assert {name: response[name] for name in sent} == sent


async def test_a_function_is_called_and_its_result_taken(client: V1Client):
    called = await client.create(tools=[FUNCTION], tool_choice="required")
    (call,) = called["output"]
    assert set(json.loads(call["arguments"])) == {"city"}
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"}
    final = await client.create(input=[result], previous_response_id=called["id"], tools=[FUNCTION])
    assert types_of(final) == ["message"]


async def test_rejects_a_turn_without_the_result_of_a_call(client: V1Client):
    called = await client.create(tools=[FUNCTION], tool_choice="required")
    error = await client.create(previous_response_id=called["id"], status=400)
    assert "No tool output found" in error["error"]["message"]


async def test_a_custom_tool_gets_a_text(client: V1Client):
    tool = {"type": "custom", "name": "note"}
    response = await client.create(tools=[tool], tool_choice={"type": "custom", "name": "note"})
    (call,) = response["output"]
    assert call["type"] == "custom_tool_call"
    assert not call["input"].startswith("{")


async def test_only_allowed_functions_are_called(client: V1Client):
    tools = [FUNCTION, {**FUNCTION, "name": "forget"}]
    allowed = [{"type": "function", "name": "forget"}]
    choice = {"type": "allowed_tools", "mode": "required", "tools": allowed}
    response = await client.create(tools=tools, tool_choice=choice)
    assert {item["name"] for item in response["output"]} == {"forget"}


async def test_a_text_follows_the_requested_schema(client: V1Client):
    form = {"type": "json_schema", "name": "count", "schema": SCHEMA, "strict": True}
    response = await client.create(text={"format": form})
    assert isinstance(json.loads(text_of(response))["n"], int)


async def test_reasoning_is_summarised_and_encrypted_on_request(client: V1Client):
    plain = await client.create(reasoning={"effort": "low"})
    assert plain["output"][0]["summary"] == []
    assert "encrypted_content" not in plain["output"][0]
    full = await client.create(
        reasoning={"effort": "low", "summary": "auto"}, include=["reasoning.encrypted_content"], store=False
    )
    assert full["output"][0]["summary"][0]["text"]
    assert full["output"][0]["encrypted_content"]
    assert full["usage"]["output_tokens_details"]["reasoning_tokens"] > 0


async def test_encrypted_reasoning_is_taken_back(client: V1Client):
    first = await client.create(
        reasoning={"effort": "low"}, include=["reasoning.encrypted_content"], store=False
    )
    question = {"type": "message", "role": "user", "content": "And then?"}
    second = await client.create(input=[*first["output"], question], store=False)
    assert second["status"] == "completed"


HOSTED: dict[str, dict[str, Any]] = {
    "web_search_call": {"type": "web_search"},
    "code_interpreter_call": {"type": "code_interpreter", "container": {"type": "auto"}},
    "image_generation_call": {"type": "image_generation"},
    "mcp_call": {"type": "mcp", "server_label": "s", "server_url": "https://x", "require_approval": "never"},
}


async def test_tools_of_the_service_run_before_the_message(client: V1Client):
    response = await client.create(tools=list(HOSTED.values()))
    found = types_of(response)
    assert [kind for kind in found if kind in HOSTED] == list(HOSTED)
    assert found[-1] == "message"


async def test_tools_of_the_service_keep_their_limit(client: V1Client):
    response = await client.create(tools=list(HOSTED.values()), max_tool_calls=1)
    assert sum(kind in HOSTED for kind in types_of(response)) == 1


async def test_a_server_of_tools_waits_for_approval(client: V1Client):
    tool = {"type": "mcp", "server_label": "s", "server_url": "https://x"}
    asked = await client.create(tools=[tool])
    assert types_of(asked) == ["mcp_list_tools", "mcp_approval_request"]
    approval = {
        "type": "mcp_approval_response",
        "id": "mcpa_1",
        "approval_request_id": asked["output"][-1]["id"],
        "approve": True,
    }
    final = await client.create(input=[approval], previous_response_id=asked["id"], tools=[tool])
    assert types_of(final) == ["mcp_call", "message"]


async def test_log_probabilities_are_included_on_request(client: V1Client):
    response = await client.create(include=["message.output_text.logprobs"], top_logprobs=2)
    (part,) = response["output"][0]["content"]
    assert len(part["logprobs"]) == response["usage"]["output_tokens"]
    assert {len(each["top_logprobs"]) for each in part["logprobs"]} == {2}


async def test_rejects_what_contradicts_itself(client: V1Client):
    unknown = await client.create(previous_response_id="resp_0", status=400)
    assert unknown["error"]["code"] == "previous_response_not_found"
    assert unknown["error"]["param"] == "previous_response_id"
    await client.create(background=True, store=False, status=400)
    await client.create(stream_options={"include_obfuscation": False}, status=400)
    await client.create(tool_choice="required", status=400)
    await client.create(tools=[FUNCTION], tool_choice={"type": "function", "name": "other"}, status=400)
    await client.create(conversation="conv_0", status=404)
    await client.create(max_output_tokens=0, status=400)
    await client.create(temperature=2.5, status=400)
    await client.create(input=[{"type": "item_reference", "id": "msg_0"}], status=404)
    await client.create(tools=[{"type": "file_search", "vector_store_ids": ["vs_0"]}], status=404)
    await client.send("POST", "/responses", json={"model": "gpt-4o"}, status=400)
    await client.send("POST", "/responses", json={"input": "Hello"}, status=400)


async def test_keys_and_tokens_are_equivalent(start):
    client = start(api_key="right")
    for headers, status in (
        ({"api-key": "right"}, 200),
        ({"api-key": "wrong"}, 401),
        ({"authorization": "Bearer right"}, 200),
        ({"authorization": "Bearer wrong"}, 401),
    ):
        client.http.headers = headers
        await client.create(status=status)


async def test_limits_count_responses(start):
    from aoai_emulator.traffic.limits import parse_limits

    client = start(limits=parse_limits(["gpt-4o=1"], [], []))
    await client.create()
    await client.create(status=429)
