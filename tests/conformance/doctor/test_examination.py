"""What doctor sends, and what it concludes, against servers in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from by_case import INFERENCE, NAME, document
from jsonschema import Draft202012Validator

from aoai_conformance.configuration.reading import parse_configuration
from aoai_conformance.doctor.evidence import Setting
from aoai_conformance.doctor.examination import Examiner
from aoai_conformance.doctor.report import Report
from aoai_conformance.doctor.requests import MOST_REQUESTS, choose_requests, estimated_tokens
from aoai_conformance.options import RunChoices, TargetLayout
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.targets import Target
from aoai_reports.formats.machine.schemas import find_schema

ROOT = "https://contoso.openai.azure.com"
Answer = Callable[[httpx.Request], httpx.Response]


def respond(status: int, body: Any = None, **headers: str) -> httpx.Response:
    content = json.dumps({"object": "x", "choices": [], "data": []} if body is None else body).encode()
    fields = {
        "content-type": "application/json",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    return httpx.Response(status, headers=fields, stream=httpx.ByteStream(content))


def error(status: int, code: str, message: str, param: str | None = None) -> httpx.Response:
    return respond(status, {"error": {"code": code, "message": message, "param": param}})


RESOURCE_NOT_FOUND = ("404", "Resource not found")


class Server(httpx.AsyncBaseTransport):
    """Responds as a function decides, and notes what was sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self.answer(request)


async def examine(answer: Answer, *deployments: str, **options: Any) -> tuple[Report, Server]:
    choices = RunChoices(target=ROOT, deployments=deployments or ("chat=gpt-4o",), **options)
    named = dict(pair.split("=") for pair in choices.deployments)
    target = Target("url", ROOT, ROOT, named, KeyAuthentication("a-key-of-the-test"), choices.target_layout)

    def other_layout(layout: TargetLayout) -> Target:
        authentication = KeyAuthentication("a-key-of-the-test", as_bearer=layout == "openai")
        return replace(target, layout=layout, authentication=authentication)

    server = Server(answer)
    documents = [document(name) for name in choices.api_versions or (NAME,)]
    examiner = Examiner(
        target=target,
        choices=choices,
        documents=documents,
        setting=Setting(ROOT, key_variable="AZURE_OPENAI_API_KEY"),
        other_layout=other_layout,
        now=lambda: datetime(2026, 11, 29, tzinfo=UTC),
        transport=server,
    )
    report = await examiner.examine(choose_requests(choices, documents, target))
    assert len(server.sent) == report.requests <= MOST_REQUESTS
    Draft202012Validator(json.loads(find_schema("doctor").text)).validate(report.to_json())
    return report, server


def versions_of(report: Report) -> dict[str, bool]:
    return {each.api_version: each.ok for each in report.api_versions}


async def test_a_resource_that_works_is_usable_and_its_versions_and_limits_are_reported() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params["api-version"] < "2024":
            return error(404, *RESOURCE_NOT_FOUND)
        return respond(200, x_ratelimit_limit_requests="60", x_ratelimit_remaining_requests="59", date="x")

    report, _ = await examine(answer, "chat=gpt-4o", "embeddings=small")
    assert report.usable
    assert report.problems == ()
    assert [(each.name, each.deployment, each.ok) for each in report.operations] == [
        ("embeddings_create", "embeddings=small", True),
        ("ChatCompletions_Create", "chat=gpt-4o", True),
    ]
    assert versions_of(report) == {
        "2025-03-01-preview": True,
        "2025-01-01-preview": True,
        "2024-06-01": True,
        "2024-02-01": True,
    }
    assert report.limits["chat=gpt-4o"] == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
    }
    assert {*report.capabilities.deployments} == {"chat", "embeddings"}
    assert parse_configuration(report.configuration, Path("aoai-conformance.toml")).target(
        "contoso"
    ).choices().deployments == (
        "chat=gpt-4o",
        "embeddings=small",
    )


async def test_a_wrong_key_is_reported_once_and_nothing_else_is_sent() -> None:
    report, server = await examine(
        lambda _: error(401, "401", "Access denied due to invalid subscription key or wrong API endpoint."),
        *("chat=gpt-4o", "embeddings=small", "images=dall-e-3"),
    )
    assert not report.usable
    assert len(server.sent) == 3
    (problem,) = report.problems
    assert problem.symptom == "wrong-key"
    assert len(problem.operations) == 3


