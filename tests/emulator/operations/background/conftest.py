"""A client of an in-process emulator with a manual clock, and what its documents declare."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.http.memory import Memory
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

VERSIONS = ("2023-06-01-preview", "2023-10-01-preview", "2023-12-01-preview", "2024-06-01")
NOW = 1_700_000_000.0


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Client:
    """Sends requests and validates each successful JSON response."""

    http: httpx.AsyncClient
    documents: tuple[Document, ...]
    checked: bool
    clock: Clock = field(default_factory=Clock)

    def turn(self, seconds: float) -> None:
        self.clock.now += seconds

    async def ask(
        self, method: str, path: str, version: str, *, json: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        response = await self.http.request(
            method, f"/openai{path}", params={"api-version": version}, json=json, headers=headers
        )
        if self.checked:
            self._check(response, version)
        return response

    def _check(self, response: httpx.Response, version: str) -> None:
        document = next(each for each in self.documents if each.name.version.text == version)
        path = response.request.url.path.removeprefix("/openai")
        operation = next(
            each
            for each in document.operations.values()
            if each.method == response.request.method and _fits(each.path, path)
        )
        media_type = response.headers.get("content-type", "").partition(";")[0]
        if media_type == "application/json":
            validator = operation.response_validator(response.status_code, media_type)
            assert validator is not None
            assert validator.errors(response.json()) == []


def _fits(template: str, path: str) -> bool:
    pieces, given = template.split("/"), path.split("/")
    return len(pieces) == len(given) and all(
        piece == text or piece.startswith("{") for piece, text in zip(pieces, given, strict=True)
    )


@pytest.fixture(scope="session")
def documents() -> tuple[Document, ...]:
    return tuple(Catalogue.packaged().load(f"azure-openai@{version}") for version in VERSIONS)


Start = Callable[..., Client]


@pytest.fixture
async def emulator(documents: tuple[Document, ...]) -> AsyncIterator[Start]:
    """Start an emulator in this process, with the faults that are named, and return a client of it."""
    opened: list[httpx.AsyncClient] = []

    def start(*faults: str, **settings: Any) -> Client:
        clock = Clock()
        app = create_app(Settings(documents=documents, faults=faults, **settings), Memory(clock))
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://emulator.test:8123",
            headers={"api-key": "any"},
        )
        opened.append(http)
        return Client(http, documents, not faults, clock)

    yield start
    for http in opened:
        await http.aclose()


@pytest.fixture(params=["azure", "strict"])
def client(request: pytest.FixtureRequest, emulator: Start) -> Client:
    """A client of a fault-free emulator, once for each flavour."""
    return emulator(flavour=request.param)
