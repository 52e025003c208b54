"""A third-party client, the openai package, with every api-version that it supports."""

from __future__ import annotations

import io
import math
import struct
import threading
import wave
from collections.abc import Iterator
from typing import Any

import httpx
import mutagen.aac
import mutagen.flac
import mutagen.mp3
import mutagen.oggopus
import mutagen.wave
import openai
import pytest

from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

CATALOGUE = Catalogue.packaged()
NAMES = [name for name in CATALOGUE.names() if name.surface == "azure-openai" and name.version.dated]
MESSAGES = [{"role": "user", "content": "Say hi."}]


#: The api-versions of chat and of most other kinds.
USUAL = (
    "2023-09-01-preview",
    "2023-12-01-preview",
    "2024-02-01",
    "2024-06-01",
    "2024-10-21",
    "2025-01-01-preview",
    "2025-03-01-preview",
)
#: The api-versions whose document has an operation of a kind; no document is loaded to name the tests.
VERSIONS = {
    "chat": USUAL,
    "completions": USUAL,
    "embeddings": USUAL,
    "images": USUAL[1:],
    "transcription": USUAL,
    "translation": USUAL,
    "speech": ("2024-02-15-preview", "2024-06-01", "2025-01-01-preview", "2025-03-01-preview"),
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The URL of an emulator on a free loopback port that serves every version."""
    server = make_server(Settings(documents=tuple(CATALOGUE.load(str(name)) for name in NAMES)))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def azure(address: str, request: pytest.FixtureRequest) -> Iterator[openai.AzureOpenAI]:
    with openai.AzureOpenAI(
        azure_endpoint=address, api_key="any", api_version=request.param, max_retries=0
    ) as client:
        yield client


def speaking(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("azure", VERSIONS[kind], indirect=True)


def recording(seconds: float = 1.0) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        tone = (int(9000 * math.sin(place / 9)) for place in range(int(16_000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
    return held.getvalue()


def test_a_kind_is_tested_with_every_version_that_has_it() -> None:
    kinds = {
        name.version.text: {each.kind for each in CATALOGUE.load(str(name)).operations.values()}
        for name in NAMES
    }
    found = {kind: tuple(text for text, has in kinds.items() if kind in has) for kind in VERSIONS}
    assert found == VERSIONS


@speaking("chat")
def test_chat(azure: openai.AzureOpenAI) -> None:
    answer = azure.chat.completions.create(model="gpt-4o", messages=MESSAGES, n=2, max_tokens=16)
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.choices[0].message.content
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


@speaking("chat")
def test_streamed_chat(azure: openai.AzureOpenAI) -> None:
    plain = azure.chat.completions.create(model="gpt-4o", messages=MESSAGES, temperature=0, max_tokens=16)
    chunks = list(
        azure.chat.completions.create(
            model="gpt-4o", messages=MESSAGES, temperature=0, max_tokens=16, stream=True
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == plain.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] is not None


@speaking("completions")
def test_completions(azure: openai.AzureOpenAI) -> None:
    answer = azure.completions.create(model="gpt-35-turbo-instruct", prompt="Say hi.", max_tokens=8)
    assert answer.choices[0].text
    streamed = azure.completions.create(
        model="gpt-35-turbo-instruct", prompt="Say hi.", max_tokens=8, stream=True
    )
    assert "".join(chunk.choices[0].text for chunk in streamed if chunk.choices)


@speaking("embeddings")
def test_embeddings(azure: openai.AzureOpenAI) -> None:
    answer = azure.embeddings.create(model="text-embedding-ada-002", input=["one", "two"])
    assert [item.index for item in answer.data] == [0, 1]
    assert len(answer.data[0].embedding) == 1536
    assert math.isclose(sum(number**2 for number in answer.data[0].embedding), 1, rel_tol=1e-3)


@speaking("images")
def test_images(azure: openai.AzureOpenAI) -> None:
    answer = azure.images.generate(model="dall-e-3", prompt="A red dot.")
    assert answer.data
    picture = httpx.get(answer.data[0].url or "", trust_env=False)
    assert picture.content.startswith(b"\x89PNG")


@speaking("transcription")
@pytest.mark.parametrize("wanted", ["json", "verbose_json", "text", "srt", "vtt"])
def test_transcriptions(azure: openai.AzureOpenAI, wanted: str) -> None:
    answer = azure.audio.transcriptions.create(
        model="whisper",
        file=("speech.wav", recording()),
        response_format=wanted,  # type: ignore[call-overload]
    )
    assert answer if isinstance(answer, str) else answer.text


@speaking("translation")
@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # what the client says of its own method
def test_translations(azure: openai.AzureOpenAI) -> None:
    answer = azure.audio.translations.create(model="whisper", file=("speech.wav", recording()))
    assert answer.text


@speaking("speech")
def test_speech(azure: openai.AzureOpenAI) -> None:
    spoken = azure.audio.speech.create(model="tts-1", voice="alloy", input="The rain comes in from the sea.")
    assert mutagen.mp3.MP3(io.BytesIO(spoken.content)).info.length > 0.5


@pytest.mark.parametrize("azure", ["2025-01-01-preview"], indirect=True)
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("wav", mutagen.wave.WAVE),
        ("flac", mutagen.flac.FLAC),
        ("opus", mutagen.oggopus.OggOpus),
        ("aac", mutagen.aac.AAC),
        ("mp3", mutagen.mp3.MP3),
    ],
)
def test_speech_in_each_format(azure: openai.AzureOpenAI, wanted: str, found: Any) -> None:
    with azure.audio.speech.with_streaming_response.create(
        model="tts-1",
        voice="alloy",
        input="The rain comes in from the sea.",
        response_format=wanted,  # type: ignore[arg-type]
    ) as spoken:
        content = spoken.read()
    assert found(io.BytesIO(content)).info.length > 0.5


@pytest.mark.parametrize("azure", ["2024-06-01"], indirect=True)
def test_models(azure: openai.AzureOpenAI) -> None:
    assert "gpt-4o" in " ".join(model.id for model in azure.models.list())


@pytest.mark.parametrize("azure", ["2024-02-01"], indirect=True)
def test_operations_that_a_version_lacks_are_not_found(azure: openai.AzureOpenAI) -> None:
    for ask in (
        lambda: azure.audio.speech.create(model="tts-1", voice="alloy", input="Hi."),
        azure.files.list,
        azure.models.list,
    ):
        with pytest.raises(openai.NotFoundError):
            ask()
