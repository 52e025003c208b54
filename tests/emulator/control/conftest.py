"""An in-process emulator with its control, whose clock stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.control.control import Control
from aoai_emulator.settings import Settings
from aoai_specs.document import Document

CHAT = "/openai/deployments/gpt-4o/chat/completions"


class Controlled:
    """A client of an emulator, and its control."""

    def __init__(self, document: Document, **settings: Any) -> None:
        started = Settings(documents=(document,), has_control=True, **settings)
        self.control = Control(started)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(started, control=self.control)),
            base_url="http://emulator.test",
            headers={"api-key": "any"},
        )

    async def chat(self, text: str = "Hi.", *, fault: str | None = None, **fields: Any) -> httpx.Response:
        body = {"messages": [{"role": "user", "content": text}], **fields}
        return await self.post(CHAT, body, fault=fault)

    async def post(self, path: str, body: Any, *, fault: str | None = None) -> httpx.Response:
        headers = {} if fault is None else {"x-emulate-fault": fault}
        return await self.http.post(path, json=body, headers=headers, params={"api-version": "2024-10-21"})


Start = Callable[..., Controlled]


@pytest.fixture
async def controlled(document: Document) -> AsyncIterator[Start]:
    """Start an emulator with these settings whose clock stands still."""
    started: list[Controlled] = []

    def start(**settings: Any) -> Controlled:
        emulator = Controlled(document, **settings)
        emulator.control.clock.stop()
        started.append(emulator)
        return emulator

    yield start
    for each in started:
        await each.http.aclose()
