"""The trees of a change log where a plain schema becomes a union, or the other way round."""

from __future__ import annotations

from typing import Any

from small_descriptions import description

from aoai_specs.comparison.outline import methods

ONE = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
SHORT = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "maxLength": 3}}}
OTHER = {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}}}


def outline(base: dict[str, Any], revision: dict[str, Any]) -> list[str]:
    """Return the lines inside the request body with their marks."""
    (method,) = methods(description(request=base), description(request=revision))
    return [f"{each.mark} {each.text}".strip() for each in method.trees[0].lines[1:]]


def test_only_the_branches_that_the_plain_schema_does_not_match_are_new() -> None:
    assert outline(ONE, {"oneOf": [SHORT, OTHER]}) == [
        "| object: object", "! a: string", "+ | object: object", "+ b: integer"
    ]  # fmt: skip
    assert outline({"type": "string"}, {"oneOf": [{"type": "string"}, ONE]}) == [
        "| string: string", "+ | object: object", "+ a: string"
    ]  # fmt: skip


def test_a_plain_schema_is_compared_with_the_branch_that_it_matches() -> None:
    assert outline({"oneOf": [SHORT, OTHER]}, ONE) == [
        "! a: string", "- | object: object", "- b: integer"
    ]  # fmt: skip
