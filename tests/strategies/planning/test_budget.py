"""Budgets: what is sent if not everything may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from aoai_model.case import Case, Placeholder, Plan, PlannedRequest, Point, ScenarioStep
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_strategies.canonical import plan_as_json
from aoai_strategies.planning.budget import VALUES, PlanBudget, cut, value_of
from aoai_strategies.planning.planning import plan


def per_operation(cases: Sequence[Case]) -> Counter[str]:
    return Counter(case.operation for case in cases)


def case(name: str, operation: str = "Chat", origin: str = "point", point: str = "") -> Case:
    points = (Point(point, point.partition(":")[0], "reject", "must", ""),) if point else ()
    return Case(
        name, "document", operation, "chat", PlannedRequest("POST", "/"), "reject", points, origin,
        prompt_tokens=10,
    )  # fmt: skip


def names(cases: Sequence[Case]) -> list[str]:
    return [each.id for each in cases]


def test_a_budget_is_spent_evenly_on_the_operations(standard: Plan) -> None:
    sent = per_operation(cut(standard.cases, PlanBudget(requests=150)))
    assert sum(sent.values()) == 150
    assert len(sent) == 6
    assert max(sent.values()) - min(sent.values()) <= 2


def test_an_operation_with_few_cases_leaves_its_share_to_the_others() -> None:
    cases = [case("a"), *(case(f"b{number}", "Other") for number in range(9))]
    assert per_operation(cut(cases, PlanBudget(requests=6))) == {"Chat": 1, "Other": 5}


def test_flows_do_not_use_up_the_budget() -> None:
    document = Catalogue.packaged().load("azure-openai@2025-01-01-preview")
    sent = per_operation(cut(plan(document).cases, PlanBudget(requests=60)))
    assert sent.keys() == document.operations.keys()
    assert max(sent.values()) <= 6


@pytest.mark.parametrize("budget", [7, 30, 100])
def test_a_larger_budget_only_adds_cases(standard: Plan, budget: int) -> None:
    smaller, larger = (
        set(names(cut(standard.cases, PlanBudget(requests=each)))) for each in (budget, 2 * budget)
    )
    assert smaller < larger


def test_the_least_valuable_cases_are_dropped_first() -> None:
    cases = [
        case("combination", point="tool_choice:without-tools"),
        case("type", point="n.type:string"),
        case("type-2", point="user.type:integer"),
        case("enumeration", point="role.enum:outside"),
        case("limit", point="n.maximum:above"),
        case("limit-2", point="n.minimum:below"),
        case("required", point="messages.required:missing"),
        case("packed", origin="packed"),
        case("base", origin="base"),
        case("generated", origin="generated", point="n.maximum:above"),
    ]
    cases[7] = replace(cases[7], expect="accept")
    dropped: list[str] = []
    left = names(cases)
    for budget in range(len(cases) - 1, -1, -1):
        sent = names(cut(cases, PlanBudget(requests=budget)))
        (gone,) = set(left) - set(sent)
        dropped.append(gone)
        left = sent
    assert dropped == [
        "generated", "type-2", "limit-2",
        "combination", "type", "enumeration", "limit", "required", "packed", "base",
    ]  # fmt: skip


def test_every_case_of_a_plan_has_a_value(standard: Plan) -> None:
    used = {VALUES[value_of(each)][0] for each in standard.cases}
    assert used == {name for name, _ in VALUES} - {"generated request"}


def test_a_case_comes_with_those_that_it_takes_values_from() -> None:
    taking = replace(case("get", "Get"), takes=(Placeholder("create", "/id"),))
    cases = [case("create", "Create", "base"), taking]
    assert names(cut(cases, PlanBudget(requests=1))) == ["create"]
    assert names(cut(cases, PlanBudget(requests=2))) == ["create", "get"]


def test_a_preparation_that_nothing_needs_takes_no_room() -> None:
    taking = replace(case("get", "Get"), takes=(Placeholder("create", "/id"),))
    cases = [case("create", "Create", "preparation"), taking, case("base", origin="base")]
    assert names(cut(cases, PlanBudget(requests=1))) == ["base"]
    assert names(cut(cases, PlanBudget(requests=3))) == ["create", "get", "base"]


def test_a_scenario_that_does_not_fit_leaves_room_for_others() -> None:
    steps = [replace(case(f"pair/{step}"), scenario=ScenarioStep("pair", "chat.pair", step)) for step in "ab"]
    cases = [case("base", origin="base"), *steps, case("limit", point="n.maximum:above")]
    assert names(cut(cases, PlanBudget(requests=2))) == ["base", "limit"]


def test_an_operation_whose_minimal_request_does_not_fit_gets_nothing() -> None:
    base = replace(case("image", "Images", "base"), prompt_tokens=1000)
    cases = [base, case("invalid", "Images"), case("base", origin="base"), case("limit")]
    assert names(cut(cases, PlanBudget(tokens=100))) == ["base", "limit"]


def test_tokens_are_limited_too() -> None:
    cases = [case(f"case-{number}") for number in range(5)]
    assert len(cut(cases, PlanBudget(tokens=35))) == 3
    assert len(cut(cases, PlanBudget(requests=2, tokens=35))) == 2


def test_the_same_budget_gives_the_same_plan_byte_for_byte(document: Document) -> None:
    again = Catalogue.packaged().load("azure-openai@2024-10-21")
    first, second = (plan(each, max_requests=77, max_tokens=900) for each in (document, again))
    assert plan_as_json(first) == plan_as_json(second)
