"""Targets, their keys and their deployments."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from aoai_conformance.options import TargetLayout
from aoai_conformance.target.authentication import NoAuthentication
from aoai_conformance.target.targets import (
    Target,
    checked_root,
    deployment_kind,
    is_loopback,
    parse_deployments,
    resolve_url_target,
)
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import ConformanceError, TargetError

CHAT = {"chat": "gpt-4o"}
INTRODUCTION = {
    "emulator": "aoai-emulator",
    "version": "0.1.0",
    "deployments": {"chat": "gpt-4o", "speech": "tts", "novel": "x", "images": 3},
}


def test_reads_the_key_from_the_environment_and_hides_it() -> None:
    target = resolve_url_target(
        "https://me.openai.azure.com/", deployments=CHAT, environment={"AZURE_OPENAI_API_KEY": " abc123 "}
    )
    assert target.root == target.name == "https://me.openai.azure.com"
    assert target.authentication.secrets == ("abc123",)
    assert "abc123" not in repr(target)


def test_reads_the_key_from_the_named_variable() -> None:
    environment = {"AZURE_OPENAI_API_KEY": "no", "OTHER": "yes"}
    target = resolve_url_target(
        "https://x.example", deployments=CHAT, key_variable="OTHER", environment=environment
    )
    assert target.authentication.secrets == ("yes",)


def test_a_missing_key_is_one_sentence_that_names_the_variable() -> None:
    with pytest.raises(ConformanceError, match="set the environment variable AZURE_OPENAI_API_KEY") as caught:
        resolve_url_target("https://x.example", deployments=CHAT, environment={})
    assert caught.value.exit_code == 2


def test_a_key_that_no_header_can_carry_is_rejected_without_printing_it() -> None:
    with pytest.raises(ConformanceError, match="must be printable ASCII") as caught:
        resolve_url_target(
            "https://x.example", deployments=CHAT, environment={"AZURE_OPENAI_API_KEY": "a\nbäc"}
        )
    assert "bäc" not in str(caught.value)


def test_no_deployment_at_all_names_the_flag() -> None:
    with pytest.raises(ConformanceError, match="--deployment KIND=NAME"):
        resolve_url_target(
            "https://x.example", deployments={}, environment={"AZURE_OPENAI_API_KEY": "abc123"}
        )


def test_an_emulator_on_loopback_introduces_itself(serve, reply) -> None:
    server = serve(lambda _: [reply(200, INTRODUCTION)])
    target = resolve_url_target(server.url, deployments={}, environment={})
    assert target.deployments == {"chat": "gpt-4o", "speech": "tts"}
    assert target.authentication.secrets == ()


def test_explicit_deployments_override_the_introduction(serve, reply) -> None:
    server = serve(lambda _: [reply(200, INTRODUCTION)])
    assert resolve_url_target(server.url, deployments=CHAT, environment={}).deployments == CHAT


@pytest.mark.parametrize(
    "answer",
    [(200, {"hello": 1}), (200, [1]), (404, INTRODUCTION), (200, b"{"), (200, {"emulator": "another"})],
)
def test_anything_else_on_loopback_needs_a_key(serve, reply, answer) -> None:
    server = serve(lambda _: [reply(*answer)])
    with pytest.raises(ConformanceError, match="No key for"):
        resolve_url_target(server.url, deployments=CHAT, environment={})


def test_a_loopback_address_without_a_server_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TargetError, match="No response from") as caught:
        resolve_url_target(f"http://127.0.0.1:{port}", deployments=CHAT, environment={})
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "url",
    [
        "me.openai.azure.com",
        "ftp://x.example",
        "http://",
        "https://user:pass@x.example",
        "https://x.example?a=1",
        "https://x.example:99999",
        "http://[::1",
        "",
    ],
)
def test_rejects_what_is_not_a_root(url: str) -> None:
    with pytest.raises(ConformanceError, match="--target"):
        checked_root(url)


def test_recognizes_loopback_addresses() -> None:
    assert all(
        map(is_loopback, ["http://127.0.0.1:1", "http://localhost", "http://[::1]:8", "http://127.9.9.9"])
    )
    assert not any(map(is_loopback, ["http://10.0.0.1", "https://x.example", "http://localhost.example"]))


def test_reads_deployments() -> None:
    assert parse_deployments(["chat=gpt-4o", " images = d=3 "]) == {"chat": "gpt-4o", "images": "d=3"}


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("gpt-4o", "KIND=NAME"),
        ("chat=", "KIND=NAME"),
        ("=x", "KIND=NAME"),
        ("chats=x", "did you mean 'chat'"),
    ],
)
def test_rejects_a_malformed_deployment(pair: str, message: str) -> None:
    with pytest.raises(ConformanceError, match=message):
        parse_deployments([pair])


def test_rejects_two_deployments_for_one_kind() -> None:
    with pytest.raises(ConformanceError, match="two deployments"):
        parse_deployments(["chat=a", "chat=b"])


def test_resources_without_a_deployment_in_their_path_have_kinds() -> None:
    pairs = ["files=any", "uploads=any", "batches=b", "models=any", "fine-tuning=gpt-4o-mini"]
    assert set(parse_deployments(pairs)) == {"files", "uploads", "batches", "models", "fine-tuning"}
    kinds = ("file-import", "upload-part", "batch-get", "model-list", "fine-tuning-create", "extension-chat")
    assert [deployment_kind(kind) for kind in kinds] == [
        "files", "uploads", "batches", "models", "fine-tuning", "chat",
    ]  # fmt: skip


def test_files_of_requests_name_the_deployment_of_batches() -> None:
    target = Target("url", "x", "https://x.example", {**CHAT, "batches": "b"}, NoAuthentication())
    assert target.named_deployment("chat", "file-upload") == "b"
    assert target.named_deployment("chat", "chat") == "gpt-4o"
    without = replace(target, deployments=CHAT)
    assert without.named_deployment("chat", "file-upload") == "gpt-4o"


@pytest.mark.parametrize("layout", ["azure", "openai"])
def test_operations_of_v1_whose_model_no_deployment_serves_are_not_served(layout: TargetLayout) -> None:
    target = Target("url", "x", "https://x.example", CHAT, NoAuthentication(), layout=layout)
    v1 = Catalogue.packaged().load("azure-openai@v1")
    served = {id_ for id_, each in v1.operations.items() if target.serves_operation(each)}
    assert {"createChatCompletion", "createResponse", "createFile"} <= served
    assert not {"createCompletion", "createEmbedding"} & served


def test_an_emulator_serves_only_the_kinds_that_it_names(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {**INTRODUCTION, "kinds": ["chat", "file-get", 3]})])
    target = resolve_url_target(server.url, deployments={}, environment={})
    assert target.serves("file-get", "/files/{id}")
    assert not target.serves("fine-tuning-list", "/fine_tuning/jobs")
    elder = serve(lambda _: [reply(200, INTRODUCTION)])
    assert resolve_url_target(elder.url, deployments={}, environment={}).serves("other", "/other")
