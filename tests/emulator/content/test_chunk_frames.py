"""Streams are written from templates, and constants are shared; neither shows in a response."""

from __future__ import annotations

import json

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.settings import Settings
from aoai_specs.document import Document

PATH = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
#: Faults that change the filter results, which responses share.
FAULTS = ("filter-category-missing", "filter-of-the-harmless", "filter-severity-unknown")
USUAL = {"messages": [{"role": "user", "content": "hi"}], "n": 2}


@pytest.fixture
def client(document: Document) -> httpx.AsyncClient:
    app = create_app(Settings(documents=(document,), has_control=True))
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://emulator", headers={"api-key": "k"})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"n": 1},
        {"n": 1, "max_tokens": 3},
        {"stream_options": {"include_usage": True}},
        {"logprobs": True},
        {"messages": [{"role": "user", "content": "[emulate: say é \U0001f33f.]"}]},
        {"messages": [{"role": "user", "content": "[emulate: asynchronous filter]"}]},
    ],
    ids=str,
)
async def test_chunks_are_the_same_with_a_fault_of_another_operation(
    client: httpx.AsyncClient, fields: JsonObject
) -> None:
    body = {**USUAL, **fields, "stream": True}
    plain = await client.post(PATH, json=body)
    edited = await client.post(PATH, json=body, headers={"x-emulate-fault": "embedding-index-wrong"})
    assert _said(plain.text) == _said(edited.text)


async def test_a_fault_leaves_later_responses_as_they_are(client: httpx.AsyncClient) -> None:
    before = await client.post(PATH, json=USUAL)
    for name in FAULTS:
        broken = await client.post(PATH, json=USUAL, headers={"x-emulate-fault": name})
        assert broken.json()["choices"] != before.json()["choices"], name
    after = await client.post(PATH, json=USUAL)
    assert after.json()["choices"] == before.json()["choices"]
    assert after.json()["prompt_filter_results"] == before.json()["prompt_filter_results"]


def _said(stream: str) -> list[object]:
    """Return the chunks without what differs from response to response."""
    chunks = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: {")]
    return [{**chunk, "id": bool(chunk["id"]), "created": 0} for chunk in chunks]
