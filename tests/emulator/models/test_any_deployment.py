"""Deployments that nobody configured: their model follows from the name, or they accept everything."""

from __future__ import annotations

import pytest

from aoai_emulator.models.any_deployment import deployment_called
from aoai_emulator.settings import DEFAULT_DEPLOYMENTS, Settings

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("team-gpt-4o-eu", "gpt-4o-eu"),
        ("prod_o3-mini", "o3-mini"),
        ("GPT-5.2-chat", "GPT-5.2-chat"),
        ("x-gpt-5.2-chat", "gpt-5.2-chat"),
        ("my.text-embedding-ada-002", "text-embedding-ada-002"),
        ("openai/gpt-4.1", "gpt-4.1"),
        ("demo1", "demo1"),
        ("anything", "anything"),
    ],
)
def test_the_model_is_the_one_that_the_name_contains(name, model):
    deployment = deployment_called(name)
    assert deployment is not None
    assert (deployment.name, deployment.model) == (name, model)


def test_a_known_model_serves_what_it_serves_and_a_generic_one_everything():
    assert deployment_called("my-gpt-4o").kinds == {"chat", "extension-chat"}
    assert deployment_called("text-embedding-3-large").kinds == {"embeddings"}
    every_kind = {kind for deployment in DEFAULT_DEPLOYMENTS for kind in deployment.kinds}
    assert deployment_called("anything").kinds == every_kind


@pytest.mark.parametrize("name", ["", " ", "\r\nset-cookie: a", "é", "x" * 129, "a\x00b", "-a"])
def test_a_text_that_is_no_name_names_nothing(name):
    assert deployment_called(name) is None


def test_configured_names_and_models_come_first():
    settings = Settings(any_deployment=True)
    assert settings.deployment("gpt-4o") is DEFAULT_DEPLOYMENTS[0]
    assert settings.model("gpt-4o-2024-08-06") is DEFAULT_DEPLOYMENTS[0]
    assert settings.model("nobody").name == "nobody"
    assert Settings().deployment("nobody") is None
    assert Settings().model("nobody") is None


async def test_every_name_is_accepted_in_every_layout(emulator):
    http = emulator(any_deployment=True).http
    for path, version, fields in (
        ("/openai/deployments/my-team/chat/completions", "2024-10-21", {}),
        ("/v1/chat/completions", "v1", {"model": "my-team"}),
    ):
        params = {"api-version": version}
        response = await http.post(path, params=params, json={"messages": MESSAGES, **fields})
        assert response.status_code == 200, response.text
        assert response.json()["model"] == "my-team"
    assert (await http.get("/")).json()["any_deployment"] is True


async def test_a_model_in_the_name_rejects_what_the_real_model_rejects(emulator):
    http = emulator(any_deployment=True).http
    chat = "/openai/deployments/{}/chat/completions"
    embedding = await http.post(chat.format("my-text-embedding-3-small"), json={"messages": MESSAGES})
    assert embedding.json()["error"]["code"] == "OperationNotSupported"
    reasoning = await http.post(chat.format("o3-mini"), json={"messages": MESSAGES, "max_tokens": 5})
    assert reasoning.json()["error"]["code"] == "unsupported_parameter"


def test_a_name_is_looked_up_once():
    assert deployment_called("anything") is deployment_called("anything")
