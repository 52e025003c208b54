"""Batches of files with mistakes, which no document covers: only silent losses are reported."""

from __future__ import annotations

from typing import Any

import examples_stored
from examples_stored import ASKED, batch, jsonl, put, result
from flows_by_hand import Sent, exchanges
from test_flow_rules_by_example import verdicts, violations

CHAT, ELSEWHERE = "/chat/completions", "/embeddings"


def reported(asked: bytes, answered: bytes, *, total: int) -> set[tuple[str, str, str | None]]:
    """Return rules, reasons and levels of the violations of a completed batch with that file and output."""
    counts = {"total": total, "completed": total, "failed": 0}
    done: dict[str, Any] = {"completed_at": 1_735_700_009, "output_file_id": "file-8"}
    steps = [
        put(content=asked),
        Sent("batch-create", batch("validating"), status=201, sent=ASKED),
        Sent("batch-get", batch("completed", request_counts=counts, **done), "batch-1"),
        Sent("file-content", answered, "file-8"),
    ]
    found = violations(verdicts("flow.batches", exchanges("flow.batches", steps)))
    return {(rule, violation.reason, violation.level) for rule, violation in found}


def test_a_request_for_another_endpoint_may_be_answered_but_not_dropped_silently() -> None:
    asked = jsonl({"custom_id": "one", "url": CHAT}, {"custom_id": "two", "url": ELSEWHERE})
    elsewhere = result("two", body={"object": "list", "data": []})
    assert reported(asked, jsonl(result("one"), elsewhere), total=2) == set()
    assert reported(asked, jsonl(result("one")), total=1) == {("BATCHES-014", "lost", "should")}


def test_a_request_that_comes_twice_is_answered_once_or_twice() -> None:
    asked = jsonl({"custom_id": "one"}, {"custom_id": "one"})
    assert reported(asked, jsonl(result("one")), total=1) == set()
    assert reported(asked, jsonl(result("one"), result("one")), total=2) == set()
    thrice = jsonl(result("one"), result("one"), result("one"))
    assert ("BATCHES-014", "twice", "must") in reported(asked, thrice, total=3)


def test_a_request_without_an_id_may_be_answered_without_one_or_left_out() -> None:
    asked = jsonl({"custom_id": "one"}, {"url": CHAT})
    nameless = {**result("one"), "custom_id": None}
    assert reported(asked, jsonl(result("one"), nameless), total=2) == set()
    assert reported(asked, jsonl(result("one")), total=1) == set()


def test_a_line_that_is_not_a_request_may_be_counted_or_not() -> None:
    asked = examples_stored.jsonl({"custom_id": "one"}) + b'{"custom_id": "tw\n'
    assert reported(asked, jsonl(result("one")), total=1) == set()
