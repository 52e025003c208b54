"""The documents on which a fault is tried, and their order."""

from __future__ import annotations

import pytest

from aoai_conformance.selftest.documents import Served, link_earlier, rounds, served_documents
from aoai_specs.versions import DocumentName


def served(*described: str) -> tuple[Served, ...]:
    """Documents, each described by its name and its kinds: `azure-openai@2024-10-21 chat images`."""
    parts = [each.split() for each in described]
    return tuple(Served(DocumentName.parse(name), frozenset(kinds)) for name, *kinds in parts)


SHELF = served(
    "azure-openai@2023-06-01-preview image-submit chat",
    "azure-openai@2024-02-01 chat",
    "azure-openai@2024-06-01 chat speech",
    "azure-openai@2024-10-21 chat images",
    "azure-openai@2025-01-01-preview chat speech files",
    "ai-model-inference@2025-04-01 chat info",
)


def names(documents: tuple[Served, ...]) -> list[str]:
    return [str(each.name.version) for each in documents]


def places(*kinds: str, document: str | None = None) -> list[list[tuple[str, list[str]]]]:
    return [
        [(place.document.partition("@")[2], sorted(place.kinds)) for place in each]
        for each in rounds(kinds, link_earlier(SHELF), document=document)
    ]


def test_the_most_used_document_is_first_then_those_with_the_most_new_kinds() -> None:
    assert names(link_earlier(SHELF)) == [
        "2024-10-21",
        "2025-01-01-preview",
        "2025-04-01",
        "2023-06-01-preview",
        "2024-06-01",
        "2024-02-01",
    ]


def test_the_order_does_not_depend_on_that_of_the_documents() -> None:
    assert link_earlier(SHELF) == link_earlier(SHELF[::-1])


def test_a_kind_belongs_to_the_newest_stable_document_that_has_it() -> None:
    assert places("chat")[0] == [("2024-10-21", ["chat"])]
    assert places("speech")[0] == [("2024-06-01", ["speech"])]
    assert places("files")[0] == [("2025-01-01-preview", ["files"])]
    assert places("info")[0] == [("2025-04-01", ["info"])]


def test_kinds_of_several_documents_are_tried_on_each() -> None:
    assert places("chat", "speech")[0] == [("2024-10-21", ["chat"]), ("2024-06-01", ["speech"])]


def test_further_documents_follow_one_at_a_time() -> None:
    assert places("speech")[1:] == [[("2025-01-01-preview", ["speech"])]]
    assert [each[0][0] for each in places("chat")] == names(link_earlier(SHELF))


def test_a_fault_of_all_kinds_is_tried_on_one_document_at_a_time() -> None:
    assert places()[0] == [("2024-10-21", [])]
    assert len(places()) == len(SHELF)


def test_the_document_that_a_fault_names_is_first() -> None:
    assert places("chat", document="azure-openai@2025-01-01-preview")[0] == [("2025-01-01-preview", ["chat"])]


def test_a_kind_that_no_document_has_is_not_tried() -> None:
    assert places("batches") == []


@pytest.mark.parametrize(
    ("surface", "versions", "expected"),
    [
        ("ai-model-inference", (), ["2025-04-01", "2024-05-01-preview"]),
        (None, ("2024-02-01", "2024-10-21"), ["2024-10-21", "2024-02-01"]),
    ],
)
def test_a_choice_narrows_it(surface: str | None, versions: tuple[str, ...], expected: list[str]) -> None:
    assert names(served_documents(surface, versions)) == expected
