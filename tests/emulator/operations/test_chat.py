"""Chat answers: choices, limits, stop sequences, log probabilities, usage, JSON modes, sources, seeds."""

from __future__ import annotations

import json
import math

import jsonschema
import pytest

from aoai_emulator.content.tokens import count

from ..asking import ask, choice, message

ASKS_FOR_JSON = [{"role": "user", "content": "Answer in JSON, please."}]


async def test_there_are_n_choices_with_indices_from_zero(client):
    body = await ask(client.chat(n=5, max_tokens=30))
    assert [one["index"] for one in body["choices"]] == [0, 1, 2, 3, 4]
    assert len({one["message"]["content"] for one in body["choices"]}) == 5


async def test_128_choices_are_fine(client):
    body = await ask(client.chat(n=128, max_tokens=1))
    assert len(body["choices"]) == 128
    assert body["usage"]["completion_tokens"] == 128


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("tokens", [0, 1, 5, 16])
async def test_an_answer_that_reaches_its_limit_has_the_finish_reason_length(client, limit, tokens):
    body = await ask(client.chat(**{limit: tokens}))
    assert choice(body)["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == tokens
    assert count(message(body)["content"]) == tokens


async def test_an_answer_without_a_limit_ends_by_itself(client):
    body = await ask(client.chat())
    assert choice(body)["finish_reason"] == "stop"
    assert message(body)["content"].endswith(".")
    assert body["usage"]["completion_tokens"] == count(message(body)["content"])


@pytest.mark.parametrize("stop", ["END", ["END"], ["x", "e"], [" ", "\n", "🌿", "qqq"]])
async def test_the_text_ends_before_a_stop_sequence(client, stop):
    body = await ask(client.chat(stop=stop, n=3))
    for one in body["choices"]:
        assert one["finish_reason"] == "stop"
        assert not any(text in one["message"]["content"] for text in stop if stop != "END")
        assert "END" not in one["message"]["content"]


async def test_the_usage_adds_up_over_all_choices(client):
    one = (await ask(client.chat()))["usage"]
    three = await ask(client.chat(n=3))
    assert one["total_tokens"] == one["prompt_tokens"] + one["completion_tokens"]
    assert three["usage"]["prompt_tokens"] == one["prompt_tokens"]
    assert three["usage"]["completion_tokens"] == sum(
        count(each["message"]["content"]) for each in three["choices"]
    )


async def test_more_words_cost_more_prompt_tokens(client):
    short = await ask(client.chat(messages=[{"role": "user", "content": "hi"}]))
    named = await ask(client.chat(messages=[{"role": "user", "content": "hi", "name": "ada"}]))
    long = await ask(client.chat(messages=[{"role": "user", "content": "hi there, how are you?"}]))
    seen = await ask(
        client.chat(
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "hi"},
                        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                    ],
                }
            ]
        )
    )
    costs = [body["usage"]["prompt_tokens"] for body in (short, named, long, seen)]
    assert costs == sorted(set(costs))


async def test_log_probabilities_describe_the_text_token_by_token(client):
    body = await ask(client.chat(logprobs=True, top_logprobs=5, max_tokens=40))
    described = choice(body)["logprobs"]["content"]
    assert "".join(token["token"] for token in described) == message(body)["content"]
    assert len(described) == body["usage"]["completion_tokens"]
    for token in described:
        assert bytes(token["bytes"]).decode() == token["token"]
        likeliest = [one["logprob"] for one in token["top_logprobs"]]
        assert len(likeliest) == 5
        assert likeliest == sorted(likeliest, reverse=True)
        assert all(one <= 0 for one in likeliest)
        assert sum(math.exp(one) for one in likeliest) <= 1
        assert token["token"] in {one["token"] for one in token["top_logprobs"]}
        assert len({one["token"] for one in token["top_logprobs"]}) == 5


async def test_without_top_logprobs_only_the_chosen_tokens_are_described(client):
    body = await ask(client.chat(logprobs=True, max_tokens=4))
    assert [token["top_logprobs"] for token in choice(body)["logprobs"]["content"]] == [[]] * 4
    assert choice(body)["logprobs"]["refusal"] is None


async def test_log_probabilities_are_null_unless_requested(client):
    assert choice(await ask(client.chat(max_tokens=4)))["logprobs"] is None


async def test_the_same_request_gives_the_same_text(emulator):
    first = await ask(emulator(seed=7).chat(seed=1))
    again = await ask(emulator(seed=7).chat(seed=1))
    assert message(first) == message(again)
    assert first["system_fingerprint"] == again["system_fingerprint"]
    assert first["id"] != again["id"]


async def test_another_seed_gives_another_text(emulator):
    client = emulator(seed=7)
    texts = [
        message(await ask(client.chat(seed=1))),
        message(await ask(client.chat(seed=2))),
        message(await ask(client.chat())),
        message(await ask(emulator(seed=8).chat(seed=1))),
        message(await ask(client.chat(seed=1, messages=ASKS_FOR_JSON))),
    ]
    assert len({text["content"] for text in texts}) == 5


async def test_json_mode_returns_an_object(client):
    for seed in range(10):
        body = await ask(
            client.chat(
                messages=ASKS_FOR_JSON, response_format={"type": "json_object"}, max_tokens=16, seed=seed
            )
        )
        assert choice(body)["finish_reason"] == "stop"
        assert isinstance(json.loads(message(body)["content"]), dict)


async def test_a_schema_returns_an_instance(client):
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "degrees": {"type": "integer", "minimum": 5}},
        "required": ["city", "degrees"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "weather", "schema": schema, "strict": True}}
    for seed in range(5):
        body = await ask(client.chat(response_format=wanted, seed=seed))
        jsonschema.validate(json.loads(message(body)["content"]), schema)
        assert choice(body)["finish_reason"] == "stop"
    body = await ask(client.chat(response_format=wanted, max_tokens=3))
    assert choice(body)["finish_reason"] == "length"


async def test_data_sources_add_citations_and_an_intent(client):
    source = {
        "type": "azure_search",
        "parameters": {
            "endpoint": "https://search.example.com",
            "index_name": "books",
            "authentication": {"type": "api_key", "key": "k"},
        },
    }
    context = message(await ask(client.chat(data_sources=[source])))["context"]
    assert "books" in context["citations"][0]["content"]
    assert json.loads(context["intent"]) == ["What is new?"]


async def test_the_response_names_its_model(client):
    body = await ask(client.chat())
    assert body["object"] == "chat.completion"
    assert body["model"] == "gpt-4o-2024-08-06"
    assert body["id"].startswith("chatcmpl-")
    assert body["system_fingerprint"].startswith("fp_")
    assert message(body)["role"] == "assistant"
    assert message(body)["refusal"] is None


async def test_the_content_filter_finds_nothing(client):
    body = await ask(client.chat())
    found = body["prompt_filter_results"][0]
    assert found["prompt_index"] == 0
    assert found["content_filter_results"]["jailbreak"] == {"filtered": False, "detected": False}
    for category in ("hate", "self_harm", "sexual", "violence"):
        for results in (found["content_filter_results"], choice(body)["content_filter_results"]):
            assert results[category] == {"filtered": False, "severity": "safe"}
