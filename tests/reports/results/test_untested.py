"""Why a rule was not tested: not in the document, its operations were idle, or nothing to check."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_reports.results.tallies import WHYS, untested_why

OPERATIONS = {"RULE-1": ("Chat", "Embeddings"), "RULE-2": ()}


@pytest.mark.parametrize(
    ("idle", "why"),
    [
        ({}, "nothing_to_check"),
        ({"not_configured": ("Chat",)}, "nothing_to_check"),
        ({"not_configured": ("Chat", "Embeddings", "Images")}, "operation_not_configured"),
        ({"excluded": ("Chat", "Embeddings")}, "operation_not_configured"),
        ({"not_configured": ("Chat",), "excluded": ("Embeddings",)}, "operation_not_configured"),
    ],
)
def test_a_rule_with_only_idle_operations_was_not_configured(
    build: Any, idle: dict[str, Any], why: str
) -> None:
    record = build.record(rule_operations=OPERATIONS, **idle)
    assert untested_why(record, ["RULE-1"]) == {each: ("RULE-1",) if each == why else () for each in WHYS}


def test_a_rule_without_operations_is_not_in_the_document(build: Any) -> None:
    record = build.record(rule_operations=OPERATIONS, not_configured=("Chat",))
    assert untested_why(record, ["RULE-2", "RULE-3"])["not_in_document"] == ("RULE-2", "RULE-3")


def test_a_record_of_an_earlier_version_had_nothing_to_check(build: Any) -> None:
    found = untested_why(build.record(), ["RULE-1", "RULE-2"])
    assert found["nothing_to_check"] == ("RULE-1", "RULE-2")


def test_rules_keep_their_order_and_each_is_in_one_list(build: Any) -> None:
    found = untested_why(build.record(rule_operations=OPERATIONS), ["RULE-2", "RULE-1"])
    assert [id_ for why in WHYS for id_ in found[why]] == ["RULE-2", "RULE-1"]
