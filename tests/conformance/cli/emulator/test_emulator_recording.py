"""`emulator --record` passes on what it has no response to, and records it without secrets."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from click.testing import CliRunner

import aoai_emulator.server
from aoai_conformance.cli import main
from aoai_conformance.run.recording import emulator_recording
from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_reports.record.reader import read_record
from aoai_specs.catalogue import Catalogue

KEY = "canary-0123456789"
CHAT = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"


@pytest.fixture
def target(monkeypatch):
    """Let every request that is passed on go to an emulator in this process."""
    documents = (Catalogue.packaged().load("azure-openai@2024-10-21"),)
    app = create_app(Settings(documents=documents, api_key=KEY))
    monkeypatch.setattr(emulator_recording, "transport_to", lambda *_, **__: httpx.ASGITransport(app))


@pytest.fixture
def emulator(monkeypatch, target, tmp_path):
    """Run `emulator` with options; a client sends it chats instead of serving it."""

    def run(*options, chats=(), key=KEY):
        responses = []

        async def send(settings):
            transport = httpx.ASGITransport(create_app(settings))
            async with httpx.AsyncClient(transport=transport, base_url="http://e.test") as client:
                for fields in chats:
                    body = {"messages": [{"role": "user", "content": "Hi"}], **fields}
                    responses.append(await client.post(CHAT, json=body, headers={"api-key": "dummy"}))

        monkeypatch.setattr(
            aoai_emulator.server, "serve", lambda settings, *_, **__: asyncio.run(send(settings))
        )
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", key)
        result = CliRunner().invoke(main, ["emulator", "--api-version", "2024-10-21", *options])
        return result, responses

    return run


def test_records_what_is_passed_on_without_the_key_and_replays_it(emulator, tmp_path):
    into = tmp_path / "recorded"
    fixtures = tmp_path / "fixtures.yaml"
    fixtures.write_text("fixtures: [{match: {json: {seed: 1}}, response: {text: Mine.}}]", "utf-8")
    options = ("--record", "https://r.openai.azure.com", "--record-into", str(into))
    chats = ({"seed": 1}, {"seed": 2}, {"seed": 3, "stream": True})
    result, responses = emulator(*options, "--fixtures", str(fixtures), chats=chats)
    assert (result.exit_code, result.output) == (0, f"2 exchanges recorded in {into}.\n")
    assert [response.status_code for response in responses] == [200, 200, 200]
    assert responses[0].json()["choices"][0]["message"]["content"] == "Mine."
    record = read_record(into / "record.ndjson")
    assert [json.loads(line.request.body)["seed"] for line in record.exchanges] == [2, 3]
    assert KEY not in (into / "record.ndjson").read_text("utf-8")
    _, replayed = emulator("--replay", str(into / "record.ndjson"), chats=chats[1:])
    assert [response.content for response in replayed] == [response.content for response in responses[1:]]


def test_records_everything_on_request(emulator, tmp_path):
    fixtures = tmp_path / "fixtures.yaml"
    fixtures.write_text("fixtures: [{response: {text: Mine.}}]", "utf-8")
    options = ("--record", "https://r.openai.azure.com", "--record-into", str(tmp_path / "recorded"))
    result, responses = emulator(*options, "--record-all", "--fixtures", str(fixtures), chats=({},))
    assert result.output.startswith("1 exchange recorded in ")
    assert responses[0].json()["choices"][0]["message"]["content"] != "Mine."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--record-all",), "--record-all, --record-into and --record-key-env need --record URL."),
        (("--record", "ftp://x"), "--record 'ftp://x' is not an http or https URL"),
        (
            ("--record", "https://x.test", "--record-key-env", "NO_KEY"),
            "No key for --record: the environment variable NO_KEY is not set.",
        ),
    ],
)
def test_a_mistake_is_one_sentence(emulator, options, sentence):
    result, _ = emulator(*options)
    assert result.exit_code == 2
    assert result.output.startswith(sentence)
