"""The history file: adds runs, each in one transaction, and reads them back."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from aoai_reports.history.entry import Answers, Cost, DefectSeen, RuleCount, RunEntry
from aoai_reports.history.schema import NewerHistoryError, migrate
from aoai_specs.errors import ConformanceError

#: Seconds to wait for another process that writes.
PATIENCE = 30.0

_RUN_COLUMNS = (
    "id", "started", "ended", "seconds", "target", "documents", "profile", "seed", "tool", "verdict",
    "interrupted", "requests", "prompt", "completion", "record",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_RUN_COLUMNS)} FROM runs"  # noqa: S608 - our own names


class HistoryError(ConformanceError):
    """A history that cannot be opened, read or written; the message names the file."""


class History:
    """The runs that a file holds.

    Every method opens the file for itself: concurrent runs wait for each other, and a killed one leaves
    nothing half done. Raises HistoryError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entry: RunEntry) -> None:
        """Add a run, or put it in the place of the same one."""
        with self._transaction() as connection:
            _put(connection, entry)

    def rebuild(self, entries: Iterable[RunEntry], *, keep: bool = False) -> None:
        """Hold these runs, and with `keep` those that were there; all at once or not at all."""
        with self._transaction() as connection:
            if not keep:
                connection.execute("DELETE FROM runs")
            for entry in entries:
                _put(connection, entry)

    def runs(self, *, target: str | None = None, most: int | None = None) -> tuple[RunEntry, ...]:
        """The runs from the oldest to the newest, with their parts; of one target, the newest `most`."""
        where, values = ("", ()) if target is None else (" WHERE target = ?", (target,))
        limit = "" if most is None else f" LIMIT {int(most)}"
        query = f"{_SELECT}{where} ORDER BY started DESC, id DESC{limit}"
        with self._reading() as connection:
            rows = connection.execute(query, values).fetchall()
            return tuple(_whole(connection, _run(row)) for row in reversed(rows))

    def run(self, id_: str) -> RunEntry:
        """The run whose id begins so. Raises HistoryError where there is none, or several."""
        with self._reading() as connection:
            query = f"{_SELECT} WHERE substr(id, 1, ?) = ?"
            rows = connection.execute(query, (len(id_), id_)).fetchall()
            if len(rows) != 1:
                many = "no run" if not rows else f"{len(rows)} runs"
                raise HistoryError(
                    f"The history {self.path} has {many} whose id begins with {id_!r}: see `history list`."
                )
            return _whole(connection, _run(rows[0]))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            raise HistoryError(
                f"There is no history at {self.path} yet: `run` begins it, or `history rebuild` from records."
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
                f"The history {self.path} was written by a later version of this tool (schema {error}): "
                "update it, or choose another file with --history."
            ) from error
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(f"The history {self.path} cannot be used: {error}.") from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; two processes that do so at once make SQLite refuse one at once."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
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
    if entry.answers is not None:
        connection.execute("UPDATE runs SET has_answers = 1 WHERE id = ?", (entry.id,))
        connection.executemany(
            "INSERT INTO answers VALUES (?, ?, ?, ?)",
            [
                (entry.id, each.document, each.operation, zlib.compress(json.dumps(each.points).encode()))
                for each in entry.answers
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
    """A run with its parts."""
    rules = connection.execute(
        "SELECT document, operation, rule, passed, violation, inconclusive FROM rules WHERE run = ?",
        (run.id,),
    )
    defects = connection.execute(
        "SELECT document, operation, rule, place, reason, level, message, count, known FROM defects "
        "WHERE run = ?",
        (run.id,),
    )
    costs = connection.execute(
        "SELECT document, operation, requests, prompt, completion FROM costs WHERE run = ?", (run.id,)
    )
    return replace(
        run,
        rules=tuple(RuleCount(*each) for each in rules),
        defects=tuple(replace(DefectSeen(*each[:8]), known=bool(each[8])) for each in defects),
        costs=tuple(Cost(*each) for each in costs),
        answers=_answers(connection, run.id),
    )


def _answers(connection: sqlite3.Connection, run: str) -> tuple[Answers, ...] | None:
    """The answered points of a run; None where it was kept before they were."""
    (is_kept,) = connection.execute("SELECT has_answers FROM runs WHERE id = ?", (run,)).fetchone()
    if not is_kept:
        return None
    rows = connection.execute("SELECT document, operation, points FROM answers WHERE run = ?", (run,))
    return tuple(
        Answers(document, operation, tuple(json.loads(zlib.decompress(points))))
        for document, operation, points in rows
    )
