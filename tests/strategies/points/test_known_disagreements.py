"""Points on which the document and the service disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

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


@pytest.fixture(scope="module")
def points_of_kind() -> Mapping[str, list[Point]]:
    """The points of all documents by the kind of their operation, each operation planned once."""
    found = defaultdict[str, list[Point]](list)
    kinds = {known.kind for known in KNOWN_DISAGREEMENTS}
    for name in DOCUMENTS:
        for operation in Catalogue.packaged().load(name).operations.values():
            if operation.kind in kinds:
                found[operation.kind] += points(operation)
    return found


def is_of(point: Point, known: KnownDisagreement) -> bool:
    if known.point.endswith("*"):
        return point.expect == "accept" and point.id.startswith(known.point.removesuffix("*"))
    return point.id == known.point


@pytest.mark.parametrize("known", KNOWN_DISAGREEMENTS, ids=lambda one: f"{one.kind}-{one.point}")
def test_a_point_with_a_known_disagreement_has_the_level_may(
    known: KnownDisagreement, points_of_kind: Mapping[str, list[Point]]
) -> None:
    found = [point for point in points_of_kind[known.kind] if is_of(point, known)]
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
