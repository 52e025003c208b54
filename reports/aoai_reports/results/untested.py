"""Why rules were not tested: not for this document, not for a configured operation, or nothing to check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from aoai_reports.record.reader import Record

Why = Literal["not_in_document", "operation_not_configured", "nothing_to_check"]
WHYS: tuple[Why, ...] = ("not_in_document", "operation_not_configured", "nothing_to_check")


def untested_why(record: Record, untested: Iterable[str]) -> Mapping[Why, tuple[str, ...]]:
    """The untested rules, each in one list, by why they were not tested.

    Records of earlier versions do not say which operations a rule is for: there, all of them had nothing to
    check.
    """
    split: dict[Why, list[str]] = {why: [] for why in WHYS}
    for rule in untested:
        split[_why(record, rule)].append(rule)
    return {why: tuple(ids) for why, ids in split.items()}


def _why(record: Record, rule: str) -> Why:
    header = record.header
    if not header.rule_operations:
        return "nothing_to_check"
    operations = header.rule_operations.get(rule, ())
    if not operations:
        return "not_in_document"
    idle = {*header.not_configured, *header.excluded}
    return "operation_not_configured" if idle.issuperset(operations) else "nothing_to_check"
