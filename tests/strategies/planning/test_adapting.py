"""Planned cases adapted to a deployment, and which points are omitted for what reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aoai_model.case import (
    Case,
    Edit,
    JsonBody,
    MultipartBody,
    Placeholder,
    PlannedRequest,
    Point,
    ScenarioStep,
)
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_strategies.planning.adapting import LeftOut, adapt, adapt_base, points_by_operation
from aoai_strategies.planning.capabilities import Capabilities, DeploymentCapabilities
from aoai_strategies.requests.editing import apply_edits, body_value

CHAT = "ChatCompletions_Create"
NAME = "azure-openai@2024-10-21"
BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 16}
WORDS = "400 unsupported_value"


@pytest.fixture(scope="session")
def elder() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-06-01")


def request(**fields: Any) -> PlannedRequest:
    return PlannedRequest(
        "POST", "/deployments/{deployment-id}/chat/completions", body=JsonBody(BODY | fields)
    )


def point(id_: str, *edits: Edit, fields: tuple[str, ...] = ()) -> Point:
    field = id_.partition(".")[0]
    return Point(
        id_, id_, "accept", "must", f"{NAME}#/x", id_, edits or (Edit(f"/{field}", 1),), fields or (field,)
    )


def case(*points: Point, id_: str = "c", origin: str = "point", **fields: Any) -> Case:
    return Case(id_, NAME, CHAT, "chat", request(**fields), "accept", points, origin, base=request())


def packed(*points: Point) -> Case:
    edits = [edit for each in points for edit in each.edits]
    return replace(case(*points, origin="packed"), request=apply_edits(request(), edits))


def lacking(*names: str, tokens: int = 0) -> Capabilities:
    return Capabilities(
        {"chat": DeploymentCapabilities("chat", "gpt", (), dict.fromkeys(names, WORDS), tokens)}
    )


def one(
    document: Document, case_: Case, known: Capabilities
) -> tuple[Any, list[tuple[str, str, tuple[str, ...]]]]:
    """The body as it is sent (None: it is not), and what is left out."""
    kept, left = adapt([case_], document, known)
    body = body_value(kept[0].request.body) if kept else None
    return body, [(each.cause, each.subject, each.points) for each in left]


HOT = point("temperature.maximum", Edit("/temperature", 2))
MANY = point("n.maximum", Edit("/n", 2))


@pytest.mark.parametrize(
    "known",
    [
        Capabilities(),
        lacking(),
        Capabilities({"embeddings": DeploymentCapabilities("e", "a", (), {"n": "x"})}),
    ],
)
def test_without_unsupported_capabilities_the_cases_do_not_change(
    document: Document, known: Capabilities
) -> None:
    cases = [case(HOT, temperature=2), case(MANY, n=2)]
    kept, left = adapt(cases, document, known)
    assert all(mine is theirs for mine, theirs in zip(kept, cases, strict=True))
    assert left == ()


def test_a_point_of_an_unsupported_capability_is_left_out_with_the_servers_message(
    document: Document,
) -> None:
    kept, left = adapt([case(HOT, temperature=2)], document, lacking("temperature"))
    assert kept == []
    assert left == (LeftOut(NAME, CHAT, "capability", "temperature", WORDS, ("temperature.maximum",)),)


def test_a_setting_beside_the_point_is_dropped(document: Document) -> None:
    body, left = one(document, case(MANY, n=2, temperature=0), lacking("temperature"))
    assert body == BODY | {"n": 2}
    assert left == []


def test_a_request_that_requires_an_unsupported_capability_is_left_out(document: Document) -> None:
    body, left = one(document, case(MANY, n=2, tools=[]), lacking("tools"))
    assert body is None
    assert left == [("capability", "tools", ("n.maximum",))]


def test_a_point_that_requires_an_unsupported_capability_is_left_out(document: Document) -> None:
    choice = point("tool_choice.enum", Edit("/tools", []), Edit("/tool_choice", "auto"))
    body, left = one(document, case(choice, tools=[], tool_choice="auto"), lacking("tools"))
    assert body is None
    assert left == [("capability", "tools", ("tool_choice.enum",))]


def test_a_point_beside_a_dispensable_setting_stays(document: Document) -> None:
    beside = point("n.maximum", Edit("/n", 2), Edit("/temperature", 0))
    body, left = one(document, case(beside, n=2, temperature=0), lacking("temperature"))
    assert body == BODY | {"n": 2}
    assert left == []


def test_an_image_within_messages_is_recognised(document: Document) -> None:
    part = {"type": "image_url", "image_url": {"url": "x"}}
    pictured = point("messages[].content", Edit("/messages/0/content", [part]), fields=("messages",))
    body, left = one(
        document, case(pictured, messages=[{"role": "user", "content": [part]}]), lacking("image_url")
    )
    assert body is None
    assert left == [("capability", "image_url", ("messages[].content",))]


def test_a_point_that_removes_a_field_does_not_use_it(document: Document) -> None:
    without = point("messages.required", Edit("/tools", remove=True), fields=("messages",))
    assert one(document, case(without), lacking("tools")) == (BODY, [])


def test_a_point_about_a_header_uses_no_field(document: Document) -> None:
    headed = point("header.x", Edit("header:tools", "x"), fields=("messages",))
    assert one(document, case(headed), lacking("tools")) == (BODY, [])


def test_a_packed_request_is_rebuilt_from_the_remaining_points(document: Document) -> None:
    kept, left = adapt([packed(HOT, MANY)], document, lacking("temperature"))
    assert [each.id for each in kept[0].points] == ["n.maximum"]
    assert body_value(kept[0].request.body) == BODY | {"n": 2}
    assert [each.points for each in left] == [("temperature.maximum",)]


def test_a_packed_request_loses_the_dependencies_of_a_point_that_is_left_out(
    document: Document,
) -> None:
    tools = point("tools.maxItems", Edit("/tools", []))
    kept, left = adapt([packed(tools, MANY)], document, lacking("tools"))
    assert [body_value(each.request.body) for each in kept] == [BODY | {"n": 2}]
    assert [each.points for each in left] == [("tools.maxItems",)]


def test_a_request_that_is_not_packed_keeps_its_other_fields(document: Document) -> None:
    shared = case(HOT, MANY, origin="scenario", temperature=2, n=2, seed=5)
    body, left = one(document, shared, lacking("temperature"))
    assert body == BODY | {"n": 2, "seed": 5}
    assert left == [("capability", "temperature", ("temperature.maximum",))]


def test_a_packed_request_without_remaining_points_is_not_sent(document: Document) -> None:
    warm = point("temperature.minimum", Edit("/temperature", 0))
    body, left = one(document, packed(HOT, warm), lacking("temperature"))
    assert body is None
    assert left == [("capability", "temperature", ("temperature.maximum", "temperature.minimum"))]


def test_the_limit_moves_to_the_newer_field_in_the_request_and_in_its_base(document: Document) -> None:
    kept, left = adapt([case(MANY, n=2)], document, lacking("max_tokens"))
    newer = {"messages": BODY["messages"], "max_completion_tokens": 16}
    assert body_value(kept[0].request.body) == newer | {"n": 2}
    assert kept[0].base is not None
    assert body_value(kept[0].base.body) == newer
    assert left == ()


def test_an_existing_newer_limit_stays(document: Document) -> None:
    body, _ = one(document, case(MANY, n=2, max_completion_tokens=99), lacking("max_tokens"))
    assert body == {"messages": BODY["messages"], "max_completion_tokens": 99, "n": 2}


def test_points_about_the_older_limit_are_left_out(document: Document) -> None:
    limit = point("max_tokens.minimum", Edit("/max_tokens", 1))
    body, left = one(document, case(limit, max_tokens=1), lacking("max_tokens"))
    assert body is None
    assert left == [("capability", "max_tokens", ("max_tokens.minimum",))]


def test_a_document_without_the_newer_limit_has_no_request_for_such_a_deployment(elder: Document) -> None:
    asked = replace(case(MANY, n=2), document=str(elder.name))
    kept, left = adapt([asked], elder, lacking("max_tokens"))
    assert kept == []
    (entry,) = left
    assert entry.cause == "the document lacks what the model requires"
    assert entry.message == f"{WORDS} (azure-openai@2024-06-01 has no max_completion_tokens)"


def test_a_limit_is_raised_to_the_minimum_of_the_model(document: Document) -> None:
    assert one(document, case(MANY, n=2), lacking(tokens=1024))[0] == BODY | {"n": 2, "max_tokens": 1024}
    assert one(document, case(MANY, max_tokens=4096), lacking(tokens=1024))[0] == BODY | {"max_tokens": 4096}


def test_a_limit_that_moves_is_raised_too(document: Document) -> None:
    body, _ = one(document, case(MANY, n=2), lacking("max_tokens", tokens=1024))
    assert body["max_completion_tokens"] == 1024


@pytest.mark.parametrize("limit", [None, "16", True, 1.5])
def test_a_limit_that_is_not_an_integer_stays(document: Document, limit: Any) -> None:
    assert one(document, case(MANY, max_tokens=limit), lacking(tokens=1024))[0]["max_tokens"] == limit


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_a_request_about_the_limit_keeps_it(document: Document, field: str) -> None:
    limit = point(f"{field}.minimum", Edit(f"/{field}", 1))
    assert one(document, case(limit, **{field: 1}), lacking(tokens=1024))[0][field] == 1


def test_a_scenario_with_an_unsendable_step_is_left_out(document: Document) -> None:
    steps = [
        replace(each, id=name, scenario=ScenarioStep("s", "chat.tools", name))
        for name, each in (("one", case(origin="scenario")), ("two", case(origin="scenario", tools=[])))
    ]
    assert adapt(steps, document, lacking("tools"))[0] == []


def test_a_case_whose_source_is_left_out_is_left_out(document: Document) -> None:
    taking = replace(case(MANY, id_="later", n=2), takes=(Placeholder("first", "/id"),))
    named = replace(taking, takes=(Placeholder.deployment("chat"),))
    first = case(HOT, id_="first", temperature=2)
    assert adapt([first, taking], document, lacking("temperature"))[0] == []
    assert len(adapt([first, named], document, lacking("temperature"))[0]) == 1
    assert len(adapt([first, taking], document, lacking("n2"))[0]) == 2


def test_a_point_that_another_case_has_is_not_left_out(document: Document) -> None:
    cases = [case(MANY, id_="a", n=2, tools=[]), case(MANY, id_="b", n=2)]
    kept, left = adapt(cases, document, lacking("tools"))
    assert ([each.id for each in kept], left) == (["b"], ())


def test_points_left_out_for_one_reason_are_one_entry(document: Document) -> None:
    cases = [case(HOT, temperature=2), case(point("temperature.type"), temperature="x")]
    _, left = adapt(cases, document, lacking("temperature"))
    assert [each.points for each in left] == [("temperature.maximum", "temperature.type")]


def test_an_adapted_case_costs_what_its_request_costs(document: Document) -> None:
    (kept,) = adapt([case(MANY, n=2)], document, lacking("temperature", tokens=1024))[0]
    assert kept.completion_tokens == 2 * 1024


def test_a_form_does_not_change(document: Document) -> None:
    form = replace(case(MANY), request=replace(request(), body=MultipartBody(())))
    (kept,) = adapt([form], document, lacking("temperature"))[0]
    assert kept.request.body == MultipartBody(())


def test_a_request_without_a_body_does_not_change(document: Document) -> None:
    bare = replace(case(MANY), request=replace(request(), body=None), base=None)
    assert adapt([bare], document, lacking("temperature"))[0] == [bare]


def test_the_minimal_request_of_a_deployment(document: Document, elder: Document) -> None:
    minimal = case(origin="base")
    deployment = lacking("max_tokens").deployments["chat"]
    made = adapt_base(minimal, document.operation(CHAT), deployment)
    assert made is not None
    assert body_value(made.request.body) == {"messages": BODY["messages"], "max_completion_tokens": 16}
    assert adapt_base(minimal, elder.operation(CHAT), deployment) is None


def test_points_by_operation_are_listed_once_and_in_order() -> None:
    cases = [case(MANY, HOT), case(HOT), replace(case(), operation="Other")]
    assert points_by_operation(cases) == {CHAT: ("n.maximum", "temperature.maximum")}
