"""The suite against the emulator: every fault trips an expected rule, and no fault means no violation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_conformance.rule import rules
from aoai_conformance.selftest.documents import served_documents
from aoai_conformance.selftest.expectations import packaged_expectations
from aoai_conformance.selftest.findings import findings, unknown_faults
from aoai_conformance.selftest.trials import FLAVOURS, FaultToTry, try_all
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_emulator import fault_catalogue

pytestmark = pytest.mark.usefixtures("plan_once")


def _run_of(profile: str, seed: int, flavour: str, *, whole: bool = False) -> object:
    """A run against the sound emulator; with `whole`, only `tox -e selftest` runs it."""
    marks = [pytest.mark.whole_selftest] if whole else []
    return pytest.param(profile, seed, flavour, marks=marks, id=f"{profile}-{seed}-{flavour}")


#: Every profile in both flavours. The gate tries smoke, each flavour with a seed of its own: a standard run
#: is in `tests/conformance/cli/test_run.py`, and what deep generates is judged in
#: `tests/conformance/engine`. The whole selftest tries all.
RUNS = [
    *(
        _run_of("smoke", seed, flavour, whole=FLAVOURS.index(flavour) != seed)
        for seed in range(10)
        for flavour in FLAVOURS
    ),
    *(_run_of("standard", seed, flavour, whole=True) for seed in (3, 7) for flavour in FLAVOURS),
    *(_run_of("deep", 5, flavour, whole=True) for flavour in FLAVOURS),
]


@pytest.mark.whole_selftest
def test_every_fault_trips_expected_rules_only_and_every_rule_is_tripped() -> None:
    """Run the whole self-test, including the emulators without a fault on every document.

    It takes about an hour on two cores, so `tox -e selftest` runs it, and the gate does not.
    """
    catalogue = fault_catalogue()
    faults = [FaultToTry(each.id, each.kinds, each.stages, each.document, each.topic) for each in catalogue]
    expectations = packaged_expectations()
    workers = min(4, os.cpu_count() or 2)
    sound, tripped = try_all(faults, served_documents(), workers=workers)
    wrong = findings(sound, tripped, faults, expectations, rule_ids=[rule.id for rule in rules()])
    wrong += unknown_faults(expectations, [fault.id for fault in faults])
    assert [each.sentence for each in wrong] == []


@pytest.fixture(scope="session")
def sound() -> Iterator[dict[str, str]]:
    """The URL of an emulator without a fault, by flavour."""
    with EmulatorProcess([EmulatorSettings(flavour) for flavour in FLAVOURS]) as process:
        yield dict(zip(FLAVOURS, process.urls, strict=True))


@pytest.mark.parametrize(("profile", "seed", "flavour"), RUNS)
def test_a_sound_emulator_has_no_violations(
    sound: dict[str, str], profile: str, seed: int, flavour: str, tmp_path: Path
) -> None:
    arguments = ["run", "--target", sound[flavour], "--profile", profile, "--seed", str(seed)]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "run")])
    summary: dict[str, Any] = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["violations"] == []
    assert summary["verdict"] == "conformant"
    assert result.exit_code == 0
