"""Which findings follow from the results of trials."""

from __future__ import annotations

import pytest

from aoai_conformance.rule import rules
from aoai_conformance.selftest.expectations import Expectations, packaged_expectations, read_expectations
from aoai_conformance.selftest.findings import findings, matrix, tripping, unknown_faults
from aoai_conformance.selftest.trials import FaultToTry, Trial, Tripped
from aoai_conformance.target.emulator_process import EmulatorSettings
from aoai_emulator import fault_catalogue
from aoai_specs.errors import ConformanceError, UnknownNameError

DOCUMENT = "azure-openai@2024-10-21"
STOP = FaultToTry("stop-left-in", frozenset({"chat"}), frozenset({"answer"}), None, "chat")
EXPECTATIONS = Expectations(
    topics={"chat": frozenset({"stop_sequences"})},
    faults={"stop-left-in": frozenset({"STREAM-PLAIN-001"})},
    timed={},
    unreachable={"HTTP-008": "Nobody waits."},
)


def tripped(*rule_ids: str, fault: str | None = STOP.id) -> Tripped:
    faults = () if fault is None else (fault,)
    trial = Trial(fault or "no fault, azure", EmulatorSettings(faults=faults), DOCUMENT)
    return Tripped(trial, dict.fromkeys(rule_ids, 2), 10, 0)


def found_by(*results: Tripped, sound: tuple[Tripped, ...] = (), rule_ids: tuple[str, ...] = ()) -> list[str]:
    found = findings(sound, {STOP.id: results}, [STOP], EXPECTATIONS, rule_ids=rule_ids)
    return [f"{each.kind} {each.name}" for each in found]


def test_a_fault_that_trips_expected_rules_is_no_finding() -> None:
    assert found_by(tripped("STOP-001", "STREAM-PLAIN-001")) == []


def test_a_fault_that_trips_nothing_is_unnoticed() -> None:
    assert found_by(tripped()) == ["unnoticed stop-left-in"]


def test_a_fault_that_was_not_tried_is_no_finding() -> None:
    assert found_by() == []


def test_an_unexpected_rule_is_unrelated() -> None:
    assert found_by(tripped("STOP-001", "IMAGES-001")) == ["unrelated stop-left-in"]


def test_a_rule_that_a_sound_emulator_trips_is_a_finding_and_does_not_count_for_faults() -> None:
    sound = (tripped("STOP-001", fault=None),)
    expected = ["blamed no fault, azure", "unnoticed stop-left-in"]
    assert found_by(tripped("STOP-001"), sound=sound) == expected


def test_a_rule_that_no_fault_trips_is_untripped_unless_it_is_unreachable() -> None:
    asked = ("STOP-001", "IMAGES-001", "HTTP-008")
    assert found_by(tripped("STOP-001"), rule_ids=asked) == ["untripped IMAGES-001"]


def test_an_unreachable_rule_that_is_tripped_makes_the_expectations_outdated() -> None:
    found = found_by(tripped("STOP-001", "HTTP-008"), rule_ids=("HTTP-008",))
    assert found == ["unrelated stop-left-in", "outdated HTTP-008"]


def test_the_matrix_adds_up_counts_and_can_be_inverted() -> None:
    found = matrix({"a": [tripped("STOP-001"), tripped("STOP-001", "JSON-001")], "b": [tripped("JSON-001")]})
    assert found == {"a": {"JSON-001": 2, "STOP-001": 4}, "b": {"JSON-001": 2}}
    assert tripping(found) == {"JSON-001": ["a", "b"], "STOP-001": ["a"]}


def test_the_packaged_expectations_name_faults_and_topics_that_exist() -> None:
    expectations = packaged_expectations()
    assert unknown_faults(expectations, [fault.id for fault in fault_catalogue()]) == []
    assert expectations.topics.keys() <= {fault.topic for fault in fault_catalogue()}


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ({"faults": {"a": ["NO-001"]}}, UnknownNameError),
        ({"topics": {"chat": ["nothing"]}}, UnknownNameError),
        ({"unreachable": {"HTTP-008": ""}}, ConformanceError),
    ],
)
def test_expectations_name_what_exists_with_a_reason(part: dict[str, object], error: type[Exception]) -> None:
    nothing: dict[str, object] = {"topics": {}, "faults": {}, "timed": {}, "unreachable": {}}
    with pytest.raises(error):
        read_expectations({**nothing, **part}, rules())
