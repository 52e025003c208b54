"""What a report shows of the runs before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aoai_reports.history.earlier import EarlierRuns, earlier_runs
from aoai_reports.history.entry import CauseSeen, RunEntry
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import fingerprint_of


@pytest.fixture
def record(build: Any) -> Record:
    """A run of chat with the profile of the stored runs."""
    found: Record = build.record(build.exchange())
    return replace(found, header=replace(found.header, profile="standard"))


def caused(*ids: str) -> tuple[CauseSeen, ...]:
    return tuple(CauseSeen(each, f"title of {each}", "streams", "must", 2) for each in ids)


def test_without_earlier_runs_nothing_is_compared(record: Record) -> None:
    assert earlier_runs([], record) == EarlierRuns()


def test_each_cause_has_one_number_for_each_run(make: Any, record: Record) -> None:
    runs = [make(1, causes=caused("a")), make(2), make(3, causes=caused("a", "b"))]
    assert earlier_runs(runs, record).trend == {"a": (2, 0, 2), "b": (0, 0, 2)}


def test_the_previous_run_is_the_last_one(make: Any, record: Record) -> None:
    last = make(2, broken=True, causes=caused("b"))
    previous = earlier_runs([make(1, causes=caused("a")), last], record).previous
    assert previous is not None
    assert previous.causes == {"b": ("title of b", 2)}
    assert previous.fingerprints == {fingerprint_of(each.identity) for each in last.defects}


def test_the_causes_of_a_run_that_was_stored_without_them_follow_from_its_violations(
    make: Any, record: Record
) -> None:
    previous = earlier_runs([make(1, broken=True, fields=("/a", "/b"))], record).previous
    assert previous is not None
    assert {id_: number for id_, (_, number) in previous.causes.items()} == {
        "token-usage": 1, "undeclared-field": 2,
    }  # fmt: skip


def other_operation(run: RunEntry) -> RunEntry:
    return replace(run, costs=(replace(run.costs[0], operation="embeddings_create"),))


def other_document(run: RunEntry) -> RunEntry:
    return replace(run, costs=(replace(run.costs[0], document="azure-openai@2024-06-01"),))


def other_profile(run: RunEntry) -> RunEntry:
    return replace(run, profile="smoke")


@pytest.mark.parametrize("change", [other_operation, other_document, other_profile])
def test_a_run_that_tested_something_else_is_not_compared(change: Any, make: Any, record: Record) -> None:
    like = make(1, causes=caused("a"))
    other = change(make(2, causes=caused("b")))
    assert earlier_runs([like, other], record) == earlier_runs([like], record)
    assert earlier_runs([other], record) == EarlierRuns()
