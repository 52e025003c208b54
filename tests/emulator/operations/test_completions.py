"""Completions: prompts times n choices, echo, best_of, log probabilities, streams in the same shape."""

from __future__ import annotations

from collections import defaultdict

import pytest

from aoai_emulator.content.tokens import count

from ..asking import ask, choice
from ..conftest import chunks


async def test_there_are_n_choices_for_each_prompt(client):
    body = await ask(client.completions(prompt=["one", "two", "three"], n=2))
    assert [one["index"] for one in body["choices"]] == list(range(6))
    alone = await ask(client.completions(prompt="two", n=2))
    assert [one["text"] for one in body["choices"][2:4]] == [one["text"] for one in alone["choices"]]
    assert body["usage"]["prompt_tokens"] == sum(count(text) for text in ("one", "two", "three"))
    assert [found["prompt_index"] for found in body["prompt_filter_results"]] == [0, 1, 2]


async def test_sixteen_tokens_are_the_default(client):
    body = await ask(client.completions())
    assert body["usage"]["completion_tokens"] == 16
    assert choice(body)["finish_reason"] == "length"


async def test_a_text_ends_by_itself(client):
    body = await ask(client.completions(max_tokens=1000))
    assert choice(body)["finish_reason"] == "stop"
    assert count(choice(body)["text"]) == body["usage"]["completion_tokens"]


@pytest.mark.parametrize("prompt", [None, [], "", [""], [[1, 2], [3]], [5, 6, 7], [0], [-1]])
async def test_a_prompt_may_be_missing_or_tokens(client, prompt):
    body = await ask(client.completions(prompt=prompt, echo=True))
    assert len(body["choices"]) == (2 if prompt == [[1, 2], [3]] else 1)
    assert body["usage"]["total_tokens"] == sum(
        body["usage"][name] for name in ("prompt_tokens", "completion_tokens")
    )


async def test_each_token_of_the_prompt_counts_as_one(client):
    body = await ask(client.completions(prompt=[[1, 2], [3]], echo=True, max_tokens=0, logprobs=1))
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}
    assert [len(one["logprobs"]["tokens"]) for one in body["choices"]] == [2, 1]


async def test_the_prompt_is_echoed_if_requested(client):
    plain = await ask(client.completions(prompt=["a b", "c"], n=2))
    echoed = await ask(client.completions(prompt=["a b", "c"], n=2, echo=True))
    for place, (one, other) in enumerate(zip(plain["choices"], echoed["choices"], strict=True)):
        assert other["text"] == ["a b", "c"][place // 2] + one["text"]
    assert plain["usage"] == echoed["usage"]


async def test_log_probabilities_describe_the_text_token_by_token(client):
    for echo in (False, True):
        body = await ask(client.completions(logprobs=3, echo=echo))
        text, logprobs = choice(body)["text"], choice(body)["logprobs"]
        assert "".join(logprobs["tokens"]) == text
        assert len({len(values) for values in logprobs.values()}) == 1
        for token, offset in zip(logprobs["tokens"], logprobs["text_offset"], strict=True):
            assert text[offset : offset + len(token)] == token
        for token, value, top in zip(
            logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"], strict=True
        ):
            assert top[token] == value == max(top.values()) <= 0
            assert len(top) == 3


async def test_zero_likeliest_tokens_leave_the_sampled_one(client):
    logprobs = choice(await ask(client.completions(logprobs=0)))["logprobs"]
    assert [list(top) for top in logprobs["top_logprobs"]] == [[token] for token in logprobs["tokens"]]


async def test_best_of_returns_the_likeliest(client):
    all_of_them = await ask(client.completions(n=5, logprobs=0))
    best = await ask(client.completions(n=2, best_of=5, logprobs=0))

    def mean(one):
        values = one["logprobs"]["token_logprobs"]
        return sum(values) / len(values)

    ranked = sorted(all_of_them["choices"], key=mean, reverse=True)
    assert [one["text"] for one in best["choices"]] == [one["text"] for one in ranked[:2]]
    assert [one["index"] for one in best["choices"]] == [0, 1]


@pytest.mark.parametrize("best_of", [0, 1, None])
async def test_a_best_of_without_effect_changes_nothing(client, best_of):
    plain = await ask(client.completions())
    assert (await ask(client.completions(best_of=best_of)))["choices"] == plain["choices"]


async def test_the_text_ends_before_a_stop_sequence(client):
    body = await ask(client.completions(stop=["END", "\n"], n=8, max_tokens=60))
    for one in body["choices"]:
        assert one["finish_reason"] == "stop"
        assert "END" not in one["text"]
        assert "\n" not in one["text"]


async def test_another_suffix_or_seed_gives_another_text(client):
    texts = {
        choice(await ask(client.completions(**fields)))["text"]
        for fields in ({}, {"suffix": "test."}, {"seed": 1}, {"seed": 2}, {"prompt": "Twice"})
    }
    assert len(texts) == 5


@pytest.mark.parametrize(
    "fields",
    [{}, {"n": 3}, {"prompt": ["a", "b"], "n": 2, "echo": True}, {"logprobs": 2, "echo": True},
     {"max_tokens": 0}, {"stop": "END"}, {"prompt": None}],
    ids=str,
)  # fmt: skip
async def test_a_stream_has_the_same_content_as_the_plain_response(client, fields):
    whole = await ask(client.completions(**fields))
    sent = chunks(await client.completions(stream=True, **fields))
    parts = defaultdict(list)
    for chunk in sent:
        for part in chunk["choices"]:
            parts[part["index"]].append(part)
    for one in whole["choices"]:
        streamed = parts.pop(one["index"])
        assert "".join(part["text"] for part in streamed) == one["text"]
        assert [part["finish_reason"] for part in streamed if part["finish_reason"]] == [one["finish_reason"]]
        assert streamed[-1]["finish_reason"]
        if one["logprobs"]:
            for name, values in one["logprobs"].items():
                joined = [value for part in streamed if part["logprobs"] for value in part["logprobs"][name]]
                assert joined == values
    assert not parts
    assert len({(chunk["id"], chunk["created"], chunk["object"]) for chunk in sent}) == 1


async def test_the_streamed_usage_is_sent_last_if_requested(client):
    whole = await ask(client.completions())
    sent = chunks(await client.completions(stream=True, stream_options={"include_usage": True}))
    assert sent[-1]["usage"] == whole["usage"]
    assert sent[-1]["choices"] == []
    assert all(chunk["usage"] is None for chunk in sent[:-1])


async def test_many_completions_stay_short(client):
    body = await ask(client.completions(prompt=["a"] * 300, n=2, max_tokens=4000))
    assert len(body["choices"]) == 600
    assert body["usage"]["completion_tokens"] < 600 * 40
