"""Keys that a model or a user chose are no fields."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_reports.run_comparison.comparing import compare_runs
from aoai_reports.run_comparison.documents.map_keys import keys_of_maps
from aoai_reports.run_comparison.sides import side_of

DOCUMENT = "azure-openai@2024-10-21"
OWN = {"options": {"specs": ["mine.yaml"]}}


def completion(*tokens: str, value: Any = -0.1) -> dict[str, Any]:
    tops = [{token: value} for token in tokens]
    return {"id": "1", "choices": [{"index": 0, "text": "x", "logprobs": {"top_logprobs": tops}}]}


def changes(build, old: Any, new: Any, operation: str = "Completions_Create", **header: Any) -> list[tuple]:
    one, other = (
        build.record(build.exchange(body=body, operation=operation), **header) for body in (old, new)
    )
    return [
        (each.aspect, each.place, each.before, each.after)
        for part in compare_runs(one, other).parts
        for each in part.behaviour
    ]


@pytest.mark.parametrize("header", [{}, OWN], ids=["described", "description of the user's own"])
def test_other_tokens_are_not_a_difference(build, header: dict[str, Any]) -> None:
    assert changes(build, completion("a", " the"), completion("~/b", "object", "c"), **header) == []


def test_values_at_map_keys_are_compared_as_one(build) -> None:
    assert changes(build, completion("a", "b"), completion("c", value="-0.1")) == [
        ("type", "/choices/*/logprobs/top_logprobs/*/*", "number", "string")
    ]


def test_fields_of_a_described_object_are_still_reported(build) -> None:
    def chat(**top: Any) -> dict[str, Any]:
        content = [{"token": "a", "logprob": -0.1, "bytes": None, "top_logprobs": [{"token": "a", **top}]}]
        return build.answer(choices=[{"index": 0, "logprobs": {"content": content}}])

    place = "/choices/*/logprobs/content/*/top_logprobs/*/logprob"
    assert changes(build, chat(logprob=-0.1), chat(), operation="ChatCompletions_Create") == [
        ("field", place, "always", "never")
    ]


@pytest.mark.parametrize(
    ("operation", "scope", "place", "name", "is_key"),
    [
        ("Completions_Create", "2xx body", "/choices/*/logprobs/top_logprobs/*", "any", True),
        ("Completions_Create", "2xx chunk", "/choices/*/logprobs/top_logprobs/*", "any", True),
        ("Completions_Create", "2xx body", "/choices/*/logprobs", "top_logprobs", False),
        ("Completions_Create", "2xx body", "/choices/*", "undeclared", False),
        ("Completions_Create", "2xx body", "", "id", False),
        ("Completions_Create", "2xx body", "/undeclared", "id", False),
        ("ChatCompletions_Create", "2xx body", "/choices/*/logprobs/content/*/top_logprobs/*", "x", False),
        ("ChatCompletions_Create", "2xx body", "/choices/*/message/tool_calls/*/function", "x", False),
        ("ChatCompletions_Create", "4xx body", "/error", "x", False),
    ],
)
def test_the_document_determines_which_members_are_keys(
    build, operation: str, scope: str, place: str, name: str, is_key: bool
) -> None:
    side = side_of(build.record(), DOCUMENT)
    assert keys_of_maps((side, side), (operation, operation), scope)(place, name) is is_key