async def test_all_problems_are_reported_at_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "/gpt-4/" in request.url.path:
            return error(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        if "/ada/" in request.url.path:
            return error(
                400, "OperationNotSupported", "The operation does not work with the specified model, ada."
            )
        return respond(200, date="Sun, 29 Nov 2026 01:00:00 GMT")

    report, _ = await examine(answer, "chat=gpt-4", "completions=ada", "embeddings=small")
    assert not report.usable
    assert {each.symptom for each in report.problems} == {"deployment-missing", "wrong-model", "clock"}
    assert 'deployments = { embeddings = "small" }' in report.configuration


async def test_an_api_version_that_the_resource_lacks_is_replaced_by_those_that_respond() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        old = request.url.params["api-version"] <= "2024-06-01"
        return respond(200) if old else error(404, *RESOURCE_NOT_FOUND)

    report, _ = await examine(answer)
    assert not report.usable
    assert [each.symptom for each in report.problems] == ["path"]
    assert versions_of(report) == {
        "2025-03-01-preview": False,
        "2025-01-01-preview": False,
        "2024-06-01": True,
        "2024-02-01": True,
        "2023-12-01-preview": True,
    }


async def test_every_api_version_of_the_user_must_respond() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_old = request.url.params["api-version"] == "2024-06-01" and "/chat/" in request.url.path
        return error(404, *RESOURCE_NOT_FOUND) if is_old else respond(200)

    chosen = ("azure-openai@2025-01-01-preview", "azure-openai@2024-06-01")
    report, _ = await examine(answer, api_versions=chosen)
    assert all(each.ok for each in report.operations)
    assert versions_of(report)["2024-06-01"] is False
    assert not report.usable
    assert [each.sentence for each in report.problems] == [
        "The service knows no ChatCompletions_Create at api-version 2024-06-01."
    ]


async def test_what_a_model_does_not_support_is_found_out_in_the_limit_of_requests() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content or b"{}")
        for name in ("max_tokens", "temperature", "logprobs", "n", "stop"):
            if name in body:
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                return error(400, "unsupported_parameter", message, name)
        return respond(200)

    report, _ = await examine(answer, api_versions=("azure-openai@2025-01-01-preview",))
    assert report.usable
    assert report.problems == ()
    chat = report.capabilities.of("chat")
    assert chat is not None
    assert {"max_tokens", "temperature"} <= chat.unsupported.keys()
    assert "max_completion_tokens" in chat.supported


@pytest.mark.parametrize("layout", ["azure", "openai"])
async def test_the_other_layout_is_tried_where_nothing_is_found(layout: TargetLayout) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_openai = request.url.path.startswith("/v1/")
        return respond(200) if is_openai is (layout == "azure") else respond(404, {"detail": "Not Found"})

    report, server = await examine(answer, target_layout=layout)
    assert not report.usable
    assert len(server.sent) == 2
    assert [each.symptom for each in report.problems] == ["not-found", "layout"]
    chosen = (
        parse_configuration(report.configuration, Path("aoai-conformance.toml")).target("contoso").choices()
    )
    assert chosen.target_layout != layout


async def test_a_deployment_without_an_operation_is_named() -> None:
    report, _ = await examine(lambda _: respond(200), "chat=gpt-4o", "speech=tts")
    assert report.usable
    assert [each.sentence for each in report.problems] == [
        "azure-openai@2024-10-21 has no operation for speech=tts, which is not used."
    ]


async def test_an_endpoint_of_model_inference_without_its_base_path_is_found() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return respond(404 if request.url.path.startswith("/models/") else 200)

    report, server = await examine(
        answer, "chat=phi", api_versions=(INFERENCE,), surface="ai-model-inference"
    )
    assert report.usable
    assert server.sent[-1].url.path == "/chat/completions"
    assert [each.symptom for each in report.problems] == ["base-path"]
    assert 'base-path = "/"' in report.configuration


async def test_a_busy_deployment_is_asked_once() -> None:
    report, server = await examine(lambda _: error(429, "429", "exceeded call rate limit"))
    assert not report.usable
    assert len(server.sent) == 1
    assert [each.symptom for each in report.problems] == ["throttled"]


async def test_a_key_in_a_response_is_not_reported() -> None:
    report, _ = await examine(lambda _: error(401, "x", "The key a-key-of-the-test is wrong."))
    assert "a-key-of-the-test" not in json.dumps(report.to_json())


def test_the_announced_tokens_are_those_of_the_requests() -> None:
    choices = RunChoices(target=ROOT, deployments=("chat=gpt-4o", "images=dall-e-3"))
    target = Target("url", ROOT, ROOT, {"chat": "gpt-4o", "images": "dall-e-3"}, KeyAuthentication("k" * 9))
    cases = choose_requests(choices, [document(NAME)], target)
    assert {case.kind for case in cases} == {"chat", "images"}
    chat = sum(case.prompt_tokens + case.completion_tokens for case in cases if case.kind == "chat")
    assert chat < estimated_tokens(cases) < 30 * chat


def test_what_leaves_something_behind_is_not_sent() -> None:
    name = "azure-openai@2025-01-01-preview"
    choices = RunChoices(target=ROOT, deployments=("chat=gpt-4o",))
    target = Target("url", ROOT, ROOT, {"chat": "gpt-4o"}, KeyAuthentication("k" * 9))
    sent = {(case.kind, case.request.method) for case in choose_requests(choices, [document(name)], target)}
    assert sent == {("chat", "POST"), ("file-list", "GET"), ("batch-list", "GET")}
