"""The cues of a prompt say what the response is, streamed or not, within the limits of the request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aoai_emulator.content.tokens import count

from ...asking import ask, choice, message
from ...conftest import chunks

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
NAMED = {"type": "function", "function": {"name": "get_weather"}}
CLOCK = {"type": "function", "function": {"name": "clock"}}


def prompt(cue: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": f"Well, [emulate: {cue}] please."}]}


async def streamed(client, **fields):
    """The deltas of the only choice joined, and its finish reason."""
    sent = chunks(await client.chat(**fields, stream=True))
    parts = [part for chunk in sent for part in chunk["choices"]]
    joined: dict[str, Any] = {"calls": {}}
    for delta in (part["delta"] for part in parts):
        for name in ("content", "refusal"):
            if isinstance(delta.get(name), str):
                joined[name] = joined.get(name, "") + delta[name]
        for call in delta.get("tool_calls", ()):
            name, arguments = joined["calls"].get(call["index"], ("", ""))
            function = call["function"]
            joined["calls"][call["index"]] = (
                name + function.get("name", ""),
                arguments + function["arguments"],
            )
    (reason,) = [part["finish_reason"] for part in parts if part["finish_reason"]]
    return joined, reason


@pytest.mark.parametrize("text", ["Paris is the capital.", "naïve 🌿 東京", '{"a": [1, "]"]}', "a; b", " "])
async def test_says_exactly_what_the_cue_says(client, text):
    body = await ask(client.chat(**prompt(f"say {text}")))
    assert message(body)["content"] == text
    assert choice(body)["finish_reason"] == "stop"
    assert body["usage"]["completion_tokens"] == count(text)
    joined, reason = await streamed(client, **prompt(f"say {text}"))
    assert (joined["content"], reason) == (text, "stop")


async def test_every_choice_says_the_text(client):
    body = await ask(client.chat(**prompt("say Yes."), n=3))
    assert [one["message"]["content"] for one in body["choices"]] == ["Yes."] * 3
    assert body["usage"]["completion_tokens"] == 3 * count("Yes.")


async def test_limits_and_stop_sequences_apply_to_the_text(client):
    cue = prompt("say one two three four")
    body = await ask(client.chat(**cue, max_tokens=2))
    assert (message(body)["content"], choice(body)["finish_reason"]) == ("one two", "length")
    assert (await streamed(client, **cue, max_tokens=2)) == ({"content": "one two", "calls": {}}, "length")
    body = await ask(client.chat(**cue, stop=[" three"]))
    assert (message(body)["content"], choice(body)["finish_reason"]) == ("one two", "stop")
    assert body["usage"]["completion_tokens"] == 2


async def test_log_probabilities_are_of_the_text(client):
    body = await ask(client.chat(**prompt("say Paris is it."), logprobs=True))
    assert "".join(each["token"] for each in choice(body)["logprobs"]["content"]) == "Paris is it."


async def test_calls_the_function_with_the_arguments_as_written(client):
    cue = prompt('call get_weather {"city":  "Paris"}')
    body = await ask(client.chat(**cue, tools=[CLOCK, WEATHER]))
    (call,) = message(body)["tool_calls"]
    assert call["function"] == {"name": "get_weather", "arguments": '{"city":  "Paris"}'}
    assert (message(body)["content"], choice(body)["finish_reason"]) == (None, "tool_calls")
    joined, reason = await streamed(client, **cue, tools=[WEATHER])
    assert (joined["calls"], reason) == ({0: ("get_weather", '{"city":  "Paris"}')}, "tool_calls")


async def test_calls_several_functions_after_a_text(client):
    cue = prompt('say Wait.; call get_weather {"city": "Paris"}; call clock')
    body = await ask(client.chat(**cue, tools=[CLOCK, WEATHER]))
    assert [call["function"]["name"] for call in message(body)["tool_calls"]] == ["get_weather", "clock"]
    assert message(body)["content"] == "Wait."
    joined, reason = await streamed(client, **cue, tools=[CLOCK, WEATHER])
    assert (joined["content"], joined["calls"][1], reason) == ("Wait.", ("clock", "{}"), "tool_calls")


async def test_calls_in_the_deprecated_form(client):
    body = await ask(client.chat(**prompt('call f {"a": 1}'), functions=[{"name": "f"}]))
    assert message(body)["function_call"] == {"name": "f", "arguments": '{"a": 1}'}
    assert choice(body)["finish_reason"] == "function_call"


async def test_a_call_is_cut_at_the_limit(client):
    body = await ask(
        client.chat(**prompt('call f {"city": "Paris"}'), functions=[{"name": "f"}], max_tokens=2)
    )
    assert choice(body)["finish_reason"] == "length"
    assert '{"city": "Paris"}'.startswith(message(body)["function_call"]["arguments"])


async def test_a_tool_loop_plays_one_cue_after_the_other(client):
    user = {
        "role": "user",
        "content": '[emulate: call get_weather {"city": "Paris"}] [emulate: say It is sunny.]',
    }
    first = message(await ask(client.chat(messages=[user], tools=[WEATHER])))
    result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "sunny"}
    asked = {"role": "assistant", "tool_calls": first["tool_calls"]}
    second = message(await ask(client.chat(messages=[user, asked, result], tools=[WEATHER])))
    assert second["content"] == "It is sunny."


@pytest.mark.parametrize("flavour", ["azure", "strict"])
async def test_refuses_apart_from_the_text_where_the_document_can(emulator, newer, flavour):
    client = emulator(flavour=flavour, served=newer)
    body = await ask(client.chat(**prompt("refuse I cannot do that."), logprobs=True))
    assert (message(body)["refusal"], message(body)["content"]) == ("I cannot do that.", None)
    assert choice(body)["finish_reason"] == "stop"
    assert "".join(each["token"] for each in choice(body)["logprobs"]["refusal"]) == "I cannot do that."
    assert body["usage"]["completion_tokens"] == count("I cannot do that.")
    joined, reason = await streamed(client, **prompt("refuse I cannot do that."))
    assert (joined["refusal"], reason) == ("I cannot do that.", "stop")
    assert "content" not in joined


async def test_a_response_ends_for_length(client):
    body = await ask(client.chat(**prompt("say Hel; length")))
    assert (message(body)["content"], choice(body)["finish_reason"]) == ("Hel", "length")
    whole = await ask(client.chat(messages=[{"role": "user", "content": "Hi"}], seed=1))
    half = await ask(client.chat(**prompt("length"), seed=1))
    assert choice(whole)["finish_reason"] == "stop"
    assert choice(half)["finish_reason"] == "length"
    assert message(half)["content"]


async def test_json_that_ends_for_length_is_cut(client):
    messages = [{"role": "user", "content": "As JSON: [emulate: length]"}]
    body = await ask(client.chat(messages=messages, response_format={"type": "json_object"}))
    with pytest.raises(ValueError):
        json.loads(message(body)["content"])


async def test_a_filter_cuts_the_text_off(emulator):
    body = await ask(emulator(flavour="strict").chat(**prompt("say Hel; filtered")))
    assert (message(body)["content"], choice(body)["finish_reason"]) == ("Hel", "content_filter")
    joined, reason = await streamed(emulator(flavour="azure"), **prompt("say Hel; filtered"))
    assert (joined["content"], reason) == ("Hel", "content_filter")


async def test_text_is_the_json_that_the_request_asks_for(client):
    form = {"response_format": {"type": "json_object"}}
    body = await ask(client.chat(**prompt('say {"json":  1}'), **form))
    assert message(body)["content"] == '{"json":  1}'


JSON_FORM = {"type": "json_object"}
SCHEMA = {"type": "object", "properties": {"json": {"type": "integer"}}, "required": ["json"]}
STRICT = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": SCHEMA}}


@pytest.mark.parametrize(
    ("cue", "fields", "sentence"),
    [
        ("call clock", {}, "The cue calls 'clock', but the request offers no function."),
        ("call other", {"tools": [CLOCK]}, "The cue calls 'other', but the request offers 'clock'."),
        ("call clock", {"tools": [CLOCK], "tool_choice": "none"}, "'tool_choice' is 'none'."),
        ("say Hi", {"tools": [CLOCK], "tool_choice": "required"}, "'tool_choice' requires a call."),
        (
            "call clock",
            {
                "tools": [CLOCK, WEATHER],
                "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
            },
            "than the one that 'tool_choice' names, 'get_weather'.",
        ),
        (
            "call clock; call clock",
            {"tools": [CLOCK], "parallel_tool_calls": False},
            "but 'parallel_tool_calls' is false.",
        ),
        ("call f; call f", {"functions": [{"name": "f"}]}, "but 'functions' allows one call."),
        ("call get_weather {}", {"tools": [WEATHER]}, "do not match the strict function 'get_weather': "),
        ("call get_weather {", {"tools": [WEATHER]}, "'get_weather': it is not JSON."),
        (
            "say no",
            {"response_format": {"type": "json_object"}},
            "what 'response_format' requires: it is not JSON.",
        ),
        ('say {"json": "1"}', {"response_format": STRICT}, '"1" is not of type "integer" at /json.'),
        ("sing", {}, "The cue '[emulate: sing]' is unknown."),
    ],
)
async def test_rejects_a_cue_that_the_request_forbids(emulator, newer, cue, fields, sentence):
    messages = [{"role": "user", "content": f"As JSON: [emulate: {cue}]"}]
    response = await emulator(served=newer).chat(messages=messages, **fields)
    error = response.json()["error"]
    assert response.status_code == 400
    assert sentence in error["message"]
    assert (error["code"], error["param"]) == ("invalid_cue", "messages")


async def test_arguments_of_a_function_that_is_not_strict_may_be_wrong(client):
    body = await ask(client.chat(**prompt("call clock {broken"), tools=[CLOCK]))
    assert message(body)["tool_calls"][0]["function"]["arguments"] == "{broken"


async def test_a_completion_says_the_text_within_its_limits(client):
    body = await ask(client.completions(prompt=["[emulate: say one two]", "Hi"], max_tokens=9))
    assert body["choices"][0]["text"] == "one two"
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["choices"][1]["text"] != "one two"
    short = await ask(client.completions(prompt="[emulate: say one two]", max_tokens=1))
    assert (choice(short)["text"], choice(short)["finish_reason"]) == ("one", "length")
    sent = chunks(
        await client.completions(prompt="[emulate: say one two; length]", stream=True, max_tokens=9)
    )
    parts = [part for chunk in sent for part in chunk["choices"]]
    assert "".join(part["text"] for part in parts) == "one two"
    assert parts[-1]["finish_reason"] == "length"


async def test_a_completion_cannot_call_or_refuse(client):
    response = await client.completions(prompt="[emulate: call f {}]")
    assert response.status_code == 400
    assert "a completion has only text" in response.json()["error"]["message"]
