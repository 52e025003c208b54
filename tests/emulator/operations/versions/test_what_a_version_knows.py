"""Responses contain what the version of the request declares, and nothing added later."""

from __future__ import annotations

import json

import pytest

from aoai_emulator.content.declared_responses import as_declared, declared_chunk, declared_response

from .conftest import MODELS, NEWEST, document

SECOND = "azure-openai@2024-06-01"
FIRST = "azure-openai@2024-02-01"
STABLE = "azure-openai@2024-10-21"


def chat_of(name):
    return next(each for each in document(name).operations.values() if each.kind == "chat")


def message(response):
    return response.json()["choices"][0]["message"]


async def test_refusal_is_declared_since_2024_10_21(client):
    assert "refusal" not in message(await client.chat(FIRST))
    assert "refusal" not in message(await client.chat(SECOND))
    assert message(await client.chat(STABLE))["refusal"] is None
    assert message(await client.chat(NEWEST))["refusal"] is None


async def test_details_of_the_usage_grow_with_the_versions(client):
    reported = {}
    for name in (FIRST, STABLE, NEWEST):
        usage = (await client.chat(name)).json()["usage"]
        reported[name] = set(usage.get("completion_tokens_details", ()))
    assert reported[FIRST] == set()
    assert reported[STABLE] == {"reasoning_tokens"}
    assert reported[NEWEST] == {
        "accepted_prediction_tokens",
        "audio_tokens",
        "reasoning_tokens",
        "rejected_prediction_tokens",
    }


async def test_the_newest_version_has_the_whole_tree_of_the_filter(client):
    body = (await client.chat(NEWEST)).json()
    prompt = body["prompt_filter_results"][0]["content_filter_results"]
    assert {"custom_blocklists", "indirect_attack", "jailbreak", "profanity"} <= set(prompt)
    choice = body["choices"][0]["content_filter_results"]
    assert choice["ungrounded_material"] == {"filtered": False, "detected": False, "details": []}
    elder = (await client.chat(STABLE)).json()["prompt_filter_results"][0]["content_filter_results"]
    assert "indirect_attack" not in elder


async def test_fields_of_later_versions_are_ignored_by_older_ones(client):
    asked = {"modalities": ["audio"], "audio": {"voice": "alloy", "format": "wav"}, "prediction": 7}
    answer = message(await client.chat(STABLE, **asked))
    assert "audio" not in answer
    assert answer["content"]


async def test_vision_is_answered_in_2023_12_01_preview(client):
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]
    name = "azure-openai@2023-12-01-preview"
    seen = await client.chat(name, messages=[{"role": "user", "content": parts}])
    assert seen.status_code == 200
    words = await client.chat(name, messages=[{"role": "user", "content": parts[:1]}])
    assert seen.json()["usage"]["prompt_tokens"] > words.json()["usage"]["prompt_tokens"]


async def test_the_first_chunk_has_no_category_of_a_later_version(emulator):
    response = await emulator().chat(FIRST, stream=True, max_tokens=2)
    first = json.loads(response.text.partition("\n\n")[0].removeprefix("data: "))
    assert first["id"] == ""
    assert "indirect_attack" not in first["prompt_filter_results"][0]["content_filter_results"]


@pytest.mark.parametrize("name", [FIRST, SECOND, STABLE, NEWEST, MODELS])
async def test_every_response_and_chunk_matches_its_document(client, name):
    operation = chat_of(name)
    ask = client.model if name == MODELS else lambda **fields: client.chat(name, **fields)
    whole = await ask(max_tokens=40)
    assert operation.response_validator(200).errors(whole.json()) == []
    streamed = await ask(stream=True, max_tokens=40)
    chunks = [json.loads(event[6:]) for event in streamed.text.split("\n\n") if event.startswith("data: {")]
    validator = operation.item_validator(200)
    assert [validator.errors(chunk) for chunk in chunks if chunk["id"]] == [[]] * len(
        [chunk for chunk in chunks if chunk["id"]]
    )


def test_a_null_stays_only_if_null_is_allowed_or_the_field_required():
    declared = declared_response(chat_of(STABLE))
    choice = {"index": None, "logprobs": None, "content_filter_results": None, "unheard_of": 1}
    kept = as_declared({"choices": [choice], "usage": None, "id": None}, declared)
    assert kept == {"choices": [{"index": None, "logprobs": None}], "id": None}


def test_a_null_of_the_real_service_stays():
    declared = declared_chunk(chat_of(FIRST))
    chunk = {"id": "a", "choices": [], "usage": None}
    assert as_declared(chunk, declared, nulls=frozenset({"usage"})) == chunk


def test_what_no_document_describes_is_unchanged():
    assert as_declared({"a": [{"b": None}]}, None) == {"a": [{"b": None}]}
