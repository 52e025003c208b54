"""The suite against third-party servers: each real deviation is reported, and nothing else.

Run with `tox -e real-servers`. What each server is expected to do otherwise than the document says is listed,
with the reason, in `expected/NAME.yaml`; a deviation that is no longer there fails as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from starting import HERE, KEY, Judged, free_port, installed, running

pytestmark = pytest.mark.real_server

Start = Callable[[ExitStack, Path], tuple[str, list[str]]]

OF_DEPLOYMENTS = ["--api-version", "2024-10-21"]
OF_RESPONSES = ["--api-version", "v1", "--target-layout", "openai", "--operation", "createResponse"]


def litellm(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """The LiteLLM proxy with mock models, which has Azure's paths."""
    url = _litellm(stack, folder, "litellm.yaml")
    return url, ["--deployment", "chat=mock-chat", "--deployment", "embeddings=mock-embeddings"]


def litellm_responses(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """The LiteLLM proxy, whose bridge answers Responses from the chat completions of the emulator."""
    url = _litellm(stack, folder, "litellm-responses.yaml", EMULATOR=f"{_emulator(stack, folder)}/openai/v1")
    return url, ["--deployment", "chat=bridged-chat"]


def _litellm(stack: ExitStack, folder: Path, configuration: str, **environment: str) -> str:
    port = free_port()
    command = [installed("litellm", "bin", "litellm"), "--config", HERE / configuration]
    return stack.enter_context(
        running(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            folder / "log.txt",
            f"http://127.0.0.1:{port}",
            alive="/health/liveliness",
            environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True", **environment},
        )
    )


def llama_cpp_python(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """llama.cpp's Python server with a tiny random model, which has OpenAI's paths."""
    python = installed("llama-cpp-python", "bin", "python")
    model = folder / "tiny.gguf"
    subprocess.run([python, HERE / "models" / "tiny_gguf.py", model], check=True, timeout=120)
    port = free_port()
    options = ["--n_ctx", "2048", "--chat_format", "chatml", "--api_key", KEY]
    command = [python, "-m", "llama_cpp.server", "--model", model, *options]
    url = stack.enter_context(
        running(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            folder / "log.txt",
            f"http://127.0.0.1:{port}",
            alive="/v1/models",
        )
    )
    return url, _of_openai("tiny")


def transformers(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """`transformers serve` with a tiny random model, which has OpenAI's paths and requires no key."""
    model = folder / "model"
    python = installed("transformers", "bin", "python")
    subprocess.run([python, HERE / "models" / "tiny_transformers.py", model], check=True, timeout=300)
    port = free_port()
    command = [installed("transformers", "bin", "transformers"), "serve", "--device", "cpu"]
    url = stack.enter_context(
        running(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            folder / "log.txt",
            f"http://127.0.0.1:{port}",
            alive="/health",
            environment={"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"},
        )
    )
    return url, _of_openai(str(model))


def aimock(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """@copilotkit/aimock with one answer for every chat and one vector, which has Azure's paths."""
    fixtures = [
        {"match": {"endpoint": "chat"}, "response": {"content": "Hello from the mock."}},
        {"match": {"endpoint": "embedding"}, "response": {"embedding": [0.6, 0.8]}},
    ]
    (folder / "fixtures.json").write_text(json.dumps({"fixtures": fixtures}), encoding="utf-8")
    configuration = {"llm": {"fixtures": str(folder / "fixtures.json")}}
    (folder / "aimock.json").write_text(json.dumps(configuration), encoding="utf-8")
    port = free_port()
    command = [installed("npm", "node_modules", ".bin", "aimock"), "--config", folder / "aimock.json"]
    url = stack.enter_context(
        running(
            [*command, "--port", str(port)],
            folder / "log.txt",
            f"http://127.0.0.1:{port}",
            alive="/health",
        )
    )
    return url, ["--deployment", "chat=gpt-4o", "--deployment", "embeddings=text-embedding-3-small"]


def aimock_responses(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """aimock as above, asked for Responses and for chat as v1 describes it."""
    url, _ = aimock(stack, folder)
    return url, ["--operation", "createChatCompletion", "--deployment", "chat=gpt-4o"]


def prism(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """Prism on the corrected document; its paths get the base path, which Prism omits."""
    shown = subprocess.run(
        [sys.executable, "-m", "aoai_conformance", "specs", "show", "2024-10-21", "--format", "json"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    document = json.loads(shown.stdout)
    document["paths"] = {f"/openai{path}": item for path, item in document["paths"].items()}
    (folder / "document.json").write_text(json.dumps(document), encoding="utf-8")
    port = free_port()
    command = [
        installed("npm", "node_modules", ".bin", "prism"),
        "mock",
        folder / "document.json",
        "--errors",
    ]
    url = stack.enter_context(
        running(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            folder / "log.txt",
            f"http://127.0.0.1:{port}",
            alive="/nowhere",
        )
    )
    kinds = ("chat", "completions", "embeddings")
    return url, [option for kind in kinds for option in ("--deployment", f"{kind}=any")]


def portkey(stack: ExitStack, folder: Path) -> tuple[str, list[str]]:
    """Portkey's gateway in front of the emulator; headers say which provider and which deployment."""
    gateway = free_port()
    behind = _emulator(stack, folder)
    url = stack.enter_context(
        running(
            [installed("npm", "node_modules", ".bin", "gateway"), "--headless", f"--port={gateway}"],
            folder / "log.txt",
            f"http://127.0.0.1:{gateway}",
            alive="/",
        )
    )
    headers = {
        "x-portkey-provider": "azure-openai",
        "x-portkey-custom-host": f"{behind}/openai",
        "x-portkey-azure-resource-name": "any",
        "x-portkey-azure-deployment-id": "gpt-4o",
        "x-portkey-azure-api-version": "2024-10-21",
    }
    added = [option for name, value in headers.items() for option in ("--header", f"{name}={value}")]
    return url, ["--target-layout", "openai", "--deployment", "chat=gpt-4o", *added]


def _emulator(stack: ExitStack, folder: Path) -> str:
    port = free_port()
    ours = [sys.executable, "-m", "aoai_conformance", "emulator", "--api-key", KEY, "--port", str(port)]
    return stack.enter_context(
        running([*ours], folder / "emulator.txt", f"http://127.0.0.1:{port}", alive="/")
    )


def _of_openai(model: str) -> list[str]:
    layout = ["--target-layout", "openai", "--concurrency", "1"]
    return [*layout, "--deployment", f"chat={model}", "--deployment", f"completions={model}"]


SERVERS: dict[str, Start] = {
    "litellm": litellm,
    "llama-cpp-python": llama_cpp_python,
    "transformers": transformers,
    "aimock": aimock,
    "prism": prism,
    "portkey": portkey,
}
RESPONSES: dict[str, Start] = {
    "litellm-responses": litellm_responses,
    "transformers-responses": transformers,
    "aimock-responses": aimock_responses,
}


@pytest.fixture(scope="module", params=[*SERVERS, *RESPONSES])
def outcome(
    request: pytest.FixtureRequest, judged: Callable[..., Judged], tmp_path_factory: pytest.TempPathFactory
) -> Judged:
    name = str(request.param)
    start, against = (RESPONSES[name], OF_RESPONSES) if name in RESPONSES else (SERVERS[name], OF_DEPLOYMENTS)
    with ExitStack() as stack:
        url, options = start(stack, tmp_path_factory.mktemp(name))
        return judged(name, url, *against, *options)


def test_only_expected_violations_are_reported(outcome: Judged) -> None:
    assert outcome.unexpected() == []


def test_all_expected_violations_are_reported(outcome: Judged) -> None:
    assert outcome.missing() == []


def test_the_run_is_judged_to_the_end(outcome: Judged) -> None:
    assert outcome.summary["verdict"] == "nonconformant"
