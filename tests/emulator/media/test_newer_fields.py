"""What azure-openai@2025-01-01-preview adds to 2024-10-21: words, small pictures, codes as headers."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

VERSION = "2025-01-01-preview"
WHISPER = "/openai/deployments/whisper/audio/transcriptions"
PAINTER = "/openai/deployments/dall-e-3/images/generations"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(documents=(Catalogue.packaged().load(VERSION),), flavour="strict")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(settings)),
        base_url="http://emulator.test:8123",
        params={"api-version": VERSION},
        headers={"api-key": "any"},
    ) as client:
        yield client


async def transcribed(http: httpx.AsyncClient, content: bytes, *granularities: str) -> httpx.Response:
    parts: list[tuple[str, Any]] = [
        ("file", ("speech.wav", content, "audio/wav")),
        ("response_format", (None, "verbose_json")),
    ]
    parts += [("timestamp_granularities[]", (None, each)) for each in granularities]
    return await http.post(WHISPER, files=parts)


@pytest.mark.parametrize("granularities", [("word",), ("word", "segment")])
async def test_times_every_word_on_request(http, audio, granularities: tuple[str, ...]) -> None:
    answer = (await transcribed(http, audio.wav(6.0), *granularities)).json()
    words = answer["words"]
    assert [each["word"] for each in words] == [each.strip(",.;") for each in answer["text"].split()]
    times = [time for each in words for time in (each["start"], each["end"])]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, answer["duration"])


async def test_times_no_word_by_default(http, audio) -> None:
    assert "words" not in (await transcribed(http, audio.wav(1.5))).json()
    assert "words" not in (await transcribed(http, audio.wav(1.5), "segment")).json()


async def test_rejects_an_unknown_granularity(http, audio) -> None:
    assert (await transcribed(http, audio.wav(1.5), "letter")).status_code == 400


@pytest.mark.parametrize(("size", "pixels"), [("256x256", 256), ("512x512", 512)])
async def test_draws_small_pictures(http, size: str, pixels: int) -> None:
    asked = {"prompt": "A dot.", "size": size, "response_format": "b64_json"}
    (drawn,) = (await http.post(PAINTER, json=asked)).json()["data"]
    header = base64.b64decode(drawn["b64_json"])[16:24]
    assert header == pixels.to_bytes(4) * 2


@pytest.mark.parametrize(
    ("headers", "path"),
    [({}, PAINTER), ({"api-key": "wrong"}, PAINTER), ({}, PAINTER.replace("dall-e-3", "no-such"))],
)
async def test_repeats_the_code_of_an_error_as_a_header(http, headers: dict[str, str], path: str) -> None:
    answer = await http.post(path, json={}, headers=headers)
    assert answer.status_code >= 400
    error = answer.json()["error"]
    assert answer.headers["x-ms-error-code"] == (error["code"] or "BadRequest")


async def test_adds_no_such_header_to_a_success(http) -> None:
    answer = await http.post(PAINTER, json={"prompt": "A dot."})
    assert answer.status_code == 200
    assert "x-ms-error-code" not in answer.headers
