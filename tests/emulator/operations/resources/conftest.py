"""A client of an emulator in this process whose clock is turned by hand, checking every answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.http.memory import Memory
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

VERSION = "2025-01-01-preview"
START = 1_700_000_000.0
ENDED = ("completed", "failed", "cancelled", "expired")


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


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
        items = {"anyOf": [branch["items"] for branch in branches if "items" in branch]}
        for number, item in enumerate(value):
            yield from undeclared(document, items, item, f"{at}/{number}")
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


def request_line(custom_id: str = "a", **fields: Any) -> dict[str, Any]:
    """A line of a batch's input: a chat; `url` and `method` go into the line, anything else into the body."""
    outer = {name: fields.pop(name) for name in ("url", "method") if name in fields}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": f"Hello, {custom_id}."}], **fields}
    return {"custom_id": custom_id, "method": "POST", "url": "/chat/completions", "body": body, **outer}


def jsonl(*lines: Any) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@dataclass
class Client:
    http: httpx.AsyncClient
    document: Document
    clock: Clock
    memory: Memory
    checked: bool = True
    statuses: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, *, status: int = 200, **sent: Any) -> Any:
        """The JSON of an answer that has to have a status."""
        response = await self.send(method, path, **sent)
        assert response.status_code == status, response.text
        return response.json()

    async def send(self, method: str, path: str, **sent: Any) -> httpx.Response:
        response = await self.http.request(method, path, **sent)
        if self.checked:
            self.check(response)
        return response

    def check(self, response: httpx.Response) -> None:
        """Assert that a response is valid and contains only declared fields."""
        wanted = response.request.url.path.removeprefix("/openai").split("/")
        operation = next(
            operation
            for operation in self.document.operations.values()
            if operation.method == response.request.method
            and len(parts := operation.path.split("/")) == len(wanted)
            and all(part == want or part.startswith("{") for part, want in zip(parts, wanted, strict=True))
        )
        described = operation.response_for(response.status_code)
        assert described is not None
        media_type = response.headers["content-type"].partition(";")[0]
        media = described.media[media_type]
        if media_type == "application/json":
            validator = operation.response_validator(response.status_code, media_type)
            assert validator.errors(response.json()) == []
            schema = self.document.resolve(media.schema_pointer)
            assert list(undeclared(self.document, schema, response.json())) == []

    async def upload(
        self,
        content: bytes = b"content",
        *,
        purpose: str = "assistants",
        filename: str = "notes.txt",
        content_type: str = "text/plain",
        **fields: Any,
    ) -> httpx.Response:
        files = {"file": (filename, content, content_type)}
        return await self.send("POST", "/files", data={"purpose": purpose, **fields}, files=files)

    async def stored(self, content: bytes = b"content", **fields: Any) -> str:
        """The id of a new file that is processed."""
        response = await self.upload(content, **fields)
        assert response.status_code < 300, response.text
        self.clock.forward(1)
        return response.json()["id"]

    async def requests(self, *lines: Any, content: bytes | None = None) -> str:
        """The id of a new file of requests."""
        written = jsonl(*lines) if content is None else content
        return await self.stored(written, purpose="batch", filename="requests.jsonl")

    async def content(self, file_id: str) -> bytes:
        response = await self.send("GET", f"/files/{file_id}/content")
        assert response.status_code == 200, response.text
        return response.content

    async def results(self, file_id: str) -> list[dict[str, Any]]:
        """The lines of an output file or an error file."""
        return [json.loads(line) for line in (await self.content(file_id)).splitlines()]

    async def begin_upload(self, size: int, **fields: Any) -> str:
        """The id of a new upload."""
        announced = {"purpose": "assistants", "filename": "big.bin", "mime_type": "text/plain", **fields}
        return (await self.ask("POST", "/uploads", json={**announced, "bytes": size}))["id"]

    async def part(self, upload_id: str, data: bytes, *, status: int = 200) -> Any:
        files = {"data": ("part", data, "application/octet-stream")}
        return await self.ask("POST", f"/uploads/{upload_id}/parts", files=files, status=status)

    async def complete(self, upload_id: str, *part_ids: str, status: int = 200, **fields: Any) -> Any:
        body = {"part_ids": list(part_ids), **fields}
        return await self.ask("POST", f"/uploads/{upload_id}/complete", json=body, status=status)

    async def batch(self, file_id: str, *, status: int = 201, **fields: Any) -> Any:
        body = {
            "input_file_id": file_id,
            "endpoint": "/chat/completions",
            "completion_window": "24h",
            **fields,
        }
        return await self.ask("POST", "/batches", json=body, status=status)

    async def poll(self, batch_id: str) -> Any:
        """The batch, a moment later."""
        self.clock.forward(0.06)
        return await self.ask("GET", f"/batches/{batch_id}")

    async def ended(self, batch_id: str, *, at_most: int = 12) -> Any:
        """The batch at its end; `statuses` are those that were seen on the way."""
        self.statuses.clear()
        for _ in range(at_most):
            body = await self.poll(batch_id)
            self.statuses.append(body["status"])
            if body["status"] in ENDED:
                return body
        raise AssertionError(f"the batch does not end: {self.statuses}")


Start = Callable[..., Client]


@pytest.fixture(scope="session")
def preview() -> Document:
    return Catalogue.packaged().load(f"azure-openai@{VERSION}")


@pytest.fixture
async def emulator(preview: Document) -> AsyncIterator[Start]:
    """Start an emulator in this process, with the faults that are named, and return a client of it."""
    opened: list[httpx.AsyncClient] = []

    def start(*faults: str, flavour: Any = "azure", checked: bool = True, **settings: Any) -> Client:
        clock = Clock()
        memory = Memory(clock)
        settings = {"documents": (preview,), **settings}
        app = create_app(Settings(faults=faults, flavour=flavour, **settings), memory)
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://emulator.test:8123/openai",
            params={"api-version": VERSION},
            headers={"api-key": "any"},
        )
        opened.append(http)
        return Client(http, preview, clock, memory, checked)

    yield start
    for http in opened:
        await http.aclose()


@pytest.fixture(params=["azure", "strict"])
def client(request: pytest.FixtureRequest, emulator: Start) -> Client:
    """A client of a fault-free emulator, once for each flavour."""
    return emulator(flavour=request.param)
