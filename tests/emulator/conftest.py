"""A client of an in-process emulator that checks responses against the document, and a served emulator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from aoai_emulator import parse_deployments
from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

USER = {"role": "user", "content": "What is new?"}
FIRST_AZURE_CHUNK = {"id": "", "object": "", "model": "", "created": 0, "choices": []}


def expanded(document: Document, schema: Any) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        yield from expanded(document, document.resolve(schema["$ref"]))
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            yield from expanded(document, branch)


def undeclared(document: Document, schema: Any, value: Any, at: str = "") -> Iterator[str]:
    """Yield the pointers of fields that no branch of the schema declares."""
    branches = list(expanded(document, schema))
    if isinstance(value, list):
        items = [branch["items"] for branch in branches if "items" in branch]
        for number, item in enumerate(value):
            yield from undeclared(document, {"anyOf": items}, item, f"{at}/{number}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            declared = [
                branch["properties"][name] for branch in branches if name in branch.get("properties", {})
            ]
            free = [
                branch["additionalProperties"]
                for branch in branches
                if isinstance(branch.get("additionalProperties"), dict)
            ]
            if not declared and not free:
                yield f"{at}/{name}"
            yield from undeclared(document, {"anyOf": [*declared, *free]}, inner, f"{at}/{name}")


def events(response: httpx.Response) -> list[str]:
    """The data of each event of a stream, which must be framed as plain as can be."""
    *framed, rest = response.text.split("\n\n")
    assert rest == ""
    assert all(event.startswith("data: ") and "\n" not in event for event in framed)
    return [event.removeprefix("data: ") for event in framed]


def chunks(response: httpx.Response) -> list[dict[str, Any]]:
    """The chunks of a stream, which must end with the terminator, once."""
    *data, done = events(response)
    assert done == "[DONE]"
    return [json.loads(text) for text in data]


@dataclass(frozen=True)
class Client:
    http: httpx.AsyncClient
    document: Document

    async def chat(self, *, checked: bool = True, **fields: Any) -> httpx.Response:
        fields = {"messages": [USER], **fields}
        return await self._post("gpt-4o/chat/completions", fields, checked)

    async def completions(self, *, checked: bool = True, **fields: Any) -> httpx.Response:
        fields = {"prompt": "Once upon a time", **fields}
        return await self._post("gpt-35-turbo-instruct/completions", fields, checked)

    async def embeddings(
        self, *, deployment: str = "text-embedding-3-small", checked: bool = True, **fields: Any
    ) -> httpx.Response:
        return await self._post(f"{deployment}/embeddings", {"input": "A text.", **fields}, checked)

    async def _post(self, path: str, fields: Any, checked: bool) -> httpx.Response:
        response = await self.http.post(f"/openai/deployments/{path}", json=fields)
        if checked:
            self.check(response)
        return response

    def check(self, response: httpx.Response) -> None:
        """Assert that a response, or each chunk, is valid and contains only declared fields."""
        ending = response.request.url.path.split("/", 4)[-1]
        operation = next(
            operation
            for operation in self.document.operations.values()
            if operation.path.rpartition("}/")[2] == ending
        )
        media_type = response.headers["content-type"].partition(";")[0]
        described = operation.response_for(response.status_code)
        assert described is not None
        media = described.media[media_type]
        if media_type == "text/event-stream":
            validator = operation.item_validator(response.status_code)
            schema = self.document.resolve(media.item_schema_pointer)
            values = chunks(response)
            if values[0]["id"] == "":
                assert {key: values[0].get(key) for key in FIRST_AZURE_CHUNK} == FIRST_AZURE_CHUNK
                values = values[1:]
        else:
            validator = operation.response_validator(response.status_code, media_type)
            schema = self.document.resolve(media.schema_pointer)
            values = [response.json()]
        for value in values:
            if "error" in value and value["error"].get("param", "") is None:
                del value["error"]["param"]
            assert validator.errors(value) == []
            assert list(undeclared(self.document, schema, value)) == []


Start = Callable[..., Client]


@pytest.fixture(scope="session")
def newer() -> Document:
    """A document that knows the later fields, such as `reasoning_effort`."""
    return Catalogue.packaged().load("azure-openai@2025-01-01-preview")


@pytest.fixture
async def emulator(document: Document) -> AsyncIterator[Start]:
    """Start an emulator in this process, with the faults that are named, and return a client of it.

    `deployed` gives its deployments as `NAME=MODEL`.
    """
    opened: list[httpx.AsyncClient] = []

    def start(
        *faults: str,
        flavour: Any = "azure",
        seed: int = 0,
        deployed: Sequence[str] = (),
        served: Document = document,
        **settings: Any,
    ) -> Client:
        if deployed:
            settings["deployments"] = parse_deployments(deployed)
        app = create_app(Settings(documents=(served,), faults=faults, flavour=flavour, seed=seed, **settings))
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://emulator.test:8123",
            params={"api-version": served.name.version.text},
            headers={"api-key": "any"},
        )
        opened.append(http)
        return Client(http, served)

    yield start
    for http in opened:
        await http.aclose()


@pytest.fixture(params=["azure", "strict"])
def client(request: pytest.FixtureRequest, emulator: Start) -> Client:
    """A client of a fault-free emulator, once for each flavour."""
    return emulator(flavour=request.param)
