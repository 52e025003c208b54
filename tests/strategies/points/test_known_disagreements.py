"""Points on which the document and the service disagree."""

from __future__ import annotations

import pytest

from aoai_model.case import Point
from aoai_specs.catalogue import Catalogue
from aoai_strategies.points.known_disagreements import KNOWN_DISAGREEMENTS, KnownDisagreement
from aoai_strategies.points.points import points

DOCUMENTS = (
    "ai-model-inference@2025-04-01",
    "azure-openai@2024-06-01",
    "azure-openai@2024-10-21",
    "azure-openai@2025-01-01-preview",
)


def planned(name: str, dispute: KnownDisagreement) -> list[Point]:
    document = Catalogue.packaged().load(name)
    operations = [one for one in document.operations.values() if one.kind == dispute.kind]
    return [
        point
        for operation in operations
        for point in points(operation)
        if point.id == dispute.point or (dispute.point.endswith("*") and is_of(point, dispute.point))
    ]


def is_of(point: Point, pattern: str) -> bool:
    return point.expect == "accept" and point.id.startswith(pattern.removesuffix("*"))


@pytest.mark.parametrize("dispute", KNOWN_DISAGREEMENTS, ids=lambda one: f"{one.kind}-{one.point}")
def test_a_disputed_point_is_planned_as_a_may(dispute: KnownDisagreement) -> None:
    found = [point for name in DOCUMENTS for point in planned(name, dispute)]
    assert found
    assert {point.level for point in found} == {"may"}
    assert dispute.reason
    assert dispute.source


def test_what_is_refused_of_a_disputed_part_stays_refused() -> None:
    chat = Catalogue.packaged().load("ai-model-inference@2025-04-01").operation("getChatCompletions")
    levels = {point.id: (point.expect, point.level) for point in points(chat)}
    part = "messages[user].content[input_audio].input_audio"
    assert levels[f"{part}.format.enum:wav"] == ("accept", "may")
    assert levels[f"{part}.data.required:missing"] == ("reject", "must")
