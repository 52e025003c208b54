"""The openai package, which this project did not write, as a client of the served emulator."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx
import pytest
from openai import AzureOpenAI, BadRequestError


@pytest.fixture
def client(served) -> Iterator[AzureOpenAI]:
    with AzureOpenAI(
        azure_endpoint=served, api_key="any", api_version="2024-10-21", max_retries=0, timeout=20
    ) as client:
        yield client


def test_generates_an_image_as_a_link(client):
    answer = client.images.generate(model="dall-e-3", prompt="a corgi", size="1792x1024", quality="hd", n=1)
    picture = httpx.get(answer.data[0].url)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert "a corgi" in answer.data[0].revised_prompt


def test_generates_an_image_as_base64(client):
    answer = client.images.generate(model="dall-e-3", prompt="a corgi", response_format="b64_json")
    assert base64.b64decode(answer.data[0].b64_json).startswith(b"\x89PNG")
    assert answer.created > 1_700_000_000


def test_names_the_field_of_a_rejected_image(client):
    with pytest.raises(BadRequestError) as caught:
        client.images.generate(model="dall-e-3", prompt="a corgi", n=2)
    assert caught.value.param == "n"


@pytest.mark.parametrize("name", ["speech.wav", "speech.flac", "speech.mp3", "speech.ogg"])
def test_transcribes(client, audio, name):
    data, seconds = audio.every()[name]
    answer = client.audio.transcriptions.create(
        model="whisper", file=(name, data), response_format="verbose_json", language="fr", temperature=0.2
    )
    assert answer.duration == pytest.approx(seconds)
    assert answer.language == "french"
    assert answer.segments[-1].end == pytest.approx(seconds)
    assert answer.text


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt"])
def test_transcribes_in_every_format(client, audio, response_format):
    answer = client.audio.transcriptions.create(
        model="whisper", file=("speech.wav", audio.wav(2.0)), response_format=response_format
    )
    text = answer.text if response_format == "json" else answer
    assert len(text.split()) >= 4


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # the package's own overload
@pytest.mark.parametrize("response_format", ["json", "verbose_json", "text", "srt", "vtt"])
def test_translates_in_every_format(client, audio, response_format):
    answer = client.audio.translations.create(
        model="whisper",
        file=("speech.mp3", audio.mp3(80)),
        response_format=response_format,
        prompt="In English.",
    )
    text = answer.text if response_format.endswith("json") else answer
    assert len(text.split()) >= 4


def test_reports_that_a_file_is_not_audio(client):
    with pytest.raises(BadRequestError) as caught:
        client.audio.transcriptions.create(model="whisper", file=("speech.wav", b"no audio"))
    assert caught.value.param == "file"
