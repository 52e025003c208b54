"""The preparation of a run: minimal requests first, then probes, then the plan based on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from by_case import ELDER, NAME, answered, case, document, error, failed, point, unsupported

from aoai_conformance.cost.limits import SpendingLimits
from aoai_conformance.engine.client import Client
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.exchange import Exchange
from aoai_conformance.run.preflight import PREFLIGHT_PATIENCE
from aoai_conformance.run.preparation import Prepared, Preparing
from aoai_model.case import Case, JsonBody, Plan
from aoai_specs.errors import TargetError
from aoai_strategies.planning.capabilities import Capabilities, DeploymentCapabilities

Answer = Callable[[Case], tuple[int, Any] | None]
HOT = point("temperature.maximum:at", 2)
LONG = point("n.maximum:at", 2)
WIDE = point("dimensions.minimum:at", 1)


def body_of(case_: Case) -> dict[str, Any]:
    body = case_.request.body
    assert isinstance(body, JsonBody)
    assert isinstance(body.value, dict)
    return body.value


def cases(name: str = NAME, *kinds: str) -> tuple[Case, ...]:
    """A minimal request and two cases of chat, a minimal request and one case of embeddings."""
    made = [
        case(origin="base", name=name, id_=f"{name}:chat/base"),
        case(HOT, name=name, id_=f"{name}:chat/hot", temperature=2),
        case(LONG, name=name, id_=f"{name}:chat/n", n=2),
        case(kind="embeddings", origin="base", name=name, id_=f"{name}:embeddings/base"),
        case(WIDE, kind="embeddings", name=name, id_=f"{name}:embeddings/wide", dimensions=1),
    ]
    return tuple(each for each in made if not kinds or each.kind in kinds)


def plan(name: str = NAME, *kinds: str) -> Plan:
    return Plan(name, "standard", 0, cases(name, *kinds))


class Server:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[Case] = []
        self.patience: list[Patience | None] = []

    async def send(self, case_: Case, patience: Patience | None = None) -> Exchange:
        self.sent.append(case_)
        self.patience.append(patience)
        rejection = self.answer(case_)
        return failed(case_) if rejection is None else replace(answered(case_, *rejection), attempts=1)


def fine(_: Case) -> tuple[int, Any]:
    return 200, {}


def reasoning(case_: Case) -> tuple[int, Any]:
    body = body_of(case_)
    if "max_tokens" in body:
        return 400, unsupported("max_tokens", "unsupported_parameter")
    return (400, unsupported("temperature")) if "temperature" in body else (200, {})


async def prepared(answer: Answer, *plans: Plan, **changes: Any) -> tuple[Prepared, Server]:
    server = Server(answer)
    preparing = Preparing(
        plans=plans or (plan(),),
        documents={name: document(name) for name in (NAME, ELDER)},
        root="http://x",
        deployments={"chat": "gpt", "embeddings": "ada"},
    )
    return await replace(preparing, **changes).prepare(cast("Client", server)), server


async def test_the_minimal_requests_are_sent_first_and_passed_to_the_run() -> None:
    found, server = await prepared(fine)
    assert [each.id for each in server.sent[:2]] == [f"{NAME}:chat/base", f"{NAME}:embeddings/base"]
    assert server.patience[:2] == [PREFLIGHT_PATIENCE] * 2
    assert {*found.knowledge.exchanges} == {f"{NAME}:chat/base", f"{NAME}:embeddings/base"}
    assert found.knowledge.closed == {}


async def test_each_deployment_is_probed_before_the_run() -> None:
    found, server = await prepared(fine)
    assert {*found.capabilities.deployments} == {"chat", "embeddings"}
    assert found.capabilities.deployments["chat"].deployment == "gpt"
    assert len(found.exchanges) == len(server.sent) - 2 == 5
    assert not found.capabilities.promised


async def test_kinds_without_a_deployment_are_not_probed() -> None:
    found, _ = await prepared(fine, deployments={"chat": "gpt"})
    assert {*found.capabilities.deployments} == {"chat"}


async def test_the_plan_is_what_the_deployments_support() -> None:
    found, _ = await prepared(reasoning)
    assert [each.id.partition(":")[2] for each in found.cases] == [
        "chat/base", "chat/n", "embeddings/base", "embeddings/wide",
    ]  # fmt: skip
    assert body_of(found.cases[1])["max_completion_tokens"] == 16
    (left,) = found.plans[0].left_out
    assert (left.cause, left.subject, left.points) == ("capability", "temperature", (HOT.id,))


async def test_the_operation_uses_the_adapted_minimal_request() -> None:
    found, _ = await prepared(reasoning)
    known = found.knowledge.exchanges[f"{NAME}:chat/base"]
    assert not known.is_failed_minimal
    assert found.knowledge.closed == {}


async def test_an_operation_whose_minimal_request_fails_is_closed_in_the_servers_words() -> None:
    found, _ = await prepared(lambda each: (500, error("boom")) if each.kind == "chat" else (200, {}))
    assert found.knowledge.closed == {
        (NAME, "ChatCompletions_Create"): "Not sent: the minimal request of ChatCompletions_Create failed: "
        "500 BadRequest boom."
    }


async def test_a_key_that_is_rejected_everywhere_ends_the_run() -> None:
    with pytest.raises(TargetError, match="rejected the key"):
        await prepared(lambda _: (401, error("no", "401")))


async def test_a_reachable_server_that_never_responds_closes_its_operations() -> None:
    found, _ = await prepared(lambda _: None)
    assert found.knowledge.closed
    assert all("failed: No answer" in why for why in found.knowledge.closed.values())


async def test_a_plan_without_minimal_requests_needs_no_response() -> None:
    found, server = await prepared(fine, Plan(NAME, "standard", 0, (cases()[1],)))
    assert server.sent == []
    assert [each.id for each in found.cases] == [f"{NAME}:chat/hot"]


async def test_known_capabilities_are_not_probed_and_change_the_minimal_request_from_the_start() -> None:
    known = Capabilities(
        {"chat": DeploymentCapabilities("chat", "gpt", (), {"max_tokens": "400 no"})}, promised=True
    )
    found, server = await prepared(reasoning, capabilities=known)
    assert len(server.sent) == 2
    assert "max_tokens" not in body_of(server.sent[0])
    assert found.exchanges == ()
    assert found.capabilities is known


async def test_an_operation_without_a_supported_request_is_not_probed() -> None:
    known = Capabilities({"chat": DeploymentCapabilities("chat", "gpt", (), {"max_tokens": "400 no"})})
    found, server = await prepared(fine, plan(ELDER), capabilities=known)
    assert [each.kind for each in server.sent] == ["embeddings"]
    assert {each.kind for each in found.cases} == {"embeddings"}


async def test_the_newest_of_several_documents_is_used_for_probing() -> None:
    for order in ((ELDER, NAME), (NAME, ELDER)):
        found, _ = await prepared(fine, *map(plan, order))
        assert {each.case.document for each in found.exchanges} == {NAME}


async def test_the_minimal_request_of_another_document_is_resent_as_adapted() -> None:
    def answer(case_: Case) -> tuple[int, Any]:
        body = body_of(case_)
        small = case_.kind == "chat" and body.get("max_tokens", 16) < 1024
        rejection = error(
            "Could not finish the message because max_tokens or model output limit was reached."
        )
        return (400, rejection) if small else (200, {})

    found, _ = await prepared(answer, plan(ELDER), plan(NAME))
    again = found.knowledge.exchanges[f"{ELDER}:chat/base"]
    assert body_of(again.case)["max_tokens"] == 1024
    assert found.knowledge.closed == {}


async def test_a_successful_minimal_request_is_not_resent_for_another_document() -> None:
    def answer(case_: Case) -> tuple[int, Any]:
        small = case_.document == NAME and body_of(case_).get("max_tokens", 1024) < 1024
        rejection = error(
            "Could not finish the message because max_tokens or model output limit was reached."
        )
        return (400, rejection) if small else (200, {})

    found, server = await prepared(answer, plan(ELDER), plan(NAME))
    assert found.capabilities.deployments["chat"].output_tokens == 1024
    assert [each.id for each in server.sent].count(f"{ELDER}:chat/base") == 1


async def test_the_minimal_request_of_another_document_is_not_resent_if_unchanged() -> None:
    _, server = await prepared(
        lambda each: (500, b"") if each.kind == "chat" else (200, {}), plan(ELDER), plan()
    )
    assert [each.id for each in server.sent if each.id == f"{ELDER}:chat/base"] == [f"{ELDER}:chat/base"]


@pytest.mark.parametrize(
    ("changes", "probes"),
    [
        ({"profile": "smoke"}, 0),
        ({"profile": "deep"}, 5),
        ({"limits": SpendingLimits(requests=47)}, 0),
        ({"limits": SpendingLimits(requests=48)}, 5),
    ],
)
async def test_the_profile_smoke_and_a_small_budget_probe_only_what_the_minimal_request_needs(
    changes: dict[str, Any], probes: int
) -> None:
    found, _ = await prepared(fine, **changes)
    assert len(found.exchanges) == probes


async def test_probes_count_against_the_budget_of_requests() -> None:
    found, _ = await prepared(reasoning, limits=SpendingLimits(requests=4))
    assert len(found.exchanges) == 1
    assert len(found.cases) == 3


async def test_probes_count_against_the_budget_of_tokens() -> None:
    costly = [replace(each, prompt_tokens=10) for each in cases()]
    whole = Plan(NAME, "standard", 0, tuple(costly))
    free, _ = await prepared(fine, whole, limits=SpendingLimits(tokens=100_000))
    spent = sum(each.case.prompt_tokens + each.case.completion_tokens for each in free.exchanges)
    assert spent > 0
    assert len(free.cases) == 5
    tight, _ = await prepared(fine, whole, limits=SpendingLimits(tokens=spent + 30))
    assert len(tight.cases) == 3


async def test_a_budget_that_the_probes_exhausted_leaves_nothing() -> None:
    found, _ = await prepared(fine, limits=SpendingLimits(tokens=1))
    assert all(each.prompt_tokens + each.completion_tokens == 0 for each in found.cases)


async def test_the_probes_of_a_smoke_run_count_among_its_25_requests() -> None:
    many = [case(HOT, id_=f"x{n}", n=n) for n in range(40)]
    bases = [each for each in cases() if each.origin == "base"]
    whole = Plan(NAME, "smoke", 0, (*bases, *many))
    found, _ = await prepared(reasoning, whole, profile="smoke")
    assert len(found.exchanges) + len(found.cases) == 25
