"""Probing: few requests determine what a deployment supports, and only explicit messages count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from by_case import ELDER, NAME, answered, case, error, failed, operation, unsupported

from aoai_conformance.exchange import Exchange
from aoai_conformance.run.probing import Probed, probe_deployment, probed_kinds
from aoai_model.case import Case, JsonBody
from aoai_strategies.planning.capabilities import DeploymentCapabilities
from aoai_strategies.planning.probes import MOST_PROBES, MOST_SMOKE_PROBES

Answer = Callable[[dict[str, Any]], tuple[int, Any] | None]
TOO_SMALL = error("Could not finish the message because max_tokens or model output limit was reached.", None)
TOO_LARGE = error("max_tokens is too large: 16. This model supports at most 8 tokens.", None)
MAX_TOKENS = unsupported("max_tokens", "unsupported_parameter")


def body_of(case_: Case) -> dict[str, Any]:
    body = case_.request.body
    assert isinstance(body, JsonBody)
    assert isinstance(body.value, dict)
    return body.value


class Server:
    """Responds as a function decides for the body; None means no response."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[Case] = []

    async def send(self, case_: Case) -> Exchange:
        self.sent.append(case_)
        return self.respond(case_)

    def respond(self, case_: Case) -> Exchange:
        rejection = self.answer(body_of(case_))
        return failed(case_) if rejection is None else answered(case_, *rejection)


async def probe(
    answer: Answer, *, kind: str = "chat", name: str = NAME, brief: bool = False
) -> tuple[Probed, Server]:
    server = Server(answer)
    base = case(kind=kind, origin="base", name=name, id_=f"{kind}/base")
    found = await probe_deployment(
        server, base, server.respond(base), operation(kind, name), "mine", brief=brief
    )
    return found, server


