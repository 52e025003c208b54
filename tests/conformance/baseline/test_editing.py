"""Adding entries to a baseline and removing them: everything else stays unchanged."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from aoai_conformance.baseline.baseline import read_baseline_text
from aoai_conformance.baseline.baseline_file import PREAMBLE, new_entry, with_entries, without_entries
from aoai_model.verdict import Violation
from aoai_reports.results.findings import Finding
from aoai_specs.errors import ConformanceError

PATH = Path("baseline.yaml")
WRITTEN = """\
# Ours since spring.

# The gateway clamps.
- rule: BOUNDARY-001   # must
  operation: ChatCompletions_Create
  point: temperature.maximum:above
  reason: >
    clamped
    # not a comment

- {rule: SCHEMA-001, reason: old}
# Said twice.
- rule: USAGE-001
  reason: known

# The end.
"""


def entry(message: str = "The total is wrong.", **changes: object) -> str:
    violation = Violation("/usage/total_tokens", message, reason="sum", level="must", rule="USAGE-001")
    finding = Finding(
        "must", "azure-openai@2024-10-21", "ChatCompletions_Create", "chat", violation, "c", 1, ()
    )
    options = {"who": "ops", "why": "ticket 7: later", "since": date(2026, 3, 1)} | changes
    return new_entry(finding, **options)  # type: ignore[arg-type]


def rules(text: str) -> list[str]:
    return [each.rule for each in read_baseline_text(PATH, text)]


def test_an_entry_reads_back_as_the_defect_it_was_written_for() -> None:
    (read,) = read_baseline_text(PATH, entry(until=date(2026, 5, 1), flaky=True))
    assert (read.rule, read.operation, read.place, read.reason) == (
        "USAGE-001",
        "ChatCompletions_Create",
        "/usage/total_tokens",
        "sum",
    )
    assert (read.who, read.why, read.since, read.until, read.flaky) == (
        "ops",
        "ticket 7: later",
        date(2026, 3, 1),
        date(2026, 5, 1),
        True,
    )


def test_a_message_from_a_server_stays_in_its_comment() -> None:
    text = entry("one\n- rule: SCHEMA-001\n  reason: x\u2028- a\x85b")
    assert rules(text) == ["USAGE-001"]


def test_adds_at_the_end_and_leaves_every_line_alone() -> None:
    text = with_entries(PATH, WRITTEN, [entry()])
    assert text.startswith(WRITTEN)
    assert rules(text) == ["BOUNDARY-001", "SCHEMA-001", "USAGE-001", "USAGE-001"]


def test_uses_the_indentation_of_the_other_entries() -> None:
    text = with_entries(PATH, "  - rule: SCHEMA-001\n    reason: r\n", [entry()])
    assert rules(text) == ["SCHEMA-001", "USAGE-001"]


@pytest.mark.parametrize("empty", ["", "[]\n", "\n"])
def test_begins_a_file(empty: str) -> None:
    text = with_entries(PATH, empty, [entry()])
    assert text.startswith(PREAMBLE)
    assert rules(text) == ["USAGE-001"]


def test_removes_an_entry_with_its_comment_and_nothing_else() -> None:
    text = without_entries(PATH, WRITTEN, [0])
    assert "clamps" not in text
    assert text.startswith("# Ours since spring.\n")
    assert rules(text) == ["SCHEMA-001", "USAGE-001"]
    assert "# The end." in text


def test_the_comment_of_the_next_entry_stays() -> None:
    text = without_entries(PATH, WRITTEN, [1])
    assert rules(text) == ["BOUNDARY-001", "USAGE-001"]
    assert "# Said twice.\n- rule: USAGE-001" in text


def test_every_entry_can_be_removed() -> None:
    text = without_entries(PATH, WRITTEN, [0, 1, 2])
    assert rules(text) == []
    assert "# Ours since spring." in text


def test_adding_and_removing_restores_the_file() -> None:
    text = with_entries(PATH, WRITTEN, [entry()])
    assert without_entries(PATH, text, [3]) == WRITTEN


def test_refuses_a_list_in_one_line() -> None:
    with pytest.raises(ConformanceError, match="on lines of its own"):
        with_entries(PATH, "[{rule: SCHEMA-001, reason: r}]\n", [entry()])
