"""Capabilities that one run found and another did not: lost or gained, as far as both probed."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_reports.record.lines import Header
from aoai_reports.record.reader import Record
from aoai_reports.run_comparison.capability_changes import CapabilityChange, capability_changes


def probed(**deployments: Any) -> Record:
    """The record of a run that found these capabilities, by kind of operation."""
    return Record(
        Header(
            tool="t",
            started="2025-01-01T00:00:00.000Z",
            target="http://x",
            documents=(),
            surface="azure-openai",
            profile="standard",
            seed=0,
            capabilities={"deployments": deployments} if deployments else {},
        )
    )


def able(*supported: str, name: str = "gpt", **unsupported: str) -> dict[str, Any]:
    return {"deployment": name, "supported": list(supported), "unsupported": unsupported}


def changes_of(base: Record, revision: Record) -> list[tuple[str, str, bool]]:
    return [(each.kind, each.capability, each.lost) for each in capability_changes(base, revision)]


def test_a_capability_that_is_now_rejected_is_lost_with_the_servers_words() -> None:
    (change,) = capability_changes(probed(chat=able("n")), probed(chat=able(n="400 no", name="new")))
    assert change == CapabilityChange("chat", "new", "n", True, "400 no")
    assert change.sentence == "chat (new) no longer supports n: 400 no"
    assert change.to_json()["change"] == "lost"


def test_a_capability_that_is_now_supported_is_gained() -> None:
    (change,) = capability_changes(probed(chat=able(n="400 no")), probed(chat=able("n")))
    assert change == CapabilityChange("chat", "gpt", "n", False)
    assert change.sentence == "chat (gpt) now supports n"
    assert change.to_json()["change"] == "gained"


def test_a_capability_that_one_run_did_not_probe_is_not_a_change() -> None:
    assert changes_of(probed(chat=able("n", seed="no")), probed(chat=able("seed2"))) == []
    assert changes_of(probed(chat=able("n")), probed(embeddings=able(n="no"))) == []
    assert changes_of(probed(embeddings=able("n")), probed(chat=able(n="no"))) == []
    assert changes_of(probed(), probed(chat=able(n="no"))) == []
    assert changes_of(probed(chat=able("n")), probed()) == []


def test_an_unchanged_capability_is_not_a_change() -> None:
    same = probed(chat=able("n", seed="no"))
    assert changes_of(same, same) == []


def test_losses_are_first_then_sorted_by_kind_and_name() -> None:
    base = probed(embeddings=able("b"), chat=able("z", "a", m="no"))
    revision = probed(embeddings=able(b="no"), chat=able("m", z="no", a="no"))
    assert changes_of(base, revision) == [
        ("chat", "a", True),
        ("chat", "z", True),
        ("embeddings", "b", True),
        ("chat", "m", False),
    ]


@pytest.mark.parametrize("junk", [{"chat": 7}, {"chat": {"supported": ["n"], "unsupported": ["n"]}}])
def test_unreadable_capabilities_are_not_a_change(junk: dict[str, Any]) -> None:
    assert changes_of(probed(chat=able("n")), probed(**junk)) == []


def test_unreadable_capabilities_do_not_count_as_rejected_before() -> None:
    junk = {"supported": [], "unsupported": ["n"]}
    assert changes_of(probed(chat=junk), probed(chat=able("n"))) == []


def test_a_sentence_stays_on_one_line_and_short() -> None:
    change = CapabilityChange("chat", "gpt", "n", True, "x\ny" * 4_000)
    assert "\n" not in change.sentence
    assert len(change.sentence) < 1_000
