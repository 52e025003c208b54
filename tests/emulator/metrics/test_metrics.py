"""Metrics: what is counted for which request, and how Prometheus and OpenTelemetry get it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

import aoai_emulator
from aoai_emulator.metrics.measured_app import MeasuredApp
from aoai_emulator.metrics.measurement import (
    BUCKETS,
    MOST_DEPLOYMENTS,
    DeploymentNames,
    Measurement,
    fault_label,
)
from aoai_emulator.metrics.opentelemetry_meter import OpenTelemetryMeter
from aoai_emulator.metrics.prometheus_meter import PrometheusMeter
from aoai_specs.errors import MissingExtraError

VERSION = "2024-10-21"
CHAT = f"/openai/deployments/gpt-4o/chat/completions?api-version={VERSION}"
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "[emulate: say It is sunny.]"}]}
METRICS = "/_emulator/metrics"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = aoai_emulator.asgi_app(api_versions=[VERSION], metrics=["prometheus"])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator", headers={"api-key": "any"}
    ) as client:
        yield client


async def lines(client: httpx.AsyncClient) -> list[str]:
    page = await client.get(METRICS)
    assert page.headers["content-type"].startswith("text/plain")
    return page.text.splitlines()


async def test_a_request_is_counted_with_operation_deployment_and_status(client: httpx.AsyncClient) -> None:
    await client.post(CHAT, json=HELLO)
    labels = 'deployment="gpt-4o",fault="none",operation="chat",status="200"'
    assert f"aoai_emulator_requests_total{{{labels}}} 1.0" in await lines(client)


async def test_its_duration_and_its_tokens_are_counted(client: httpx.AsyncClient) -> None:
    usage = (await client.post(CHAT, json=HELLO)).json()["usage"]
    counted = await lines(client)
    place = 'deployment="gpt-4o",operation="chat"'
    assert f"aoai_emulator_request_duration_seconds_count{{{place}}} 1.0" in counted
    for kind, name in (("input", "prompt_tokens"), ("output", "completion_tokens")):
        assert f'aoai_emulator_tokens_total{{{place},type="{kind}"}} {float(usage[name])}' in counted


@pytest.mark.parametrize(("options", "tokens"), [({"include_usage": True}, True), (None, False)])
async def test_the_tokens_of_a_stream_are_those_that_it_reports(
    client: httpx.AsyncClient, options: Any, *, tokens: bool
) -> None:
    body = {**HELLO, "stream": True} | ({} if options is None else {"stream_options": options})
    path = CHAT.replace(VERSION, "2025-01-01-preview")
    app = aoai_emulator.asgi_app(api_versions=["2025-01-01-preview"], metrics=["prometheus"])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator", headers={"api-key": "any"}
    ) as streaming:
        assert (await streaming.post(path, json=body)).status_code == 200
        assert any("aoai_emulator_tokens_total{" in line for line in await lines(streaming)) is tokens


async def test_a_fault_is_counted_with_its_id(client: httpx.AsyncClient) -> None:
    await client.post(CHAT, json=HELLO, headers={"x-emulate-fault": "error-429"})
    labels = 'fault="error-429",operation="chat",status="429"'
    assert any(labels in line for line in await lines(client))


async def test_what_does_not_exist_is_none(client: httpx.AsyncClient) -> None:
    await client.post(CHAT.replace("gpt-4o", "nowhere"), json=HELLO)
    await client.get("/openai/nowhere")
    counted = [line for line in await lines(client) if line.startswith("aoai_emulator_requests_total{")]
    assert len(counted) == 2
    assert all('deployment="none"' in line and 'status="404"' in line for line in counted)


async def test_the_text_of_a_response_is_not_taken_for_its_usage(client: httpx.AsyncClient) -> None:
    said = '[emulate: say {"prompt_tokens": 77}]'
    answer = await client.post(CHAT, json={"messages": [{"role": "user", "content": said}]})
    assert answer.json()["choices"][0]["message"]["content"] == '{"prompt_tokens": 77}'
    (line,) = [line for line in await lines(client) if 'type="input"' in line and "_total" in line]
    assert line.endswith(f" {float(answer.json()['usage']['prompt_tokens'])}")


async def test_tokens_are_read_across_the_pieces_of_a_body() -> None:
    taken: list[Measurement] = []

    class Taking:
        def record(self, measurement: Measurement) -> None:
            taken.append(measurement)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        for piece in (b'{"usage": {"prompt_tok', b'ens": 1', b"2}}"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        raise ConnectionError

    async def nothing(message: Any) -> None:
        pass

    ticks: Iterator[float] = iter((10.0, 12.5))
    measured = MeasuredApp(app, [Taking()], clock=lambda: next(ticks))
    with pytest.raises(ConnectionError):
        await measured({"type": "http"}, nothing, nothing)  # type: ignore[arg-type]
    assert taken == [Measurement("none", "none", "200", "none", 2.5, input_tokens=12)]


def test_the_names_of_deployments_are_bounded() -> None:
    names = DeploymentNames()
    known = [names.bounded(f"name-{number}") for number in range(MOST_DEPLOYMENTS + 5)]
    assert known[-5:] == ["other"] * 5
    assert names.bounded("name-0") == "name-0"


async def test_a_hostile_name_of_a_deployment_does_not_break_the_page() -> None:
    app = aoai_emulator.asgi_app(metrics=["prometheus"], any_deployment=True)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator", headers={"api-key": "any"}
    ) as client:
        for model in (r"\ud800", r"a\"} 1\n# x", "x" * 5000):
            body = f'{{"model": "{model}", "input": "one"}}'
            await client.post(
                "/openai/v1/embeddings", content=body, headers={"content-type": "application/json"}
            )
        counted = [line for line in await lines(client) if line.startswith("aoai_emulator_requests_total{")]
    assert sum(float(line.rpartition(" ")[2]) for line in counted) == 3
    assert all(len(line) < 300 for line in counted)


def test_the_names_of_deployments_are_short_and_can_be_encoded() -> None:
    names = DeploymentNames()
    assert names.bounded("x" * 5000) == "x" * 100
    assert names.bounded("\ud800") == "\\ud800"


def test_several_faults_have_one_label() -> None:
    assert [fault_label(ids) for ids in ((), ("a",), ("a", "b"))] == ["none", "a", "several"]


def test_opentelemetry_gets_the_same_numbers() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    OpenTelemetryMeter(provider).record(Measurement("chat", "gpt-4o", "200", "none", 0.5, 3, 4))
    data: Any = reader.get_metrics_data()
    metrics = {each.name: each.data.data_points for each in data.resource_metrics[0].scope_metrics[0].metrics}
    (requests,) = metrics["aoai_emulator.requests"]
    assert requests.value == 1
    assert requests.attributes == {
        "operation": "chat", "deployment": "gpt-4o", "status": "200", "fault": "none",
    }  # fmt: skip
    (duration,) = metrics["aoai_emulator.request.duration"]
    assert (duration.sum, duration.explicit_bounds) == (0.5, BUCKETS)
    assert {point.attributes["type"]: point.value for point in metrics["aoai_emulator.tokens"]} == {
        "input": 3,
        "output": 4,
    }
    provider.shutdown()


async def test_without_metrics_the_page_says_how_to_start_them() -> None:
    app = aoai_emulator.asgi_app(api_versions=[VERSION])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://emulator") as client:
        page = await client.get(METRICS)
    assert page.status_code == 404
    assert "--metrics prometheus" in page.json()["error"]["message"]


@pytest.mark.parametrize(
    ("meter", "module", "extra"),
    [
        (PrometheusMeter, "prometheus_client", "prometheus"),
        (OpenTelemetryMeter, "opentelemetry", "otel"),
    ],
)
def test_a_missing_extra_is_named_in_one_sentence(
    meter: Any, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=f"needs the extra {extra}, which is not installed"):
        meter()
