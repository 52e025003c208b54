"""The stable name of a defect."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from aoai_reports.results.findings import Finding, fingerprint
from aoai_reports.results.summary import summarize


@pytest.fixture
def defect(build: Any) -> Finding:
    violation = build.violation(pointer="/choices/0/message", reason="required")
    (found,) = summarize(build.record(build.broken("a", violation))).findings
    return found


def changed(defect: Finding, **changes: Any) -> Finding:
    return replace(defect, violation=replace(defect.violation, **changes))


def test_is_short_hex_and_does_not_change_from_release_to_release(defect: Finding) -> None:
    fixed = replace(
        changed(defect, rule="R-1", pointer="/a/0", point=None, reason="r"), document="d", operation="o"
    )
    assert fingerprint(fixed) == "2c1d5b8719f218e9"
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(defect))


def test_depends_on_no_wording_value_index_case_level_or_url(defect: Finding) -> None:
    others = (
        changed(defect, message="other words", expected=1, actual=2, level="may", chunk=3),
        changed(defect, pointer="/choices/7/message"),
        replace(defect, case="another", level="may", count=9, exchanges=(), known_because="yes"),
    )
    assert {fingerprint(each) for each in others} == {fingerprint(defect)}


def test_depends_on_rule_document_operation_place_and_reason(defect: Finding) -> None:
    others = (
        changed(defect, rule="OTHER-001"),
        changed(defect, pointer="/choices/0/index"),
        changed(defect, point="n.minimum:below"),
        changed(defect, reason="type"),
        replace(defect, document="azure-openai@2024-06-01"),
        replace(defect, operation="another"),
    )
    assert len({fingerprint(each) for each in (defect, *others)}) == 7


def test_keys_from_the_model_are_not_part_of_it(build: Any) -> None:
    pointers = [
        f"/choices/0/logprobs/top_logprobs/{n}/{token}" for n, token in enumerate(("a", " the", "~1"))
    ]
    lines = [build.broken(str(n), build.violation(pointer=each)) for n, each in enumerate(pointers)]
    (one,) = summarize(build.record(*lines)).findings
    assert one.place == "/choices/*/logprobs/top_logprobs/*/*"
    assert one.count == 3


def test_fields_below_the_list_of_the_same_name_in_chat_stay_separate(build: Any) -> None:
    pointers = [f"/choices/0/logprobs/content/0/top_logprobs/0/{name}" for name in ("token", "logprob")]
    lines = [build.broken(str(n), build.violation(pointer=each)) for n, each in enumerate(pointers)]
    assert len(summarize(build.record(*lines)).findings) == 2


def test_summary_json_has_it_with_the_reason(build: Any, defect: Finding) -> None:
    record = build.record(build.broken("a", defect.violation))
    (output,) = summarize(record).to_json()["violations"]  # type: ignore[misc, union-attr]
    assert (output["reason"], output["fingerprint"]) == ("required", fingerprint(defect))  # type: ignore[index, call-overload]
