"""No request, whatever its content, slows down or crashes the emulator.

A request that takes longer than `PATIENCE` fails its test by a time-out.
"""

from __future__ import annotations

import asyncio
import reprlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: Seconds, a hundred times what the greediest of these requests takes.
PATIENCE = 120
MESSAGE = {"role": "user", "content": "Answer in JSON."}
MANY_PROPERTIES = {str(number): {"type": "string", "minLength": 2000} for number in range(400)}
WIDE = {"type": "object", "properties": MANY_PROPERTIES, "required": list(MANY_PROPERTIES)}


def answering_with(schema):
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return {"n": 128, "response_format": wanted}


def calling_with(parameters):
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
    return {"n": 128, "tools": [tool] * 3, "tool_choice": "required"}


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 128, "logprobs": True, "top_logprobs": 20},
        {"n": 128, "logprobs": True, "top_logprobs": 20, "stream": True},
        {"messages": [{"role": "user", "content": "ab " * 340_000}]},
        {"messages": [MESSAGE] * 15_000},
        {"messages": [{"role": "user", "conten": "a"}] * 15_000},
        {"messages": [1] * 49_000},
        {"messages": [{"role": "user", "content": [{"type": "text"}] * 40_000}]},
        {"stop": ["x" * 200_000] * 4},
        {"stop": ["x"] * 45_000},
        {"logit_bias": {str(number): 1 for number in range(49_000)}},
        {"logit_bias": {str(number): 101 for number in range(49_000)}},
        {"user": "x" * 1_000_000},
        answering_with({"const": "é" * 400_000}),
        answering_with(
            {"type": "array", "minItems": 64, "uniqueItems": True, "items": {"const": "x" * 900_000}}
        ),
        answering_with({"type": "array", "minItems": 64, "items": {"enum": list(range(40_000))}}),
        answering_with({"allOf": [{"required": [f"k{number}"]} for number in range(10_000)]}),
        answering_with(WIDE),
        calling_with(WIDE),
        calling_with({"enum": [{"a": "x" * 300_000}]}),
        answering_with({"anyOf": [{"required": [f"k{number}"]} for number in range(10_000)]}),
        answering_with(
            {
                "$defs": {"a": {"properties": {f"k{n}": {"$ref": "#/$defs/a"} for n in range(10_000)},
                                "required": [f"k{n}" for n in range(10_000)]}},
                "$ref": "#/$defs/a",
            }
        ),
        answering_with({"type": "object", "properties": {f"k{n}": {} for n in range(15_000)},
                        "required": [f"k{n}" for n in range(15_000)]}),
    ],
    ids=lambda fields: reprlib.repr(fields)[:70],
)  # fmt: skip
async def test_an_expensive_chat_request_is_answered_quickly(emulator, fields):
    client = emulator()
    async with asyncio.timeout(PATIENCE):
        response = await client.chat(**{"messages": [MESSAGE], **fields}, checked=False)
    assert response.status_code in (200, 400)
    assert len(response.content) < 20_000_000


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": ["a"] * 2048, "max_tokens": 4000, "logprobs": 5},
        {"prompt": ["a " * 2000] * 16, "n": 128, "max_tokens": 16, "echo": True},
        {"prompt": ["a " * 2000] * 16, "n": 128, "max_tokens": 2000, "logprobs": 5, "echo": True},
        {"prompt": "a " * 2000, "n": 30, "max_tokens": 2000, "logprobs": 5, "echo": True, "stream": True},
        {"prompt": ["a"] * 20_000},
        {"prompt": [[1]] * 20_000},
        {"prompt": [[1, "a"]] * 3_000},
        pytest.param({"prompt": [[1, "a"]] * 15_000}, marks=pytest.mark.whole_selftest),
        {"best_of": 20, "n": 1, "prompt": ["a"] * 100, "stop": ["b", "c", "d", "e"]},
    ],
    ids=lambda fields: reprlib.repr(fields)[:70],
)
async def test_an_expensive_completion_request_is_answered_quickly(emulator, fields):
    client = emulator()
    async with asyncio.timeout(PATIENCE):
        response = await client.completions(**fields, checked=False)
    assert response.status_code in (200, 400)
    assert len(response.content) < 40_000_000


async def test_the_longest_list_of_vectors_is_answered_quickly(emulator):
    client = emulator()
    texts = [f"text {number}" for number in range(2048)]
    async with asyncio.timeout(PATIENCE):
        response = await client.embeddings(input=texts, encoding_format="base64", checked=False)
    assert response.status_code == 200
    assert len(response.content) < 40_000_000


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
CHAT_FIELDS = st.sampled_from(
    ["messages", "temperature", "stop", "n", "tools", "tool_choice", "response_format", "logprobs",
     "top_logprobs", "max_tokens", "stream", "stream_options", "functions", "function_call", "logit_bias",
     "data_sources", "seed", "parallel_tool_calls", "user", "max_completion_tokens"]
)  # fmt: skip
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "system", "assistant", "tool", "function"])},
        optional={
            "content": st.text(max_size=9) | VALUES,
            "tool_call_id": st.text(max_size=3),
            "name": st.text(max_size=3) | VALUES,
            "tool_calls": VALUES,
            "function_call": VALUES,
        },
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_chat_request_is_answered_with_a_5xx(document, data):
    import httpx

    from aoai_emulator.app import create_app
    from aoai_emulator.settings import Settings

    fields = data.draw(st.dictionaries(CHAT_FIELDS, VALUES, max_size=4))
    fields["messages"] = data.draw(MESSAGES)

    async def post():
        transport = httpx.ASGITransport(create_app(Settings(documents=(document,))))
        async with httpx.AsyncClient(transport=transport, headers={"api-key": "any"}) as http:
            path = "http://emulator.test/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
            return await http.post(path, json=fields)

    assert asyncio.run(post()).status_code in (200, 400)
