"""Schemas that differ only inside: the comparison is the same with and without their meanings."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import description

from aoai_specs.comparison import Description, compare, described
from aoai_specs.comparison.schemas import examination

TEXT = {"type": "string"}
LIMITED = {"type": "string", "maxLength": 5}
HIDDEN = {**LIMITED, "readOnly": True}
VERSIONS = ("ai-model-inference@2024-05-01-preview", "ai-model-inference@2025-04-01")
OLD, NEW = {"a": TEXT}, {"a": LIMITED}


def thing(**schema: Any) -> Description:
    return description(request=schema, response=schema, openapi="3.1.0")


def counted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note for each pair of schemas whether it was examined without its meanings."""
    noted: list[bool] = []
    changed_inside = examination.changed_inside

    def noting(*arguments: Any) -> Any:
        found = changed_inside(*arguments)
        noted.append(found is not None)
        return found

    monkeypatch.setattr(examination, "changed_inside", noting)
    return noted


def agree(base: Description, revision: Description, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Require the same changes both ways; return which pairs were examined without their meanings."""
    with monkeypatch.context() as patched:
        noted = counted(patched)
        found = compare(base, revision, words=True).to_json()
    with monkeypatch.context() as patched:
        patched.setattr(examination, "changed_inside", lambda *_: None)
        assert compare(base, revision, words=True).to_json() == found
    return noted


@pytest.mark.parametrize(
    ("base", "revision", "quick"),
    [
        (
            {"type": "object", "properties": {"a": TEXT}},
            {"type": "object", "properties": {"a": LIMITED}},
            True,
        ),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": LIMITED}, True),
        ({"additionalProperties": TEXT}, {"additionalProperties": LIMITED}, True),
        ({"additionalProperties": True}, {"additionalProperties": False}, False),
        ({"properties": {"a": TEXT}}, {"properties": {"a": LIMITED, "b": TEXT}}, False),
        ({"properties": {"a": LIMITED}}, {"properties": {"a": HIDDEN}}, False),
        (
            {"type": "string", "properties": {"a": TEXT}},
            {"type": "string", "properties": {"a": LIMITED}},
            False,
        ),
        ({"type": [], "properties": OLD}, {"type": [], "properties": NEW}, False),
        ({"default": 1, "items": TEXT}, {"default": True, "items": LIMITED}, False),
        ({"anyOf": [TEXT], "items": TEXT}, {"anyOf": [TEXT], "items": LIMITED}, False),
        (
            {"additionalProperties": False, "required": ["b"], "properties": OLD},
            {"additionalProperties": False, "required": ["b"], "properties": NEW},
            False,
        ),
    ],
)
def test_only_what_differs_inside_is_examined_without_meanings(
    base: dict[str, Any], revision: dict[str, Any], *, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agree(thing(**base), thing(**revision), monkeypatch)[0] is quick


def test_two_versions_have_the_same_changes_with_and_without_meanings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = agree(*map(described, VERSIONS), monkeypatch)
    assert noted.count(True) > 10
