"""The place of a history that a user gives: a file, or the URL of a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_reports.history import location
from aoai_reports.history.location import HistoryError, locate_history, resolve_variables
from aoai_reports.history.store import History
from aoai_specs.errors import MissingExtraError

#: Nothing listens here.
NOWHERE = "postgresql+psycopg://ada:${PASSWORD}@127.0.0.1:1/nights"


def test_everything_that_is_no_url_is_a_file() -> None:
    assert locate_history("runs/history.sqlite3").path == Path("runs/history.sqlite3")
    assert locate_history(Path("history")).path == Path("history")


def test_a_url_is_named_without_password_and_options() -> None:
    place = locate_history("postgresql://ada:${PASSWORD}@db:5432/nights?sslmode=require")
    assert place.path is None
    assert str(place) == "postgresql://ada@db:5432/nights"


@pytest.mark.parametrize("url", [
    "postgresql+psycopg://ada:hunter2@db/nights",
    "postgresql+psycopg://ada:${A}x@db/nights",
    "postgresql+psycopg://ada@db/nights?password=hunter2",
])  # fmt: skip
def test_a_password_in_a_url_is_rejected_and_not_repeated(url: str) -> None:
    with pytest.raises(HistoryError, match="contains a password") as raised:
        locate_history(url)
    assert "hunter2" not in str(raised.value)


def test_a_database_of_another_kind_is_rejected() -> None:
    with pytest.raises(HistoryError, match="mysql:// is neither"):
        locate_history("mysql://db/nights")
    with pytest.raises(HistoryError, match="is invalid"):
        locate_history("postgresql://db:port/nights")


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"aoai-conformance\[postgresql\]"):
        locate_history("postgresql+psycopg://db/nights")


def test_a_variable_that_is_not_set_is_named() -> None:
    assert resolve_variables("${A}-b", {"A": "a"}) == "a-b"
    with pytest.raises(HistoryError, match="uses NAME, which is not set"):
        resolve_variables("${NAME}", {})


def test_a_server_that_does_not_respond_is_reported_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2")
    with pytest.raises(HistoryError, match=r"Cannot use the history postgresql\+psycopg://ada@127") as raised:
        History(NOWHERE).runs()
    assert "hunter2" not in str(raised.value)


def test_a_url_that_cannot_be_used_stops_a_run_before_it_sends_anything(tmp_path: Path) -> None:
    arguments = ["run", "--history", "mysql://db/nights", "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "is neither" in result.output
    assert not (tmp_path / "run").exists()
