"""The folder of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aoai_conformance.run.output_folder import default_folder, new_folder
from aoai_specs.errors import OutputError


def test_makes_the_folder_and_its_parents(tmp_path: Path) -> None:
    with new_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("x")
    assert (tmp_path / "a" / "b" / "x").exists()


def test_leaves_nothing_behind_if_nothing_was_written(tmp_path: Path) -> None:
    with new_folder(tmp_path / "a" / "b"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_uses_an_empty_folder_and_keeps_it(tmp_path: Path) -> None:
    with new_folder(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_rejects_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(OutputError, match="is not empty"), new_folder(tmp_path):
        pass


def test_rejects_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(OutputError, match="is not a folder"), new_folder(tmp_path / "x"):
        pass


def test_rejects_a_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(OutputError, match="choose another folder"), new_folder(tmp_path / "x" / "y"):
        pass


def test_the_default_names_time_and_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    now = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
    first = default_folder("http://127.0.0.1:8000/x", now)
    assert first == Path("aoai-runs/20260301T123005Z-127.0.0.1-8000")
    first.mkdir(parents=True)
    assert default_folder("http://127.0.0.1:8000/x", now).name.endswith("8000-2")
    assert default_folder("emulator", now).name.endswith("Z-emulator")
