"""Emulators inside another program: served by a thread, and as an ASGI application."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

import aoai_emulator
from aoai_emulator import EmulatorApp, RunningEmulator
from aoai_specs.errors import ConformanceError

VERSION, WITH_FILES = "2024-10-21", "2025-01-01-preview"
CHAT = f"/openai/deployments/gpt-4o/chat/completions?api-version={VERSION}"
EMBEDDINGS = f"/openai/deployments/text-embedding-3-small/embeddings?api-version={VERSION}"
HELLO = {"messages": [{"role": "user", "content": "Hello."}]}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningEmulator]:
    with aoai_emulator.run_emulator(api_versions=[VERSION]) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: RunningEmulator) -> RunningEmulator:
    running.restart(api_versions=[VERSION])
    return running


def post(emulator: RunningEmulator, path: str = CHAT, body: Any = HELLO) -> httpx.Response:
    headers = {"api-key": emulator.key}
    return httpx.post(f"{emulator.url}{path}", json=body, headers=headers, trust_env=False)


def test_public_names_are_those_documented() -> None:
    assert aoai_emulator.__all__ == [
        "Control",
        "EmulatorApp",
        "EmulatorOptions",
        "FailureDescription",
        "FaultDescription",
        "RunningEmulator",
        "asgi_app",
        "choose_documents",
        "failure_catalogue",
        "fault_catalogue",
        "parse_deployments",
        "parse_latencies",
        "parse_limits",
        "read_fixtures",
        "run_emulator",
    ]
    for name in aoai_emulator.__all__:
        assert getattr(aoai_emulator, name).__doc__, f"{name} has no docstring"


def test_a_name_that_is_not_public_does_not_exist() -> None:
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        _ = aoai_emulator.nothing_of_ours


def test_importing_the_package_imports_no_server() -> None:
    code = "import sys, aoai_emulator; sys.exit(bool({'starlette', 'uvicorn', 'yaml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_running_emulator_responds_at_its_address(emulator: RunningEmulator) -> None:
    assert post(emulator).json()["choices"][0]["message"]["content"]


def test_a_client_of_openai_needs_no_further_configuration(emulator: RunningEmulator) -> None:
    with emulator.azure_openai() as client:
        assert client.embeddings.create(model="text-embedding-3-small", input="one").data[0].embedding


async def test_an_asynchronous_client_needs_none_either(emulator: RunningEmulator) -> None:
    async with emulator.async_azure_openai(max_retries=0) as client:
        assert client.max_retries == 0
        answer = await client.embeddings.create(model="text-embedding-3-small", input="one")
        assert answer.data[0].embedding


def test_the_client_uses_the_newest_version_that_is_served() -> None:
    with (
        aoai_emulator.run_emulator(api_versions=["2024-02-01", "2024-06-01"]) as emulator,
        emulator.azure_openai() as client,
    ):
        assert client._api_version == "2024-06-01"


def test_a_restart_keeps_the_address_and_takes_other_options(emulator: RunningEmulator) -> None:
    url, first = emulator.url, post(emulator).content
    emulator.restart(api_versions=[VERSION], seed=1)
    assert emulator.url == url
    assert post(emulator).content != first


def test_a_restart_forgets_what_was_stored(emulator: RunningEmulator) -> None:
    emulator.restart(api_versions=[WITH_FILES])
    with emulator.azure_openai() as client:
        client.files.create(file=("lines.jsonl", b"{}\n"), purpose="batch")
        assert len(client.files.list().data) == 1
        emulator.restart(api_versions=[WITH_FILES])
        assert len(client.files.list().data) == 0


def test_a_mistake_in_a_restart_leaves_the_emulator_as_it_was(emulator: RunningEmulator) -> None:
    control = emulator.control
    with pytest.raises(ConformanceError):
        emulator.restart(api_versions=[VERSION], faults=["no-such-fault"])
    assert emulator.control is control
    assert post(emulator).status_code == 200


def test_only_the_key_of_the_options_is_accepted(emulator: RunningEmulator) -> None:
    emulator.restart(api_versions=[VERSION], api_key="secret")
    assert emulator.key == "secret"
    assert post(emulator).status_code == 200
    with emulator.azure_openai(api_key="another", max_retries=0) as client:
        assert client.api_key == "another"


def test_control_changes_a_running_emulator(emulator: RunningEmulator) -> None:
    emulator.control.add_fault("error-429,next=1")
    assert [post(emulator).status_code for _ in range(2)] == [429, 200]


def test_an_emulator_has_an_address_only_in_its_block() -> None:
    emulator = aoai_emulator.run_emulator()
    with pytest.raises(ConformanceError, match="only inside its `with` block"):
        _ = emulator.url
    with emulator:
        url = emulator.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


async def test_an_asynchronous_block_runs_an_emulator_too() -> None:
    async with (
        aoai_emulator.run_emulator(api_versions=[VERSION]) as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as client,
    ):
        assert (await client.get("/")).json()["emulator"] == "aoai-emulator"


def test_an_emulator_with_tls_has_a_certificate_to_trust() -> None:
    with aoai_emulator.run_emulator(tls=True, api_versions=[VERSION]) as emulator:
        assert emulator.url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(emulator.authority))
        assert httpx.get(emulator.url, verify=trusting, trust_env=False).status_code == 200
    assert emulator.authority is None


def test_the_assertion_of_a_test_names_the_nearest_request(emulator: RunningEmulator) -> None:
    post(emulator)
    emulator.assert_received({"operation": "chat", "text": "Hello"}, count=1)
    emulator.assert_received({"operation": "embeddings"}, at_most=0)
    with pytest.raises(AssertionError, match=r"1 recorded match.*The nearest is #1 POST /openai/.*text"):
        emulator.assert_received({"operation": "chat", "text": "Good bye"})


def test_without_openai_one_sentence_says_what_to_install(
    emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ConformanceError, match="pip install openai"):
        emulator.azure_openai()


@pytest.fixture
async def app() -> AsyncIterator[tuple[EmulatorApp, httpx.AsyncClient]]:
    app = aoai_emulator.asgi_app(api_versions=[VERSION])
    transport = httpx.ASGITransport(app)
    headers = {"api-key": app.key}
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator", headers=headers) as client:
        yield app, client


async def test_an_asgi_app_responds_without_a_port(app: tuple[EmulatorApp, httpx.AsyncClient]) -> None:
    _, client = app
    assert (await client.post(EMBEDDINGS, json={"input": "one"})).status_code == 200


async def test_control_changes_an_asgi_app(app: tuple[EmulatorApp, httpx.AsyncClient]) -> None:
    emulator, client = app
    emulator.control.add_fault("error-500,next=1")
    statuses = [(await client.post(EMBEDDINGS, json={"input": "one"})).status_code for _ in range(2)]
    assert statuses == [500, 200]


async def test_an_asgi_app_starts_again_too(app: tuple[EmulatorApp, httpx.AsyncClient]) -> None:
    emulator, client = app
    emulator.restart(api_versions=["2024-02-01"], versions="exact")
    assert (await client.post(EMBEDDINGS, json={"input": "one"})).status_code == 404
