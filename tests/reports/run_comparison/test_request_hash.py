"""Which requests are the same: to another address, in another header, through a gateway."""

from __future__ import annotations

from dataclasses import replace

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.run_comparison.request_hash import request_hash


def test_an_endpoint_without_the_base_path_does_not_make_another_request(build) -> None:
    document = "ai-model-inference@2025-04-01"
    line = build.exchange(document=document)

    def at(path: str) -> ExchangeLine:
        return replace(line, request=replace(line.request, url=f"http://h{path}?api-version=2025-04-01"))

    assert request_hash(at("/models/chat/completions")) == request_hash(at("/chat/completions"))
    assert request_hash(at("/api/chat/completions"), "/api") == request_hash(at("/chat/completions"))


def test_a_key_of_a_gateway_is_not_the_credential_of_a_request(build) -> None:
    line = build.exchange()
    plain = replace(line.request, headers=(("content-type", "application/json"),))

    def hash_with(*headers: tuple[str, str]) -> str:
        return request_hash(replace(line, request=replace(plain, headers=(*plain.headers, *headers))))

    gateway = ("Ocp-Apim-Subscription-Key", "${APIM_KEY}")
    assert hash_with(gateway) == hash_with()
    assert hash_with(("api-key", "***"), gateway) == hash_with(("X-Gateway-Key", "***key***"))
    assert hash_with(("api-key", "***")) != hash_with()


def test_a_request_to_v1_is_the_same_without_the_deployment_in_its_path(build) -> None:
    line = build.exchange()

    def hash_of(version: str, path: str, body: str) -> str:
        request = replace(line.request, url=f"http://h{path}?api-version={version}", body=body.encode())
        return request_hash(replace(line, document=f"azure-openai@{version}", request=request))

    dated = hash_of("2024-10-21", "/openai/deployments/a/chat/completions", '{"n": 1}')
    assert hash_of("v1", "/openai/v1/chat/completions", '{"model": "a", "n": 1}') == dated
    assert hash_of("v1", "/openai/v1/chat/completions", '{"model": "a", "n": 2}') != dated
    assert hash_of("v1", "/openai/v1/files", "{}") == hash_of("2024-10-21", "/openai/files", "{}")
    assert hash_of("v1", "/openai/v1/responses", '{"model": "a"}') != hash_of(
        "v1", "/openai/v1/responses", "{}"
    )
