"""Large descriptions: every schema is judged by its values, however many there are."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import description

from aoai_specs.comparison import Description, compare
from aoai_specs.comparison.schemas import inclusion

OPERATIONS = 30


def kinds(number: int) -> list[dict[str, Any]]:
    return [
        {
            "type": "object",
            "required": ["kind"],
            "properties": {
                "kind": {"const": f"{number}-{index}"},
                "text": {"type": "string", "maxLength": number + 5},
            },
        }
        for index in range(6)
    ]


def flat(number: int) -> dict[str, Any]:
    return {"anyOf": kinds(number)}


def grouped(number: int) -> dict[str, Any]:
    return {"oneOf": [{"anyOf": kinds(number)[:3]}, {"anyOf": kinds(number)[3:]}]}


def large(schema: Any) -> Description:
    content = description(openapi="3.1.0").content
    operations = {
        f"/{number}": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": schema(number)}}},
                "responses": {},
            }
        }
        for number in range(OPERATIONS)
    }
    return Description("large", {**content, "paths": operations})


def verdicts(base: Description, revision: Description) -> dict[str, int]:
    return compare(base, revision).counts()


def test_no_operation_uses_up_the_searches_of_the_others() -> None:
    base, revision = large(flat), large(grouped)
    assert verdicts(base, revision)["breaking"] == 0
    assert verdicts(revision, base)["breaking"] == 0


def test_beyond_the_limit_of_all_searches_keywords_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inclusion, "_ALL_STEPS", 1_000)
    assert verdicts(large(flat), large(grouped))["breaking"] > 0
