"""A client of the v1 surface that checks each response and each event against the document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from aoai_emulator.http.routing import Router
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

from ...conftest import Start

FUNCTION = {
    "type": "function",
    "name": "look_up",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


def events_of(response: httpx.Response) -> list[dict[str, Any]]:
    """Return the events of a stream, whose names are their types and which no `[DONE]` follows."""
    *framed, rest = response.text.split("\n\n")
    assert rest == ""
    found = []
    for text in framed:
        name, data = text.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


@dataclass(frozen=True)
class V1Client:
    """Sends requests to `/openai/v1`, and checks the responses."""

    http: httpx.AsyncClient
    document: Document
    router: Router

    async def send(self, method: str, path: str, *, status: int = 200, **sent: Any) -> Any:
        """Return the JSON of a response, or the events of a stream."""
        response = await self.http.request(method, f"/openai/v1{path}", **sent)
        assert response.status_code == status, response.text
        match = self.router.match(path.partition("?")[0])
        assert match is not None
        operation = next(each for each in match.operations if each.method == method)
        if response.headers["content-type"].startswith("text/event-stream"):
            streamed = events_of(response)
            item = operation.item_validator(status)
            assert item is not None
            assert [error for event in streamed for error in item.errors(event)] == []
            return streamed
        validator = operation.response_validator(status)
        assert validator is not None
        assert validator.errors(response.json()) == []
        return response.json()

    async def create(self, *, status: int = 200, **fields: Any) -> Any:
        """Create a response."""
        body = {"model": "gpt-4o", "input": "What is new?", **fields}
        return await self.send("POST", "/responses", status=status, json=body)


@pytest.fixture(scope="session")
def v1() -> Document:
    """The document of the v1 surface."""
    return Catalogue.packaged().load("azure-openai@v1")


@pytest.fixture
def start(emulator: Start, v1: Document) -> Callable[..., V1Client]:
    """Start an emulator of the v1 surface, with the faults that are named."""
    router = Router((each.path, each) for each in v1.operations.values())

    def started(*faults: str, **settings: Any) -> V1Client:
        settings = {"advance_on_poll": True, **settings}
        http = emulator(*faults, served=v1, **settings).http
        http.params = httpx.QueryParams()
        return V1Client(http, v1, router)

    return started


@pytest.fixture
def client(start: Callable[..., V1Client]) -> V1Client:
    """A client of an emulator without faults."""
    return start()