def reasoning(body: dict[str, Any]) -> tuple[int, Any]:
    """A model that takes neither max_tokens nor settings of sampling."""
    if "max_tokens" in body:
        return 400, MAX_TOKENS
    for name in ("temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "logit_bias"):
        if name in body:
            return 400, unsupported(name)
    return 200, {}


async def test_a_deployment_that_accepts_everything_supports_all_that_was_tried() -> None:
    found, server = await probe(lambda _: (200, {}))
    known = found.capabilities
    assert known.unsupported == {}
    assert {"max_tokens", "temperature", "tools", "image_url", "response_format=json_schema"} <= {
        *known.supported
    }
    assert not {"messages", "tool_choice", "response_format"} & {*known.supported}
    assert [each.id for each in server.sent] == [
        "chat/probe/settings-01",
        "chat/probe/json-object-02",
        "chat/probe/json-schema-03",
        "chat/probe/image-04",
    ]
    assert found.base.case.id == "chat/base"
    assert len(set(known.supported)) == len(known.supported)


async def test_a_reasoning_model_gets_the_newer_limit_and_no_setting_it_rejects() -> None:
    found, server = await probe(reasoning)
    known = found.capabilities
    assert list(known.unsupported) == [
        *("max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty"),
        *("logprobs", "logit_bias"),
    ]
    assert known.unsupported["temperature"].startswith("400 unsupported_value 'temperature'")
    assert {"max_completion_tokens", "seed", "stop", "n", "tools", "image_url"} <= {*known.supported}
    assert not {*known.supported} & known.unsupported.keys()
    assert body_of(found.base.case)["max_completion_tokens"] == 16
    assert all("max_tokens" not in body_of(each) for each in server.sent)
    assert found.exchanges[0].case.id == "chat/probe/base-01"
    assert not found.base.is_failed_minimal


async def test_top_logprobs_go_with_logprobs() -> None:
    found, _ = await probe(lambda body: (400, unsupported("logprobs")) if "logprobs" in body else (200, {}))
    assert list(found.capabilities.unsupported) == ["logprobs"]
    assert "top_logprobs" not in found.capabilities.supported


async def test_a_document_without_the_newer_limit_leaves_the_minimal_request_failed() -> None:
    found, server = await probe(reasoning, name=ELDER)
    assert found.capabilities.unsupported.keys() == {"max_tokens"}
    assert found.base.is_failed_minimal
    assert server.sent == []
    assert [each.case.id for each in found.exchanges] == ["chat/probe/base-01"]


@pytest.mark.parametrize(("needed", "found"), [(16, 0), (17, 1024), (1024, 1024), (1025, 8192), (8192, 8192)])
async def test_a_limit_too_small_to_finish_is_raised_in_two_steps(needed: int, found: int) -> None:
    probed, _ = await probe(lambda body: (200, {}) if body["max_tokens"] >= needed else (400, TOO_SMALL))
    assert probed.capabilities.output_tokens == found
    assert not probed.base.is_failed_minimal
    assert body_of(probed.base.case)["max_tokens"] == max(16, found)


async def test_a_model_that_never_finishes_is_abandoned_after_the_largest_limit() -> None:
    probed, server = await probe(lambda _: (400, TOO_SMALL))
    assert [body_of(each)["max_tokens"] for each in server.sent] == [1024, 8192]
    assert probed.base.is_failed_minimal


async def test_a_limit_that_is_too_large_is_not_raised() -> None:
    probed, server = await probe(lambda _: (400, TOO_LARGE))
    assert server.sent == []
    assert probed.capabilities.output_tokens == 0


async def test_a_reasoning_model_may_need_both_another_limit_and_a_larger_one() -> None:
    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        if "max_tokens" in body:
            return 400, MAX_TOKENS
        return (200, {}) if body["max_completion_tokens"] >= 1000 else (400, TOO_SMALL)

    probed, _ = await probe(answer)
    assert body_of(probed.base.case)["max_completion_tokens"] == 1024
    assert [each.case.id for each in probed.exchanges[:2]] == ["chat/probe/base-01", "chat/probe/base-02"]
    assert "max_completion_tokens" in probed.capabilities.supported


async def test_a_rejected_limit_is_not_retried_in_another_form_twice() -> None:
    probed, server = await probe(lambda _: (400, MAX_TOKENS))
    assert len(server.sent) == 1
    assert probed.base.is_failed_minimal


@pytest.mark.parametrize(
    "rejection",
    [
        (400, error("It is wrong.")),
        (400, unsupported("messages")),
        (500, error("boom", "500")),
        (429, error("no", "429")),
        None,
    ],
)
async def test_a_minimal_request_that_fails_for_another_reason_ends_probing(rejection: Any) -> None:
    probed, server = await probe(lambda _: rejection)
    assert server.sent == []
    assert probed.base.is_failed_minimal
    assert probed.capabilities == DeploymentCapabilities("chat", "mine")


@pytest.mark.parametrize(
    "rejection",
    [
        (400, error("Filtered.", "content_filter", param="temperature")),
        (400, error("It is wrong.", param="temperature")),
        (500, unsupported("temperature")),
        (429, b""),
        None,
    ],
)
async def test_an_unexplained_rejection_ends_the_probe_of_the_setting_and_marks_nothing(
    rejection: Any,
) -> None:
    if rejection is not None and rejection[0] == 500:
        rejection = (500, error("boom", "500", param="temperature"))
    probed, server = await probe(lambda body: rejection if "temperature" in body else (200, {}))
    assert [each.id for each in server.sent if "settings" in each.id] == ["chat/probe/settings-01"]
    assert probed.capabilities.unsupported == {}
    assert "temperature" not in probed.capabilities.supported
    assert "image_url" in probed.capabilities.supported


async def test_a_setting_that_the_server_does_not_name_is_marked_only_if_sent_alone() -> None:
    words = error("This is not supported with this model.", "unsupported_value")

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        return (400, words) if {"temperature", "response_format"} & body.keys() else (200, {})

    probed, _ = await probe(answer)
    assert [*probed.capabilities.unsupported] == [
        "response_format=json_object",
        "response_format=json_schema",
    ]


async def test_the_parent_of_a_setting_is_not_marked() -> None:
    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        return (400, unsupported("tool_choice")) if "tool_choice" in body else (200, {})

    probed, _ = await probe(answer)
    assert probed.capabilities.unsupported == {}


async def test_pictures_are_recognized_by_the_part_of_the_message() -> None:
    words = error("Invalid content type. image_url is only supported by certain models.")

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        pictured = isinstance(body["messages"][0]["content"], list)
        return (400, words) if pictured else (200, {})

    probed, _ = await probe(answer)
    assert [*probed.capabilities.unsupported] == ["image_url"]


def picky(body: dict[str, Any]) -> tuple[int, Any]:
    """Refuses one more setting with each request."""
    extra = [name for name in body if name not in ("messages", "max_tokens", "tool_choice", "input")]
    return (400, unsupported(extra[0])) if extra else (200, {})


async def test_at_most_twelve_requests_are_sent_the_minimal_one_included() -> None:
    probed, server = await probe(picky)
    assert len(server.sent) + 1 == MOST_PROBES == 12
    assert len(probed.exchanges) == 11


async def test_a_brief_probing_sends_nothing_if_the_minimal_request_succeeds() -> None:
    probed, server = await probe(lambda _: (200, {}), brief=True)
    assert (server.sent, probed.capabilities.supported) == ([], ("max_tokens",))


async def test_a_brief_probing_sends_at_most_three_requests() -> None:
    probed, server = await probe(lambda _: (400, TOO_SMALL), brief=True)
    assert len(server.sent) + 1 == MOST_SMOKE_PROBES == 3
    assert probed.base.is_failed_minimal


def demanding(body: dict[str, Any]) -> tuple[int, Any]:
    """A model that rejects max_tokens, needs 5,000 tokens, and rejects one setting after another."""
    if "max_tokens" in body:
        return 400, MAX_TOKENS
    if body["max_completion_tokens"] < 5_000:
        return 400, TOO_SMALL
    left = {name: value for name, value in body.items() if name != "max_completion_tokens"}
    return picky(left)


async def test_requests_that_find_the_minimal_one_count_among_the_twelve() -> None:
    probed, server = await probe(demanding)
    assert len(server.sent) + 1 == MOST_PROBES
    assert body_of(probed.base.case)["max_completion_tokens"] == 8192


async def test_a_brief_probing_abandons_a_model_that_needs_more() -> None:
    probed, server = await probe(demanding, brief=True)
    assert len(server.sent) + 1 == MOST_SMOKE_PROBES
    assert probed.base.is_failed_minimal


async def test_a_brief_probing_finds_the_limit_that_the_model_accepts() -> None:
    probed, server = await probe(reasoning, brief=True)
    assert len(server.sent) == 1
    assert probed.capabilities.supported == ("max_completion_tokens",)


async def test_probes_claim_no_points_and_are_not_minimal_requests() -> None:
    probed, server = await probe(reasoning)
    assert {(each.expect, each.origin) for each in server.sent[1:]} == {("any", "probe")}
    assert {(each.case.expect, each.case.origin) for each in probed.exchanges} == {("any", "probe")}
    assert probed.base.case.origin == "base"
    assert probed.base.case.expect == "accept"
    assert not any(each.is_failed_minimal for each in probed.exchanges)


async def test_a_probe_costs_what_its_request_costs() -> None:
    _, server = await probe(lambda _: (200, {}))
    assert server.sent[0].completion_tokens == 2 * 16
    assert server.sent[0].prompt_tokens > 0


async def test_embeddings_are_probed_without_an_output_limit() -> None:
    probed, _ = await probe(
        lambda body: (400, unsupported("dimensions")) if "dimensions" in body else (200, {}),
        kind="embeddings",
    )
    assert [*probed.capabilities.unsupported] == ["dimensions"]
    assert probed.capabilities.supported == ("encoding_format",)


def test_the_kinds_that_use_a_model_are_probed() -> None:
    assert {"chat", "completions", "embeddings", "transcription", "translation"} == probed_kinds()
