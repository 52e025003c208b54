"""Points on which the document and the service disagree."""

from __future__ import annotations

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_strategies.case import Point
from aoai_strategies.disputes import DISPUTES, Dispute
from aoai_strategies.points import points

DOCUMENTS = ("azure-openai@2024-10-21", "azure-openai@2025-01-01-preview")


def planned(name: str, dispute: Dispute) -> list[Point]:
    document = Catalogue.packaged().load(name)
    operations = [one for one in document.operations.values() if one.kind == dispute.kind]
    return [
        point
        for operation in operations
        for point in points(document, operation)
        if point.id == dispute.point
    ]


@pytest.mark.parametrize("dispute", DISPUTES, ids=lambda one: f"{one.kind}-{one.point}")
def test_a_disputed_point_is_planned_as_a_may(dispute: Dispute) -> None:
    found = [point for name in DOCUMENTS for point in planned(name, dispute)]
    assert found
    assert {point.level for point in found} == {"may"}
    assert dispute.reason
    assert dispute.source
