"""Embeddings: one vector of unit length for each input, the same however it is written or batched."""

from __future__ import annotations

import base64
import math
import struct

import pytest

from ..asking import ask


def vectors(body):
    return [entry["embedding"] for entry in body["data"]]


def decoded(text):
    raw = base64.b64decode(text, validate=True)
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def single(values):
    return list(struct.unpack(f"<{len(values)}f", struct.pack(f"<{len(values)}f", *values)))


async def test_there_is_a_vector_for_each_input_in_order(client):
    body = await ask(client.embeddings(input=["a", "b", "c"]))
    assert [entry["index"] for entry in body["data"]] == [0, 1, 2]
    assert {entry["object"] for entry in body["data"]} == {"embedding"}
    assert body["object"] == "list"
    for place, text in enumerate("abc"):
        assert vectors(await ask(client.embeddings(input=text))) == [vectors(body)[place]]
    assert len({tuple(vector) for vector in vectors(body)}) == 3


async def test_a_vector_has_unit_length(client):
    for dimensions in (1, 2, 3, 256, 1536):
        (vector,) = vectors(await ask(client.embeddings(dimensions=dimensions)))
        assert len(vector) == dimensions
        assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-6)


async def test_1536_dimensions_are_the_default(client):
    for fields in ({}, {"dimensions": None}, {"deployment": "text-embedding-ada-002"}):
        assert len(vectors(await ask(client.embeddings(**fields)))[0]) == 1536


async def test_a_shorter_vector_points_the_same_way_as_the_beginning_of_the_longer(client):
    (long,) = vectors(await ask(client.embeddings(dimensions=64)))
    (short,) = vectors(await ask(client.embeddings(dimensions=8)))
    length = math.hypot(*long[:8])
    assert all(math.isclose(a, b / length, abs_tol=1e-6) for a, b in zip(short, long[:8], strict=True))


async def test_base64_contains_the_same_numbers(client):
    plain = await ask(client.embeddings(input=["a", "b"], dimensions=32, encoding_format="float"))
    packed = await ask(client.embeddings(input=["a", "b"], dimensions=32, encoding_format="base64"))
    assert [decoded(text) for text in vectors(packed)] == [single(vector) for vector in vectors(plain)]
    assert plain["usage"] == packed["usage"]


async def test_the_usage_is_the_sum_over_the_inputs(client):
    costs = [(await ask(client.embeddings(input=text)))["usage"] for text in ("one", "two words")]
    both = (await ask(client.embeddings(input=["one", "two words"])))["usage"]
    assert both["prompt_tokens"] == both["total_tokens"] == sum(cost["prompt_tokens"] for cost in costs)


@pytest.mark.parametrize("text", ["", None])
async def test_the_empty_text_has_a_vector_too(client, text):
    body = await ask(client.embeddings(input=text, dimensions=4))
    assert len(vectors(body)) == 1
    assert body["usage"]["prompt_tokens"] == 1


async def test_2048_inputs_are_fine(client, count_calls):
    with count_calls() as work:
        body = await ask(client.embeddings(input=[f"text {n}" for n in range(2048)], dimensions=2))
    assert len(body["data"]) == 2048
    assert work.calls < 1_000_000


async def test_another_model_gives_another_vector(client):
    small = vectors(await ask(client.embeddings()))
    assert small != vectors(await ask(client.embeddings(deployment="text-embedding-ada-002")))
