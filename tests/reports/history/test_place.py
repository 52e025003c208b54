"""The location of the history."""

from __future__ import annotations

from pathlib import Path

import pytest

from aoai_reports.history.store import default_history


def test_is_in_xdg_data_home() -> None:
    path = default_history({"XDG_DATA_HOME": "/data"}, "linux")
    assert path == Path("/data/aoai-conformance/history.sqlite3")


def test_a_relative_xdg_data_home_is_ignored() -> None:
    assert default_history({"XDG_DATA_HOME": "data"}, "linux").is_relative_to(Path.home())


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, Path.home() / ".local/share"),
        ("darwin", {}, Path.home() / "Library/Application Support"),
        ("win32", {"LOCALAPPDATA": "/c/local"}, Path("/c/local")),
    ],
)
def test_is_in_the_data_folder_of_the_platform(
    platform: str, environment: dict[str, str], folder: Path
) -> None:
    assert default_history(environment, platform) == folder / "aoai-conformance" / "history.sqlite3"
