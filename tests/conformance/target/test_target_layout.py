"""Servers with OpenAI's paths: the same plan, with another request layout."""

from __future__ import annotations

import json

import pytest

from aoai_conformance.engine.client import Client
from aoai_conformance.options import RunChoices
from aoai_conformance.recording.curl import curl_line
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.choice import TargetChoice, choose_target
from aoai_conformance.target.documents import choose_documents
from aoai_conformance.target.layout import apply_layout, has_kind, is_applicable
from aoai_conformance.target.selection import choose_operations, choose_plans
from aoai_conformance.target.targets import Target, resolve_url_target
from aoai_model.case import Case, JsonBody, MultipartBody, Part, PlannedRequest, RawBody
from aoai_specs.errors import ConformanceError

pytestmark = pytest.mark.usefixtures("plan_once")

PATH = "/deployments/{deployment-id}/chat/completions"
QUERY = {"api-version": "2024-10-21", "limit": "2"}
KEY = "sk-that-nobody-may-see"


def test_puts_the_deployment_into_the_body_and_omits_the_version() -> None:
    planned = PlannedRequest("POST", PATH, query=QUERY, body=JsonBody({"messages": []}))
    sent = apply_layout(planned, "openai", "tiny")
    assert sent.path == "/chat/completions"
    assert sent.query == {"limit": "2"}
    assert sent.body == JsonBody({"model": "tiny", "messages": []})
    assert apply_layout(planned, "azure", "tiny") is planned


def test_a_body_that_names_a_model_keeps_it_and_bytes_stay_unchanged() -> None:
    named = PlannedRequest("POST", PATH, body=JsonBody({"model": 5}))
    assert apply_layout(named, "openai", "tiny").body == JsonBody({"model": 5})
    raw = RawBody(b"{", "application/json")
    assert apply_layout(PlannedRequest("POST", PATH, body=raw), "openai", "tiny").body is raw
    no_object = JsonBody([1])
    assert apply_layout(PlannedRequest("POST", PATH, body=no_object), "openai", "tiny").body is no_object


def test_a_form_gets_the_model_as_a_part() -> None:
    path = "/deployments/{deployment-id}/audio/transcriptions"
    form = MultipartBody((Part("file", b"RIFF", "a.wav"),))
    sent = apply_layout(PlannedRequest("POST", path, body=form), "openai", "whisper")
    assert sent.path == "/audio/transcriptions"
    assert isinstance(sent.body, MultipartBody)
    assert [(part.name, part.content) for part in sent.body.parts] == [
        ("model", b"whisper"),
        ("file", b"RIFF"),
    ]


def test_resources_keep_their_paths() -> None:
    planned = PlannedRequest("GET", "/files/{fileId}", query=QUERY, path_parameters={"fileId": "file-1"})
    sent = apply_layout(planned, "openai", None)
    assert (sent.path, sent.path_parameters, sent.body) == ("/files/{fileId}", {"fileId": "file-1"}, None)


def test_azure_specific_paths_and_keys_are_not_planned() -> None:
    documents = choose_documents(api_versions=["2024-10-21"])
    choices = RunChoices(operations=("ChatCompletions_Create",))
    chosen = choose_operations(choices, documents)
    azure, openai = (
        choose_plans(choices, chosen, lambda _: True, layout)[0] for layout in ("azure", "openai")
    )
    gone = {case.id for case in azure.cases} - {case.id for case in openai.cases}
    assert gone == {
        "chat/api-version:missing",
        "chat/api-version:unknown",
        "chat/authentication:key-in-wrong-header",
        "chat/authentication:wrong-key",
        "chat/deployment:unknown",
    }


@pytest.mark.parametrize("kind", ["image-submit", "extension-chat", "ingestion-start", "deployment-list"])
def test_operations_that_only_azure_has_are_not_configured(kind: str) -> None:
    assert not has_kind("openai", kind)
    assert has_kind("azure", kind)
    assert not is_applicable(
        "openai", Case("c", "d", "o", kind, PlannedRequest("GET", "/x"), "any", (), "base")
    )


async def test_sends_a_bearer_token_below_v1_and_masks_the_key(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {})])
    target = Target(
        "url", server.url, server.url, {"chat": "tiny"}, KeyAuthentication(KEY, as_bearer=True), "openai"
    )
    planned = PlannedRequest("POST", PATH, query=QUERY, body=JsonBody({"messages": []}))
    async with Client(target, {"d": target.base_path("/openai")}) as client:
        exchange = await client.send(Case("c", "d", "o", "chat", planned, "accept", (), "base"))
    (received,) = server.received
    assert received.target == "/v1/chat/completions?limit=2"
    assert json.loads(received.body) == {"model": "tiny", "messages": []}
    assert {name.lower(): value for name, value in received.headers.items()}[
        "authorization"
    ] == f"Bearer {KEY}"
    assert KEY not in repr(exchange)
    assert '"authorization: bearer $azure_openai_api_key"' in curl_line(exchange.request).lower()


def test_a_root_that_ends_with_v1_is_used_unchanged() -> None:
    target = resolve_url_target(
        "http://127.0.0.2:1/v1",
        deployments={"chat": "tiny"},
        layout="openai",
        environment={"AZURE_OPENAI_API_KEY": KEY},
    )
    assert target.base_path("/openai") == "/v1"
    assert target.root.endswith("/v1")


def test_the_emulator_has_the_layout_of_azure() -> None:
    choice = TargetChoice(deployments={}, layout="openai")
    with pytest.raises(ConformanceError, match="--target-layout is for other servers"), choose_target(choice):
        pass


@pytest.mark.parametrize(
    ("auth", "layout", "steps"),
    [
        ("key", "azure", ["api-key", "bearer"]),
        ("entra", "azure", []),
        ("none", "azure", []),
        ("key", "openai", []),
    ],
)
def test_keys_are_compared_where_a_key_can_be_sent_in_two_ways(auth, layout, steps) -> None:
    choices = RunChoices(auth=auth, operations=("createResponse",), api_versions=("v1",))
    chosen = choose_operations(choices, choose_documents(api_versions=["v1"]))
    (planned,) = choose_plans(choices, chosen, layout=layout)
    scenarios = [case.scenario for case in planned.cases if case.scenario is not None]
    assert [each.step for each in scenarios if each.kind == "responses.credentials"] == steps
