"""The suite against the emulator: every fault is noticed, and nothing else is blamed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_conformance.emulator_process import EmulatorProcess, EmulatorWish
from aoai_conformance.selftest import FLAVOURS, FaultToTry, run_trials, trials
from aoai_emulator import FaultDescription, fault_catalogue

TOGETHER = 4
FAULTS = fault_catalogue()
GROUPS = [FAULTS[start : start + TOGETHER] for start in range(0, len(FAULTS), TOGETHER)]
#: Every profile at a seed and more; the cheap one at all ten.
SEEDS = [
    *(("smoke", seed) for seed in range(10)),
    *(("standard", seed) for seed in (3, 7)),
    ("deep", 5),
]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0].id}..{group[-1].id}")
def test_every_fault_trips_a_rule(group: list[FaultDescription]) -> None:
    wanted = trials([FaultToTry(fault.id, fault.kinds, fault.stage) for fault in group])
    results = list(run_trials([trial for trial in wanted if trial.wish.faults], workers=1))
    assert len(results) == len(group)
    assert [tripped.name for tripped in results if not tripped.rules] == []


@pytest.fixture(scope="session")
def sound() -> Iterator[dict[str, str]]:
    """The URLs of an emulator without a fault in each flavour."""
    with EmulatorProcess([EmulatorWish(flavour) for flavour in FLAVOURS]) as process:
        yield dict(zip(FLAVOURS, process.urls, strict=True))


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(("profile", "seed"), SEEDS)
def test_nothing_is_blamed_on_a_sound_emulator(
    sound: dict[str, str], flavour: str, profile: str, seed: int, tmp_path: Path
) -> None:
    arguments = ["run", "--target", sound[flavour], "--profile", profile, "--seed", str(seed)]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "run")])
    summary: dict[str, Any] = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["violations"] == []
    assert summary["verdict"] == "conformant"
    assert result.exit_code == 0
