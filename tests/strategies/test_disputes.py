"""Points on which the document and the service disagree."""

from __future__ import annotations

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_strategies.disputes import DISPUTES, Dispute
from aoai_strategies.points import points


@pytest.mark.parametrize("dispute", DISPUTES, ids=lambda one: one.point)
def test_a_disputed_point_is_planned_as_a_may(dispute: Dispute) -> None:
    document = Catalogue.packaged().load("azure-openai@2024-10-21")
    operation = next(one for one in document.operations.values() if one.kind == dispute.kind)
    (point,) = (one for one in points(document, operation) if one.id == dispute.point)
    assert point.level == "may"
    assert dispute.reason
    assert dispute.source
