"""A streamed chat has the same content as the plain one, in well-formed chunks."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from ..asking import ask
from ..conftest import chunks

TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
OTHER = {"type": "function", "function": {"name": "forget"}}
FUNCTION = TOOL["function"]
ASKS_FOR_JSON = [{"role": "user", "content": "Answer in JSON, please."}]


async def stream(client, **fields):
    """The chunks that have choices, without the findings that azure sends first."""
    sent = chunks(await client.chat(stream=True, **fields))
    return [chunk for chunk in sent if chunk["choices"]]


def by_choice(sent):
    parts = defaultdict(list)
    for chunk in sent:
        (part,) = chunk["choices"]
        parts[part["index"]].append(part)
    return dict(sorted(parts.items()))


def assembled(parts):
    """A choice as the unstreamed answer would have it, put together from its parts."""
    whole = {"role": None, "content": None, "refusal": None}
    calls = {}
    for part in parts:
        delta = part["delta"]
        whole["role"] = delta.get("role") or whole["role"]
        if delta.get("content") is not None:
            whole["content"] = (whole["content"] or "") + delta["content"]
        for fragment in delta.get("tool_calls", ()):
            call = calls.setdefault(fragment["index"], {"function": {"name": "", "arguments": ""}})
            call |= {key: fragment[key] for key in ("id", "type") if key in fragment}
            for key, text in fragment["function"].items():
                call["function"][key] += text
        for key, text in delta.get("function_call", {}).items():
            made = whole.setdefault("function_call", {"name": "", "arguments": ""})
            made[key] += text
    if calls:
        whole["tool_calls"] = [calls[index] for index in sorted(calls)]
    logprobs = [token for part in parts for token in ((part.get("logprobs") or {}).get("content") or ())]
    return whole, [part["finish_reason"] for part in parts], logprobs


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"n": 3, "max_tokens": 20},
        {"stop": ["END", "\n"], "n": 2},
        {"seed": 5, "temperature": 0},
        {"logprobs": True, "top_logprobs": 3, "max_tokens": 9},
        {"tools": [TOOL, OTHER], "tool_choice": "required"},
        {"tools": [TOOL, OTHER], "tool_choice": "required", "n": 3},
        {"tools": [TOOL], "n": 4},
        {"tools": [TOOL], "tool_choice": "required", "max_tokens": 2},
        {"functions": [FUNCTION], "function_call": {"name": "look_up"}},
        {"response_format": {"type": "json_object"}, "messages": ASKS_FOR_JSON},
        {"max_tokens": 0},
        {"max_tokens": 1, "n": 128},
    ],
    ids=str,
)
async def test_a_stream_has_the_same_content_as_the_plain_response(client, fields):
    whole = await ask(client.chat(**fields))
    parts = by_choice(await stream(client, **fields))
    assert list(parts) == [choice["index"] for choice in whole["choices"]]
    for choice in whole["choices"]:
        message, endings, logprobs = assembled(parts[choice["index"]])
        assert message == choice["message"]
        assert endings[-1] == choice["finish_reason"]
        assert set(endings[:-1]) <= {None}
        assert logprobs == ((choice["logprobs"] or {}).get("content") or [])


async def test_every_chunk_repeats_the_model(client):
    sent = await stream(client, n=2, max_tokens=5)
    for name in ("id", "object", "created", "model", "system_fingerprint"):
        assert len({chunk[name] for chunk in sent}) == 1
    assert sent[0]["object"] == "chat.completion.chunk"


async def test_the_role_is_sent_first_and_only_once(client):
    for parts in by_choice(await stream(client, n=3, max_tokens=5)).values():
        assert parts[0]["delta"]["role"] == "assistant"
        assert not any("role" in part["delta"] for part in parts[1:])


async def test_the_choices_are_interleaved(client):
    sent = await stream(client, n=3, max_tokens=5)
    assert [chunk["choices"][0]["index"] for chunk in sent[:6]] == [0, 1, 2, 0, 1, 2]


async def test_the_usage_is_sent_last_and_only_if_requested(client):
    sent = chunks(await client.chat(stream=True, n=2, stream_options={"include_usage": True}))
    whole = await ask(client.chat(n=2))
    assert sent[-1]["usage"] == whole["usage"]
    assert sent[-1]["choices"] == []
    assert all(chunk["usage"] is None for chunk in sent[:-1] if chunk["id"])
    for unasked in ({}, {"stream_options": {"include_usage": False}}, {"stream_options": {}}):
        sent = chunks(await client.chat(stream=True, **unasked))
        assert not any(chunk.get("usage") for chunk in sent)


async def test_tool_calls_are_sent_in_fragments(client):
    sent = await stream(client, tools=[TOOL, OTHER], tool_choice="required")
    fragments = defaultdict(list)
    for chunk in sent:
        for fragment in chunk["choices"][0]["delta"].get("tool_calls", ()):
            fragments[fragment["index"]].append(fragment)
    assert list(fragments) == [0, 1]
    for first, *rest in fragments.values():
        assert {"id", "type"} <= first.keys()
        assert first["function"]["name"] in ("look_up", "forget")
        assert first["function"]["arguments"] == ""
        assert rest
        for fragment in rest:
            assert fragment.keys() == {"index", "function"}
            assert fragment["function"].keys() == {"arguments"}


async def test_azure_sends_the_findings_on_the_prompt_first(emulator):
    first, second, *rest = chunks(await emulator(flavour="azure").chat(stream=True, max_tokens=3))
    assert first["prompt_filter_results"][0]["prompt_index"] == 0
    assert {key: first[key] for key in ("id", "object", "model", "created", "choices")} == {
        "id": "",
        "object": "",
        "model": "",
        "created": 0,
        "choices": [],
    }
    assert second["choices"][0]["content_filter_results"] == {}
    assert rest[0]["choices"][0]["content_filter_results"]["hate"]["severity"] == "safe"
    assert rest[-1]["choices"][0]["content_filter_results"] == {}
    assert all("logprobs" not in chunk["choices"][0] and chunk["usage"] is None for chunk in rest)


async def test_strict_sends_the_findings_with_the_answer(emulator):
    client = emulator(flavour="strict")
    whole = await ask(client.chat(max_tokens=3))
    sent = chunks(await client.chat(stream=True, max_tokens=3))
    assert all(chunk["id"] and chunk["choices"][0]["logprobs"] is None for chunk in sent)
    assert not any("usage" in chunk for chunk in sent)
    assert sent[0]["prompt_filter_results"] == whole["prompt_filter_results"]
    last = sent[-1]["choices"][0]
    assert last["content_filter_results"] == whole["choices"][0]["content_filter_results"]
    assert not any("prompt_filter_results" in chunk for chunk in sent[1:])


async def test_a_stream_has_the_media_type_of_a_stream(client):
    response = await client.chat(stream=True, max_tokens=3)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "content-length" not in response.headers


async def test_a_long_stream_has_more_than_one_token_per_chunk(client):
    sent = await stream(client, n=128, logprobs=True)
    assert len(sent) < 10_000
    assert max(len(((c["choices"][0].get("logprobs") or {}).get("content")) or ()) for c in sent) == 2


async def test_a_rejected_request_is_not_streamed(client):
    response = await client.chat(stream=True, temperature=3)
    assert response.status_code == 400
    assert json.loads(response.text)["error"]["param"] == "temperature"
