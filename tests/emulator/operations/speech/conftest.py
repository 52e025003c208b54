"""A client of an in-process emulator that requests speech, and the duration of each format."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import mutagen
import mutagen.aac
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

VERSIONS = ("2024-02-15-preview", "2024-06-01", "2025-01-01-preview")
PCM_BYTES_A_SECOND = 48_000


def seconds_of(content: bytes, sound_format: str) -> float:
    """How long a file of a format lasts, by a library that did not write it."""
    if sound_format == "pcm":
        assert len(content) % 2 == 0
        return len(content) / PCM_BYTES_A_SECOND
    read = mutagen.aac.AAC if sound_format == "aac" else mutagen.File
    file = read(io.BytesIO(content))
    names = {"mp3": "MP3", "opus": "OggOpus", "aac": "AAC", "flac": "FLAC", "wav": "WAVE"}
    assert type(file).__name__ == names[sound_format]
    return float(file.info.length)


@dataclass(frozen=True)
class Client:
    http: httpx.AsyncClient

    async def speech(self, *, version: str = "2025-01-01-preview", **fields: Any) -> httpx.Response:
        fields = {"input": "Good morning, how are you?", "voice": "nova", "model": "tts-1", **fields}
        return await self.http.post(
            "/openai/deployments/tts-1/audio/speech",
            params={"api-version": version},
            json={name: value for name, value in fields.items() if value is not ...},
        )

    async def sound(self, **fields: Any) -> bytes:
        response = await self.speech(**fields)
        assert response.status_code == 200, response.text
        return response.content


@pytest.fixture(name="seconds_of")
def seconds_fixture() -> Callable[[bytes, str], float]:
    return seconds_of


@pytest.fixture(scope="session")
def documents() -> tuple[Document, ...]:
    return tuple(Catalogue.packaged().load(f"azure-openai@{version}") for version in VERSIONS)


Start = Callable[..., Client]


@pytest.fixture
async def emulator(documents: tuple[Document, ...]) -> AsyncIterator[Start]:
    """Start an emulator in this process, with the faults that are named, and return a client of it."""
    opened: list[httpx.AsyncClient] = []

    def start(*faults: str, **settings: Any) -> Client:
        app = create_app(Settings(documents=settings.pop("documents", documents), faults=faults, **settings))
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://emulator.test", headers={"api-key": "any"}
        )
        opened.append(http)
        return Client(http)

    yield start
    for http in opened:
        await http.aclose()
