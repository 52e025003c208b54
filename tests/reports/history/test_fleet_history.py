"""The workers of a fleet add their runs to one history at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from aoai_reports.history.store import History

pytestmark = pytest.mark.whole_selftest

NAMES = ("a", "b", "c", "d")


def test_every_run_of_every_fleet_is_in_the_history_once(place: str, tmp_path: Path) -> None:
    defaults = '[defaults]\nprofile = "smoke"\noperation = "embeddings_create"\n'
    tables = [f'[targets.{name}]\nurl = "emulator"\n' for name in NAMES]
    (tmp_path / "fleet.toml").write_text(defaults + "".join(tables))
    command = [sys.executable, "-m", "aoai_conformance", "fleet", "run", "fleet.toml", "--history", place]
    for night in ("one", "two"):
        options = ["--workers", "2", "--out", night]
        ended = subprocess.run(
            [*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        assert "not added to the history" not in ended.stderr
    runs = History(place).runs()
    assert Counter(run.key for run in runs) == dict.fromkeys(NAMES, 2)
    records = {f"{night}/{name}" for night in ("one", "two") for name in NAMES}
    assert {Path(run.record).relative_to(tmp_path).parts[:2] for run in runs} == {
        tuple(each.split("/")) for each in records
    }
