"""Files of earlier and later versions of this tool."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from tests.reports.history.files_before_alembic import VERSIONS, write_file

from aoai_reports.history import database
from aoai_reports.history.migrations.versions import r0006_flaky
from aoai_reports.history.store import History, HistoryError


def user_version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def schema_of(file: Path) -> set[tuple[str, ...]]:
    """The name, type, nullability and place in the key of each column."""
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {
            (table, *map(str, column[1:4]), str(column[5]))
            for (table,) in tables
            for column in connection.execute(f"PRAGMA table_info({table})")
        }


@pytest.mark.parametrize("version", range(1, len(VERSIONS) + 1))
def test_a_file_from_before_alembic_is_migrated_with_its_content(version: int, file: Path, make: Any) -> None:
    write_file(file, version)
    before = make(1, broken=True, responded_points=None)
    assert History(file).runs() == (before,)
    History(file).add(make(2, label="gateway"))
    assert History(file).runs() == (before, make(2, label="gateway"))


def test_a_migrated_file_has_the_same_columns_as_a_new_one(file: Path, tmp_path: Path, make: Any) -> None:
    write_file(file, 1)
    assert len(History(file).runs()) == 1
    History(tmp_path / "new").add(make(1))
    assert schema_of(file) == schema_of(tmp_path / "new")


def test_a_migration_that_fails_leaves_the_older_file(
    file: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file(file, 3)
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(database, "CURRENT", 7)
        with pytest.raises(HistoryError, match="0007"):
            History(file).runs()
    assert user_version(file) == 3
    assert file.read_bytes() == before
    assert History(file).runs() == (make(1, broken=True, responded_points=None),)


def test_a_file_of_a_later_version_is_rejected_and_unchanged(file: Path, make: Any) -> None:
    History(file).add(make(1))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    with pytest.raises(HistoryError, match=r"later version of this tool \(schema 99\)"):
        History(file).add(make(2))
    assert file.read_bytes() == before


def test_earlier_versions_of_this_tool_reject_a_migrated_file(file: Path, make: Any) -> None:
    History(file).add(make(1))
    assert user_version(file) == database.CURRENT > len(VERSIONS)


def test_the_newest_revision_is_the_current_one() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head == f"{database.CURRENT:04}" == r0006_flaky.revision


def test_sqlalchemy_is_not_imported_before_a_history_is_used(tmp_path: Path) -> None:
    code = (
        "import sys; from aoai_reports.history.store import History; "
        f"History({str(tmp_path / 'none')!r}).exists; "
        "print([name for name in ('sqlalchemy', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
