"""Typical valid and invalid uses of files, uploads and batches, whose results can be compared."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import httpx

from .conftest import Client, jsonl

_RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LINES = [
    {
        "custom_id": f"r{number}",
        "method": "POST",
        "url": "/embeddings",
        "body": {"model": "text-embedding-3-small", "input": f"Text {number}.", "dimensions": 2},
    }
    for number in range(4)
]
FAILING = {
    **LINES[0],
    "custom_id": "bad",
    "body": {"model": "text-embedding-3-small", "input": "a", "dimensions": 0},
}


class Tour:
    """Sends requests and keeps the reproducible part of every response."""

    def __init__(self, client: Client) -> None:
        client.checked = False
        self.client = client
        self.seen: list[Any] = []

    async def go(self, method: str, path: str, **sent: Any) -> Any:
        return self.note(await self.client.send(method, path, **sent))

    def note(self, response: httpx.Response) -> Any:
        headers = [response.headers.get(name) for name in ("content-type", "location")]
        self.seen.append([response.status_code, *headers, _RANDOM.sub("…", response.text)])
        try:
            body = response.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    async def upload(self, content: bytes = b"one\ntwo\n", **fields: Any) -> Any:
        return self.note(await self.client.upload(content, **fields)).get("id", "none")

    async def requests(self, *lines: Any) -> Any:
        file_id = await self.upload(jsonl(*lines), purpose="batch", filename="r.jsonl")
        self.client.clock.forward(1)
        return file_id

    async def batch(self, file_id: str, **fields: Any) -> Any:
        body = {"input_file_id": file_id, "endpoint": "/embeddings", "completion_window": "24h", **fields}
        return (await self.go("POST", "/batches", json=body)).get("id", "none")

    async def follow(self, batch_id: str, polls: int = 6) -> Any:
        body: Any = {}
        for _ in range(polls):
            self.client.clock.forward(2)
            body = await self.go("GET", f"/batches/{batch_id}")
        for name in ("output_file_id", "error_file_id"):
            if body.get(name):
                await self.go("GET", f"/files/{body[name]}/content")
                await self.go("GET", f"/files/{body[name]}")
        return body


async def of_files(client: Client) -> list[Any]:
    tour = Tour(client)
    kept = await tour.upload(purpose="fine-tune", filename="a.jsonl")
    await tour.upload(purpose="fine-tune", filename="b.jsonl")
    file_id = await tour.upload()
    for _ in range(3):
        await tour.go("GET", f"/files/{file_id}")
        client.clock.forward(1)
    await tour.go("GET", f"/files/{file_id}/content")
    await tour.go("GET", "/files")
    await tour.go("GET", "/files", params={"purpose": "fine-tune"})
    await tour.go("DELETE", f"/files/{file_id}")
    await tour.go("GET", "/files")
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        await tour.go(method, f"/files/{file_id}{path}")
    await tour.go("GET", f"/files/{kept}")
    await tour.upload(b"")
    await tour.upload(purpose="fun")
    await tour.upload(purpose="batch", filename="requests.txt")
    await tour.go("POST", "/files", files={"file": ("a", b"x", "text/plain")})
    await tour.go("POST", "/files", files={"purpose": (None, "assistants")})
    return tour.seen


async def of_uploads(client: Client) -> list[Any]:
    tour = Tour(client)

    async def begin(size: int = 4, purpose: str = "assistants") -> str:
        fields = {"purpose": purpose, "filename": "a.txt", "mime_type": "text/plain", "bytes": size}
        return (await tour.go("POST", "/uploads", json=fields)).get("id", "none")

    async def part(upload_id: str, data: bytes) -> str:
        files = {"data": ("part", data, "text/plain")}
        return (await tour.go("POST", f"/uploads/{upload_id}/parts", files=files)).get("id", "none")

    async def complete(upload_id: str, *ids: str, **fields: Any) -> Any:
        body = {"part_ids": list(ids), **fields}
        done = await tour.go("POST", f"/uploads/{upload_id}/complete", json=body)
        file = done.get("file") or {}
        await tour.go("GET", f"/files/{file.get('id')}/content")

    async def cancel(upload_id: str) -> None:
        await tour.go("POST", f"/uploads/{upload_id}/cancel")

    whole = await begin()
    ids = [await part(whole, b"ab"), await part(whole, b"cd")]
    await part(whole, b"")
    await complete(whole, *ids, md5=hashlib.md5(b"cdab").hexdigest())
    await complete(whole, ids[1], ids[0], md5=hashlib.md5(b"cdab").hexdigest())
    await part(whole, b"ef")
    await complete(whole, *ids)
    await cancel(whole)
    wrong = await begin()
    ids = [await part(wrong, b"ab"), await part(wrong, b"cde")]
    await complete(wrong, ids[0], ids[0])
    wrong = await begin()
    ids = [await part(wrong, b"ab"), await part(wrong, b"cde")]
    await complete(wrong, *ids)
    wrong = await begin(2)
    await complete(wrong, await part(wrong, b"ab"), "uplprt-none")
    given_up = await begin(2)
    data = await part(given_up, b"ab")
    await cancel(given_up)
    await part(given_up, b"cd")
    await complete(given_up, data)
    given_up = await begin(2)
    await cancel(given_up)
    await cancel(given_up)
    late = await begin(2)
    data = await part(late, b"ab")
    client.clock.forward(3600)
    await part(late, b"cd")
    await complete("upload_none", "a")
    await begin(8 * 1024**3 + 1)
    await begin(1, "fun")
    return tour.seen


async def of_batches(client: Client) -> list[Any]:
    tour = Tour(client)
    file_id = await tour.requests(*LINES, FAILING)
    batches = [await tour.batch(file_id, metadata={"a": "b"}) for _ in range(3)]
    await tour.follow(batches[0])
    await tour.go("POST", f"/batches/{batches[0]}/cancel")
    await tour.go("POST", f"/batches/{batches[1]}/cancel")
    await tour.follow(batches[1])
    await tour.follow(await tour.batch(await tour.requests(LINES[0], LINES[0])))
    await tour.follow(await tour.batch(await tour.requests(*LINES)))
    pages = ({"limit": 2, "after": batches[2]}, {"after": batches[1]}, {"after": batches[0]})
    for query in ({}, {"limit": 2}, *pages):
        await tour.go("GET", "/batches", params=query)
    await tour.go("GET", "/batches/batch_none")
    other = await tour.upload(purpose="assistants")
    fresh = await tour.upload(jsonl(*LINES), purpose="batch", filename="r.jsonl")
    for wrong in (other, fresh, "file-none", ""):
        await tour.batch(wrong)
    await tour.batch(file_id, completion_window="1h")
    await tour.batch(file_id, metadata={f"k{number}": "v" for number in range(17)})
    return tour.seen


async def of_made_files(client: Client) -> list[Any]:
    """Files created by uploads, and how they are listed."""
    tour = Tour(client)
    for _ in range(2):
        fields = {"purpose": "assistants", "filename": "a.txt", "mime_type": "text/plain", "bytes": 2}
        upload_id = (await tour.go("POST", "/uploads", json=fields)).get("id", "none")
        files = {"data": ("part", b"ab", "text/plain")}
        part = (await tour.go("POST", f"/uploads/{upload_id}/parts", files=files)).get("id", "none")
        await tour.go("POST", f"/uploads/{upload_id}/complete", json={"part_ids": [part]})
    await tour.go("GET", "/files")
    await tour.go("GET", "/files", params={"purpose": "assistants"})
    return tour.seen


TOURS = {"file": of_files, "upload": of_uploads, "batch": of_batches, "made": of_made_files}
