"""Reads and writes the history file."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from aoai_reports.history.entry import CauseSeen, Cost, DefectSeen, RespondedPoints, RuleCount, RunEntry
from aoai_reports.history.schema import NewerHistoryError, migrate
from aoai_specs.errors import ConformanceError

NAME = "history.sqlite3"
#: Seconds to wait while another process writes.
PATIENCE = 30.0

_RUN_COLUMNS = (
    "id", "started", "ended", "seconds", "target", "documents", "profile", "seed", "tool", "verdict",
    "interrupted", "requests", "prompt", "completion", "record",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_RUN_COLUMNS)} FROM runs"  # noqa: S608 - our own names


class HistoryError(ConformanceError):
    """The history file cannot be opened, read or written; the message names it."""


class History:
    """The runs in a history file.

    Each method opens the file and uses one transaction, so that concurrent runs wait for each other and a
    killed one leaves the file consistent. Raises HistoryError if the file is unusable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entry: RunEntry) -> None:
        """Add a run or replace the same one."""
        with self._transaction() as connection:
            _put(connection, entry)

    def rebuild(self, entries: Iterable[RunEntry], *, keep: bool = False) -> None:
        """Replace the runs, or with `keep` add to them, in one transaction."""
        with self._transaction() as connection:
            if not keep:
                connection.execute("DELETE FROM runs")
            for entry in entries:
                _put(connection, entry)

    def runs(self, *, target: str | None = None, most: int | None = None) -> tuple[RunEntry, ...]:
        """The runs, the oldest first; only those of a target, only the newest `most`."""
        where, values = ("", ()) if target is None else (" WHERE target = ?", (target,))
        limit = "" if most is None else f" LIMIT {int(most)}"
        query = f"{_SELECT}{where} ORDER BY started DESC, id DESC{limit}"
        with self._reading() as connection:
            rows = connection.execute(query, values).fetchall()
            return tuple(_whole(connection, _run(row)) for row in reversed(rows))

    def run(self, id_: str) -> RunEntry:
        """The run whose id starts with `id_`. Raises HistoryError unless there is exactly one."""
        with self._reading() as connection:
            query = f"{_SELECT} WHERE substr(id, 1, ?) = ?"
            rows = connection.execute(query, (len(id_), id_)).fetchall()
            if len(rows) != 1:
                found = "No run" if not rows else f"{len(rows)} runs"
                raise HistoryError(
                    f"{found} in {self.path} with an id that starts with {id_!r}; see `history list`."
                )
            return _whole(connection, _run(rows[0]))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            raise HistoryError(
                f"No history at {self.path}; `run` creates it, or `history rebuild` from records."
            )
        with self._open() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                _write_ahead(connection)
                migrate(connection)
                yield connection
        except NewerHistoryError as error:
            raise HistoryError(
                f"{self.path} was written by a later version of this tool (schema {error}); "
                "update the tool or choose another file with --history."
            ) from error
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(f"Cannot use the history {self.path}: {error}.") from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Enable the write-ahead log; retry, since SQLite fails at once if two processes do so together."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _put(connection: sqlite3.Connection, entry: RunEntry) -> None:
    connection.execute("DELETE FROM runs WHERE id = ?", (entry.id,))
    values = [getattr(entry, name) for name in _RUN_COLUMNS]
    values[_RUN_COLUMNS.index("documents")] = "\n".join(entry.documents)
    values[_RUN_COLUMNS.index("interrupted")] = int(entry.interrupted)
    connection.execute(
        f"INSERT INTO runs ({', '.join(_RUN_COLUMNS)}) VALUES ({', '.join('?' * len(_RUN_COLUMNS))})",  # noqa: S608
        values,
    )
    connection.executemany(
        "INSERT INTO rules VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                entry.id,
                each.document,
                each.operation,
                each.rule,
                each.passed,
                each.violation,
                each.inconclusive,
            )
            for each in entry.rules
        ],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO defects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                entry.id,
                each.document,
                each.operation,
                each.rule,
                each.place,
                each.reason,
                each.level,
                each.message,
                each.count,
                int(each.known),
            )
            for each in entry.defects
        ],
    )
    connection.executemany(
        "INSERT INTO causes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (entry.id, each.id, place, each.title, each.effect, each.level, each.violations, each.known)
            for place, each in enumerate(entry.causes)
        ],
    )
    if entry.responded_points is not None:
        connection.execute("UPDATE runs SET has_answers = 1 WHERE id = ?", (entry.id,))
        connection.executemany(
            "INSERT INTO answers VALUES (?, ?, ?, ?)",
            [
                (entry.id, each.document, each.operation, zlib.compress(json.dumps(each.points).encode()))
                for each in entry.responded_points
            ],
        )
    connection.executemany(
        "INSERT INTO costs VALUES (?, ?, ?, ?, ?, ?)",
        [
            (entry.id, each.document, each.operation, each.requests, each.prompt, each.completion)
            for each in entry.costs
        ],
    )


def _run(row: tuple[object, ...]) -> RunEntry:
    facts = dict(zip(_RUN_COLUMNS, row, strict=True))
    facts["documents"] = tuple(str(facts["documents"]).split("\n"))
    facts["interrupted"] = bool(facts["interrupted"])
    return RunEntry(**facts)  # type: ignore[arg-type]


def _whole(connection: sqlite3.Connection, run: RunEntry) -> RunEntry:
    """A run with its rules, defects, causes, costs and points."""
    rules = connection.execute(
        "SELECT document, operation, rule, passed, violation, inconclusive FROM rules WHERE run = ?",
        (run.id,),
    )
    defects = connection.execute(
        "SELECT document, operation, rule, place, reason, level, message, count, known FROM defects "
        "WHERE run = ?",
        (run.id,),
    )
    causes = connection.execute(
        "SELECT id, title, effect, level, violations, known FROM causes WHERE run = ? ORDER BY place",
        (run.id,),
    )
    costs = connection.execute(
        "SELECT document, operation, requests, prompt, completion FROM costs WHERE run = ?", (run.id,)
    )
    return replace(
        run,
        rules=tuple(RuleCount(*each) for each in rules),
        defects=tuple(replace(DefectSeen(*each[:8]), known=bool(each[8])) for each in defects),
        causes=tuple(CauseSeen(*each) for each in causes),
        costs=tuple(Cost(*each) for each in costs),
        responded_points=_responded_points(connection, run.id),
    )


def _responded_points(connection: sqlite3.Connection, run: str) -> tuple[RespondedPoints, ...] | None:
    """The points of a run that got a response; None if it was stored before points were."""
    (has_answers,) = connection.execute("SELECT has_answers FROM runs WHERE id = ?", (run,)).fetchone()
    if not has_answers:
        return None
    rows = connection.execute("SELECT document, operation, points FROM answers WHERE run = ?", (run,))
    return tuple(
        RespondedPoints(document, operation, tuple(json.loads(zlib.decompress(points))))
        for document, operation, points in rows
    )


def default_history(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """`aoai-conformance/history.sqlite3` in the user's data folder: XDG_DATA_HOME where that is set.

    Otherwise %LOCALAPPDATA% on Windows, ~/Library/Application Support on macOS, else ~/.local/share.
    """
    chosen = environment.get("XDG_DATA_HOME", "")
    if Path(chosen).is_absolute():
        folder = Path(chosen)
    elif platform == "win32":
        local = environment.get("LOCALAPPDATA")
        folder = Path(local) if local else Path.home() / "AppData" / "Local"
    elif platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path.home() / ".local" / "share"
    return folder / "aoai-conformance" / NAME
