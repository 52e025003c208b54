"""The examples on the page of the emulator work as the page says."""

from __future__ import annotations

import re

import httpx
import pytest

from aoai_emulator import read_fixtures
from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

from .shell_blocks import ROOT

PAGE = (ROOT / "docs" / "emulator.md").read_text("utf-8")
WEATHER = {"type": "function", "function": {"name": "get_weather"}}


@pytest.fixture
async def chat(tmp_path):
    """Ask an emulator with the page's fixtures file."""
    documents = (Catalogue.packaged().load("azure-openai@2024-10-21"),)
    path = tmp_path / "fixtures.yaml"
    found = re.search(r'^```yaml title="fixtures.yaml"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    path.write_text(found[1], "utf-8")
    app = create_app(Settings(documents=documents, fixtures=read_fixtures([path], documents)))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://emulator.test/openai/deployments",
        params={"api-version": "2024-10-21"},
        headers={"api-key": "any"},
    ) as client:

        async def ask(*messages, **fields):
            body = {"messages": list(messages), **fields}
            return await client.post("/gpt-4o/chat/completions", json=body)

        yield ask


async def test_the_fixtures_file_plays_a_tool_loop(chat):
    user = {"role": "user", "content": "What is the weather?"}
    called = (await chat(user, tools=[WEATHER])).json()["choices"][0]["message"]
    call = called["tool_calls"][0]
    result = {"role": "tool", "tool_call_id": call["id"], "content": "sunny"}
    asked = {"role": "assistant", "tool_calls": [call]}
    said = (await chat(user, asked, result, tools=[WEATHER])).json()["choices"][0]["message"]
    assert (call["function"]["arguments"], said["content"]) == ('{"city":"Paris"}', "It is sunny.")


async def test_the_fixtures_file_fails_once(chat):
    first, second = [await chat({"role": "user", "content": "Please retry."}) for _ in range(2)]
    assert (first.status_code, first.headers["retry-after"]) == (429, "1")
    assert second.json()["choices"][0]["message"]["content"] == "Done."
