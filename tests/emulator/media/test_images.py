"""images/generations: links and base64, sizes, limits, and the page that a link leads to."""

from __future__ import annotations

import base64
import struct
import time

import pytest

from aoai_emulator.media.png import SIGNATURE
from aoai_emulator.operations import images

SIZES = ["1024x1024", "1792x1024", "1024x1792"]


def size_of(picture: bytes) -> str:
    assert picture.startswith(SIGNATURE)
    width, height = struct.unpack_from(">II", picture, 16)
    return f"{width}x{height}"


@pytest.mark.parametrize("flavour", ["azure", "strict"])
async def test_returns_a_link_to_a_picture_by_default(emulator, flavour):
    client = emulator(flavour=flavour)
    response = await client.images(prompt="a corgi in a field")
    assert response.status_code == 200
    client.check(response)
    (result,) = response.json()["data"]
    assert "b64_json" not in result
    assert result["url"].startswith("http://emulator.test:8123/")
    assert "a corgi in a field" in result["revised_prompt"]
    assert result["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}
    assert result["prompt_filter_results"]["jailbreak"] == {"filtered": False, "detected": False}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("response_format", ["url", "b64_json"])
async def test_returns_a_picture_of_the_requested_size(emulator, size, response_format):
    client = emulator()
    response = await client.images(
        prompt="x", size=size, response_format=response_format, n=1, user="someone"
    )
    client.check(response)
    (result,) = response.json()["data"]
    assert set(result) & {"url", "b64_json"} == {response_format}
    if response_format == "url":
        fetched = await client.http.get(result["url"], headers={"api-key": ""})
        assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/png")
        picture = fetched.content
    else:
        picture = base64.b64decode(result["b64_json"], validate=True)
    assert size_of(picture) == size


async def test_link_and_base64_show_the_same_picture(emulator):
    client = emulator()
    link = (await client.images(prompt="same")).json()["data"][0]["url"]
    encoded = (await client.images(prompt="same", response_format="b64_json")).json()["data"][0]["b64_json"]
    assert (await client.http.get(link)).content == base64.b64decode(encoded)


async def test_states_when_it_was_created(emulator):
    before = int(time.time())
    created = (await emulator().images(prompt="x")).json()["created"]
    assert isinstance(created, int)
    assert before <= created <= time.time()


@pytest.mark.parametrize("option", [{"quality": "hd"}, {"style": "natural"}, {"prompt": "y"}])
async def test_quality_style_and_prompt_change_the_picture(emulator, option):
    client = emulator()
    plain = (await client.images(prompt="x", response_format="b64_json")).json()["data"]
    other = (await client.images(**{"prompt": "x", "response_format": "b64_json", **option})).json()["data"]
    assert plain[0]["b64_json"] != other[0]["b64_json"]


async def test_another_seed_gives_another_picture(emulator):
    option = {"prompt": "x", "response_format": "b64_json"}
    first, same, other = [(await emulator(seed=seed).images(**option)).json()["data"] for seed in (0, 0, 1)]
    assert first == same
    assert first[0]["b64_json"] != other[0]["b64_json"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "x" * 4001}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "x", "n": 0}, "n"),
        ({"prompt": "x", "n": 2}, "n"),
        ({"prompt": "x", "n": 1.5}, "n"),
        ({"prompt": "x", "n": "1"}, "n"),
        ({"prompt": "x", "size": "256x256"}, "size"),
        ({"prompt": "x", "quality": "best"}, "quality"),
        ({"prompt": "x", "style": "dull"}, "style"),
        ({"prompt": "x", "response_format": "png"}, "response_format"),
        ({"prompt": "x", "user": 1}, "user"),
    ],
)
@pytest.mark.parametrize("flavour", ["azure", "strict"])
async def test_rejects_what_the_document_does_not_allow(emulator, fields, param, flavour):
    response = await emulator(flavour=flavour).images(**fields)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


async def test_a_rejection_has_the_declared_shape(emulator):
    client = emulator(flavour="strict")
    client.check(await client.images(prompt=""))


async def test_accepts_a_prompt_of_4000_characters(emulator):
    assert (await emulator().images(prompt="x" * 4000)).status_code == 200


async def test_an_unknown_link_is_not_found(emulator):
    response = await emulator().http.get("/generated-images/none/generated_00.png")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "404"


async def test_keeps_a_bounded_number_of_links_preferring_recent_ones(emulator):
    client = emulator()
    first = (await client.images(prompt="the first")).json()["data"][0]["url"]
    second = (await client.images(prompt="the second")).json()["data"][0]["url"]
    for number in range(511):
        assert (await client.http.get(first)).status_code == 200
        images.address("http://x", images.Wish(f"filler {number}"))
    assert (await client.http.get(first)).status_code == 200
    assert (await client.http.get(second)).status_code == 404
    assert len(images._kept) == 512
