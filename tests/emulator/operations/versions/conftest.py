"""A client of an emulator in this process that serves every packaged document with operations of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_strategies.requests.media import WAV

USER = {"role": "user", "content": "What is new?"}
MODELS = "ai-model-inference@2025-04-01"
NEWEST = "azure-openai@2025-01-01-preview"
NAMES = (
    "azure-openai@2023-12-01-preview",
    "azure-openai@2024-02-01",
    "azure-openai@2024-06-01",
    "azure-openai@2024-10-21",
    NEWEST,
    MODELS,
)


@cache
def document(name: str) -> Document:
    return Catalogue.packaged().load(name)


@dataclass(frozen=True)
class Client:
    http: httpx.AsyncClient

    async def post(
        self, name: str, path: str, fields: Any, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        version = name.partition("@")[2]
        return await self.http.post(path, params={"api-version": version}, json=fields, headers=headers)

    async def chat(self, name: str = NEWEST, **fields: Any) -> httpx.Response:
        path = "/openai/deployments/gpt-4o/chat/completions"
        return await self.post(name, path, {"messages": [USER], **fields})

    async def model(
        self, path: str = "chat/completions", *, extra: str | None = None, **fields: Any
    ) -> httpx.Response:
        """Call the model inference surface, with the header extra-parameters if it is given."""
        headers = {} if extra is None else {"extra-parameters": extra}
        body = {"messages": [USER], **fields} if path == "chat/completions" else fields
        return await self.post(MODELS, f"/models/{path}", body, headers)

    async def transcribe(self, name: str = NEWEST, **fields: Any) -> httpx.Response:
        """Transcribe speech; a list gives several parts of one name."""
        parts = [("file", ("speech.wav", WAV, "audio/wav"))]
        for key, value in fields.items():
            parts += [(key, (None, each)) for each in (value if isinstance(value, list) else [value])]
        version = name.partition("@")[2]
        path = "/openai/deployments/whisper/audio/transcriptions"
        return await self.http.post(path, params={"api-version": version}, files=parts)

    async def info(self, **query: str) -> httpx.Response:
        return await self.http.get("/models/info", params={"api-version": "2025-04-01", **query})


Start = Callable[..., Client]


@pytest.fixture
async def emulator() -> AsyncIterator[Start]:
    """Start an emulator of all documents with the faults that are named."""
    opened: list[httpx.AsyncClient] = []

    def start(*faults: str, flavour: Any = "azure") -> Client:
        documents = tuple(map(document, NAMES))
        app = create_app(Settings(documents=documents, faults=faults, flavour=flavour))
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://emulator.test", headers={"api-key": "any"}
        )
        opened.append(http)
        return Client(http)

    yield start
    for http in opened:
        await http.aclose()


@pytest.fixture(params=["azure", "strict"])
def client(request: pytest.FixtureRequest, emulator: Start) -> Client:
    """A client of a fault-free emulator, once for each flavour."""
    return emulator(flavour=request.param)
