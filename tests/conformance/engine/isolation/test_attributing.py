"""One defect, one entry: later rejections of a rejected point are reported under it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.isolation.attribution import features
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.runner import Runner
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange
from aoai_conformance.rule import rule_named
from aoai_conformance.target.documents import choose_documents
from aoai_model.case import Case, Edit, JsonBody, PlannedRequest, Point, ScenarioStep
from aoai_model.exchange import Request, Response
from aoai_model.serialization import Json

DOCUMENT = choose_documents(api_versions=["2024-10-21"])[0]
NAME = str(DOCUMENT.name)
CHAT = "ChatCompletions_Create"
PLAIN: dict[str, Json] = {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 16}


def request(**fields: Json) -> PlannedRequest:
    return PlannedRequest(
        "POST", "/deployments/{deployment-id}/chat/completions", body=JsonBody({**PLAIN, **fields})
    )


def case(id_: str, origin: str, points: tuple[Point, ...] = (), **fields: Json) -> Case:
    return Case(id_, NAME, CHAT, "chat", request(**fields), "accept", points, origin, base=request())


def point(name: str, edits: dict[str, Json]) -> Point:
    changes = tuple(Edit(f"/{field}", value) for field, value in edits.items())
    return Point(name, name.partition(":")[0], "accept", "must", f"{NAME}#/x", name, changes)


def packed(name: str, **fields: Json) -> Case:
    return case(name, "packed", (point(name, fields),), **fields)


def generated(name: str, **fields: Json) -> Case:
    return case(name, "generated", (replace(point("generated:valid", {}), constraint="generated"),), **fields)


def scenario(name: str, **fields: Json) -> Case:
    step = ScenarioStep(name, "chat.same-seed", "first")
    return replace(case(name, "scenario", **fields), base=None, scenario=step)


class Refusing:
    """A server that rejects the bodies that a function selects."""

    def __init__(self, *fields: str) -> None:
        self.fields = fields
        self.budget = Budget(None)

    async def send(self, each: Case, patience: Patience | None = None) -> Exchange:
        del patience
        body = cast("JsonBody", each.request.body).value
        status = 400 if isinstance(body, dict) and set(self.fields) & body.keys() else 200
        response = Response(status, (("content-type", "application/json"),), b"{}")
        return Exchange(each, Request("POST", "http://x", (), b"{}"), response)

    def unsent(self, each: Case, why: str) -> Exchange:
        raise AssertionError(f"{each.id}: {why}")


async def places(server: Refusing, *cases: Case) -> list[str | None]:
    """Return the places at which rejections are reported, each once and in order."""
    judge = Judge({NAME: DOCUMENT}, [rule_named("BOUNDARY-003")])
    judged: list[Judged] = [each async for each in Runner(server, judge).run(cases)]
    found = [
        violation.point
        for each in judged
        if isinstance(each, JudgedExchange)
        for verdict in each.verdicts
        for violation in verdict.violations
    ]
    return list(dict.fromkeys(found))


BASE = case("base", "base")


async def test_a_scenario_with_a_rejected_point_is_reported_under_it() -> None:
    seen = await places(Refusing("seed"), BASE, packed("seed:inside", seed=7), scenario("s", seed=7, n=2))
    assert seen == ["seed:inside"]


async def test_a_scenario_rejected_for_another_reason_has_a_separate_entry() -> None:
    seen = await places(Refusing("seed", "n"), BASE, packed("seed:inside", seed=7), scenario("s", n=2))
    assert seen == ["seed:inside", None]


async def test_generated_requests_are_reported_under_the_point_that_they_contain() -> None:
    cases = [packed("stop.items:2", stop=["a", "b"]), generated("g1", stop=["a", "b"], n=1)]
    assert await places(Refusing("stop"), BASE, *cases) == ["stop.items:2"]


async def test_generated_requests_with_another_value_of_the_field_are_reported_there_too() -> None:
    cases = [packed("temperature.maximum:at", temperature=2), generated("g1", temperature=0.7, n=1)]
    assert await places(Refusing("temperature"), BASE, *cases) == ["temperature.maximum:at"]


async def test_defects_found_by_generated_requests_only_are_one_entry_per_field() -> None:
    cases = [generated("g1", user="a", n=1), generated("g2", user="bc"), generated("g3", seed=5, n=1)]
    seen = await places(Refusing("user", "seed"), BASE, *cases)
    assert seen == ["generated:valid[user]", "generated:valid[seed]"]


async def test_a_scenario_with_a_branch_of_a_union_is_reported_under_the_point_of_the_branch() -> None:
    small: Json = {"type": "json_schema", "json_schema": {"name": "a"}}
    large: Json = {"type": "json_schema", "json_schema": {"name": "b", "schema": {"type": "object"}}}
    point_of_branch = packed("response_format.oneOf:json_schema", response_format=small)
    seen = await places(
        Refusing("response_format"), BASE, point_of_branch, scenario("s", response_format=large)
    )
    assert seen == ["response_format.oneOf:json_schema"]


async def test_two_limits_of_one_field_stay_two_points() -> None:
    cases = [packed("n.minimum:at", n=1), packed("n.maximum:at", n=128)]
    assert await places(Refusing("n"), BASE, *cases) == ["n.minimum:at", "n.maximum:at"]


def test_features_distinguish_meaningful_values_from_free_text() -> None:
    found = features(request(user="Some one", tool_choice="none", stop=["a", "b"], n=1))
    assert {"/user=(text)", "/tool_choice=none", "/stop#=2", "/n=1.0", "/messages/*<user>/role=user"} <= found
