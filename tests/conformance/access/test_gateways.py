"""Whole runs through gateways: a prefix, a subscription key, the key in another header, no base path."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from middle_servers import Gateway, Proxy, running

from aoai_conformance.cli import main
from aoai_reports.record.reader import Record
from aoai_reports.run_folder import read_run
from aoai_specs.catalogue import Catalogue

pytestmark = pytest.mark.usefixtures("plan_once")

Start = Callable[[Gateway], Gateway]
KEY = "key-behind-the-gateway"
SUBSCRIPTION = "a7f3d1-of-the-gateway"
HEADER = "Ocp-Apim-Subscription-Key=${APIM_KEY}"
OPERATION = ("--operation", "embeddings_create", "--profile", "smoke", "--history", "none")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def invoke(*arguments: str, **variables: str) -> Result:
    environment = {"AZURE_OPENAI_API_KEY": KEY, "APIM_KEY": SUBSCRIPTION, **variables}
    return CliRunner().invoke(main, arguments, env=environment)


def run(gateway: Gateway, *options: str, path: str = "", **variables: str) -> tuple[Result, Record]:
    result = invoke("run", "--target", gateway.url + path, "--out", "run", *options, **variables)
    return result, read_run(Path("run"))


def summary() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path("run/summary.json").read_text(encoding="utf-8"))
    return content


def statuses(record: Record) -> dict[str, int]:
    return {
        point.id: line.response.status
        for line in record.exchanges
        for point in line.points
        if point.id.startswith("authentication:") and line.response is not None
    }


def test_a_run_behind_a_prefix_and_a_subscription_key(served: str, start: Start) -> None:
    gateway = start(Gateway("", upstream=served, prefix="/team-a", header="ocp-apim-subscription-key"))
    gateway.key = SUBSCRIPTION
    result, record = run(gateway, *OPERATION, "--header", HEADER, path="/team-a/")
    assert result.exit_code == 0, result.output
    assert {headers["ocp-apim-subscription-key"] for _, headers in gateway.heads} == {SUBSCRIPTION}
    assert record.header.options["headers"] == {"Ocp-Apim-Subscription-Key": "${APIM_KEY}"}
    assert set(statuses(record).values()) == {401}
    assert summary()["rules"]["AUTH-002"]["pass"] >= 1
    assert SUBSCRIPTION not in Path("run/record.ndjson").read_text(encoding="utf-8")
    case = record.exchanges[0].case
    without = invoke("replay", "run", case)
    assert without.exit_code == 2
    assert "add --header 'Ocp-Apim-Subscription-Key=${APIM_KEY}'" in without.stderr
    again = invoke("replay", "run", case, "--header", HEADER)
    assert again.exit_code == 0, again.output
    assert gateway.heads[-1][0].startswith("POST /team-a/openai/deployments/")
    assert gateway.heads[-1][1]["ocp-apim-subscription-key"] == SUBSCRIPTION


def test_the_subscription_key_may_be_the_key_under_test(served: str, start: Start) -> None:
    gateway = start(Gateway("", upstream=served, header="ocp-apim-subscription-key", key=KEY))
    gateway.adds = "api-key: key-that-only-the-gateway-knows"
    result, record = run(
        gateway,
        *OPERATION,
        "--api-key-header",
        "Ocp-Apim-Subscription-Key",
        "--deployment",
        "embeddings=text-embedding-3-small",
    )
    assert "rejected the key" not in result.output
    assert statuses(record) == dict.fromkeys(statuses(record), 401)
    assert summary()["rules"]["AUTH-002"]["pass"] >= 1
    again = invoke("replay", "run", record.exchanges[0].case)
    assert gateway.heads[-1][1]["ocp-apim-subscription-key"] == KEY, again.output


def test_without_credentials_nothing_about_them_is_sent(serve_emulator, start: Start) -> None:
    gateway = start(Gateway("", upstream=serve_emulator(), adds="api-key: key-of-the-gateway"))
    result, record = run(gateway, *OPERATION, "--auth", "none")
    assert result.exit_code == 0, result.output
    assert not [headers for _, headers in gateway.heads if {"api-key", "authorization"} & set(headers)]
    assert statuses(record) == {}
    left_out = [each for each in record.header.planned.left_out if "--auth none" in each.message]
    assert [point for each in left_out for point in each.points] == ["authentication:wrong-key"]
    assert "--auth none" in Path("run/report.html").read_text(encoding="utf-8")


def test_a_server_that_requires_credentials_says_so(served: str) -> None:
    result = invoke("run", "--target", served, *OPERATION, "--auth", "none", "--out", "run")
    assert result.exit_code == 3
    assert "Set a key and leave out --auth none" in result.stderr


def test_a_proxy_that_requires_credentials_ends_the_run_with_what_to_do(served: str) -> None:
    proxy = Proxy(login=("me", "a-password"))
    with running(proxy):
        result = invoke(
            *("run", "--target", served, *OPERATION, *DEPLOYMENTS, "--proxy", proxy.url, "--out", "run")
        )
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == (
        "The proxy requires credentials (status 407). Name the proxy with its credentials: "
        "--proxy 'http://NAME:${VARIABLE}@HOST:PORT'."
    )


@pytest.fixture
def inference(serve_emulator) -> str:
    document = Catalogue.packaged().load("2025-04-01", surface="ai-model-inference")
    return str(serve_emulator(documents=(document,)))


DEPLOYMENTS = ("--deployment", "embeddings=text-embedding-3-small", "--deployment", "chat=gpt-4o")
INFERENCE = (
    *("--surface", "ai-model-inference", "--api-version", "2025-04-01"),
    *("--operation", "GetEmbeddings", "--operation", "GetModelInfo"),
    *("--profile", "smoke", "--history", "none"),
)


def test_an_endpoint_of_one_model_is_found_without_its_base_path(inference: str, start: Start) -> None:
    gateway = start(Gateway("", upstream=inference, base="/models"))
    result, record = run(gateway, *INFERENCE, *DEPLOYMENTS)
    assert result.exit_code == 0, result.output
    assert record.header.options["base_paths"] == {"ai-model-inference@2025-04-01": ""}
    sentence = "the endpoint has no /models in its paths; requests go to its root."
    assert sentence in result.stderr
    assert sentence in Path("run/summary.md").read_text(encoding="utf-8")
    probes = [line for line in record.exchanges if "/probe/base-path" in line.case]
    assert {line.response.status for line in probes if line.response} == {404}
    assert [(each.rule, each.message) for line in probes for each in line.violations] == []
    asked = [first.split(" ")[1].partition("?")[0] for first, _ in gateway.heads]
    assert sum(path.startswith("/models/") for path in asked) == len(probes) == 2
    case = next(line.case for line in record.exchanges if line.case.endswith("embeddings/base"))
    again = invoke("replay", "run", case)
    assert again.exit_code == 0, again.output
    assert gateway.heads[-1][0].startswith("POST /embeddings?")


def test_a_base_path_may_be_chosen(inference: str, start: Start) -> None:
    gateway = start(Gateway("", upstream=inference, base="/models"))
    result, record = run(gateway, *INFERENCE, "--base-path", "/", *DEPLOYMENTS)
    assert result.exit_code == 0, result.output
    assert not any(first.split(" ")[1].startswith("/models") for first, _ in gateway.heads)
    assert record.header.options["base_paths"] == {"ai-model-inference@2025-04-01": ""}


def test_a_base_path_that_is_there_costs_no_request(inference: str) -> None:
    result = invoke("run", "--target", inference, *INFERENCE, "--out", "run", AZURE_OPENAI_API_KEY="emulator")
    assert result.exit_code == 0, result.output
    assert "base_paths" not in read_run(Path("run")).header.options


def test_one_base_path_cannot_replace_two() -> None:
    versions = ("--api-version", "2024-10-21", "--api-version", "ai-model-inference@2025-04-01")
    for command in ("run", "plan"):
        result = invoke(command, "--target", "https://x.example", *versions, "--base-path", "/api")
        assert result.exit_code == 2
        assert "test them in separate runs" in result.stderr
