"""Rules about flows apply where the document describes what the flow is about."""

from __future__ import annotations

import pytest

from aoai_conformance.judging.scope import concerns
from aoai_conformance.rule import rule_named
from aoai_specs.catalogue import Catalogue


@pytest.mark.parametrize("rule", ["STORED-001", "CONVERSATIONS-003", "VECTOR-STORES-007"])
@pytest.mark.parametrize(("version", "applies"), [("v1", True), ("2024-10-21", False)])
def test_flow_that_begins_with_a_file_is_judged_only_where_its_other_operations_exist(
    rule: str, version: str, applies: bool
) -> None:
    document = Catalogue.packaged().load(version)
    first = [each for each in document.operations.values() if each.kind == "file-upload"]
    assert first
    assert [concerns(rule_named(rule), each) for each in first] == [applies]
