"""The overlays of azure-openai@2024-06-01 and ai-model-inference@2025-04-01, action by action."""

from __future__ import annotations

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.loading.overlay import Action, Overlay
from aoai_specs.versions import DocumentName

#: Keywords that an overlay may add for what the prose alone says.
KEYWORDS = frozenset({"minimum", "maximum", "minLength", "pattern", "format", "nullable"})
NAMES = ("azure-openai@2024-06-01", "ai-model-inference@2025-04-01")


def published(name: str) -> Document:
    return Catalogue.packaged().load(name, as_published=True)


def overlay(name: str) -> Overlay:
    found = Catalogue.packaged().overlay(DocumentName.parse(name))
    assert found is not None
    return found


def every_action() -> list[tuple[str, Action]]:
    return [(name, action) for name in NAMES for action in overlay(name).actions]


@pytest.mark.parametrize("name", NAMES)
def test_every_action_matches_exactly_one_place(name: str) -> None:
    found = overlay(name)
    matches = found.apply(published(name).content).matches
    missed = [action.path.text for action, count in zip(found.actions, matches, strict=True) if count != 1]
    assert missed == []


@pytest.mark.parametrize("name", NAMES)
def test_every_action_changes_something(name: str) -> None:
    found, content = overlay(name), published(name).content
    for action in found.actions:
        alone = Overlay(found.title, found.version, found.extends, (action,), found.source)
        changed = alone.apply(content).content
        assert changed != content, action.path.text
        content = changed


def test_every_source_that_is_a_clause_leads_to_its_place() -> None:
    for _, action in every_action():
        source = action.source.removeprefix("prose of ")
        if not source.startswith(("https://github.com/", "https://learn.microsoft.com/")):
            name, _, pointer = source.partition("#")
            published(name).resolve(f"#{pointer}")


def test_marks_each_keyword_that_only_the_prose_states() -> None:
    for _, action in every_action():
        if action.source.startswith("prose of ") and isinstance(action.update, dict):
            marked = action.update.get("x-aoai-prose", [])
            assert set(marked) == KEYWORDS & action.update.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_corrected_document_has_a_usable_validator_everywhere(name: str) -> None:
    Catalogue.packaged().load(name).build_validators()
    published(name).build_validators()
