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


def planned(name: str, known: KnownDisagreement) -> list[Point]:
    document = Catalogue.packaged().load(name)
    operations = [one for one in document.operations.values() if one.kind == known.kind]
    return [
        point
        for operation in operations
        for point in points(operation)
        if point.id == known.point or (known.point.endswith("*") and is_of(point, known.point))
    ]


def is_of(point: Point, pattern: str) -> bool:
    return point.expect == "accept" and point.id.startswith(pattern.removesuffix("*"))


@pytest.mark.parametrize("known", KNOWN_DISAGREEMENTS, ids=lambda one: f"{one.kind}-{one.point}")
def test_a_point_with_a_known_disagreement_has_the_level_may(known: KnownDisagreement) -> None:
    found = [point for name in DOCUMENTS for point in planned(name, known)]
    assert found
    assert {point.level for point in found} == {"may"}
    assert known.reason
    assert known.source


def test_points_to_be_rejected_of_such_a_part_keep_their_level() -> None:
    chat = Catalogue.packaged().load("ai-model-inference@2025-04-01").operation("getChatCompletions")
    levels = {point.id: (point.expect, point.level) for point in points(chat)}
    part = "messages[user].content[input_audio].input_audio"
    assert levels[f"{part}.format.enum:wav"] == ("accept", "may")
    assert levels[f"{part}.data.required:missing"] == ("reject", "must")
