"""A plan is made once for each document and each choice of options, and forgotten if others are used."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_model.case import Plan
from aoai_specs.document import Document
from aoai_specs.versions import DocumentName
from aoai_strategies.planning import plan_cache
from aoai_strategies.planning.plan_cache import PlanCache

OPTIONS: dict[str, Any] = {"profile": "smoke", "seed": 0, "operations": ["a"], "examples": 25}


def described(title: str) -> Document:
    """A document that is read from its source each time."""
    operation = {"operationId": "a", "responses": {"200": {"description": "OK"}}}
    content = {"openapi": "3.0.3", "info": {"title": title}, "paths": {"/a": {"get": operation}}}
    return Document(DocumentName.parse("azure-openai@2024-10-21"), content)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The plans that are made while a test runs."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def plan(document: Document, **options: Any) -> Plan:
        calls.append((document.content["info"]["title"], options))
        return Plan(str(document.name), options["profile"], options["seed"], (), ())

    monkeypatch.setattr(plan_cache, "plan", plan)
    return calls


def test_a_description_that_is_read_again_is_not_planned_again(made: list[Any]) -> None:
    plans = PlanCache()
    assert plans.plan(described("one"), **OPTIONS) is plans.plan(described("one"), **OPTIONS)
    assert len(made) == 1


@pytest.mark.parametrize(
    "other", [{"profile": "standard"}, {"seed": 1}, {"operations": []}, {"examples": 1}], ids=str
)
def test_other_options_have_other_plans(made: list[Any], other: dict[str, Any]) -> None:
    plans = PlanCache()
    for options in (OPTIONS, OPTIONS | other):
        plans.plan(described("one"), **options)
    assert [options for _, options in made] == [OPTIONS, OPTIONS | other]


def test_other_documents_have_other_plans_and_the_one_used_longest_ago_is_forgotten(made: list[Any]) -> None:
    plans = PlanCache(most=2)
    for title in ("one", "two", "one", "three", "one", "two"):
        plans.plan(described(title), **OPTIONS)
    assert [title for title, _ in made] == ["one", "two", "three", "two"]
