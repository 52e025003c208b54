"""Reads and writes the history."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from aoai_reports.history.entry import CauseSeen, Cost, DefectSeen, RespondedPoints, RuleCount, RunEntry
from aoai_reports.history.location import (
    NAME,
    HistoryError,
    HistoryLocation,
    default_history,
    locate_history,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.engine import Connection, RowMapping

    from aoai_reports.history.database import Database

__all__ = ["NAME", "History", "HistoryError", "default_history"]

Part = TypeVar("Part", RuleCount, DefectSeen, CauseSeen, Cost)
T = TypeVar("T")
#: How many runs one query reads.
_TOGETHER = 200


class History:
    """The runs in a history: a SQLite file, or a PostgreSQL database given by its URL.

    Each method uses one transaction on its own connection, so that concurrent runs wait for each other and a
    killed one leaves the history consistent. Raises HistoryError if the history is unusable. SQLAlchemy is
    imported by the first method that needs the database.
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        self.location: HistoryLocation = locate_history(place)

    @property
    def exists(self) -> bool:
        """Whether there is something to read: the file exists, or the history is on a server."""
        return self.location.path is None or self.location.path.exists()

    def add(self, entry: RunEntry) -> None:
        """Add a run or replace the same one."""
        with self._database.transaction(write=True) as connection:
            _put(connection, entry)

    def rebuild(self, entries: Iterable[RunEntry], *, keep: bool = False) -> None:
        """Replace the runs, or with `keep` add to them, in one transaction."""
        from aoai_reports.history.tables import RUNS

        with self._database.transaction(write=True) as connection:
            if not keep:
                connection.execute(RUNS.delete())
            for entry in entries:
                _put(connection, entry)

    def runs(
        self, *, target: str | None = None, key: str | None = None, most: int | None = None
    ) -> tuple[RunEntry, ...]:
        """The runs, the oldest first: all, or those of one target; only the newest `most`.

        `target` is a label or a URL; a URL matches runs with any label. `key` matches runs with this
        `RunEntry.key`: what a run is compared with.
        """
        from sqlalchemy import and_, or_, select

        from aoai_reports.history.tables import RUNS

        query = select(RUNS).order_by(RUNS.c.started.desc(), RUNS.c.id.desc()).limit(most)
        if target is not None:
            query = query.where(or_(RUNS.c.label == target, RUNS.c.target == target))
        if key is not None:
            query = query.where(or_(RUNS.c.label == key, and_(RUNS.c.label == "", RUNS.c.target == key)))
        with self._existing.transaction() as connection:
            rows = connection.execute(query).mappings().all()
            return _whole(connection, rows[::-1])

    def run(self, id_: str) -> RunEntry:
        """The run whose id starts with `id_`. Raises HistoryError unless there is exactly one."""
        from sqlalchemy import func, select

        from aoai_reports.history.tables import RUNS

        query = select(RUNS).where(func.substr(RUNS.c.id, 1, len(id_)) == id_)
        with self._existing.transaction() as connection:
            rows = connection.execute(query).mappings().all()
            if len(rows) != 1:
                found = "No run" if not rows else f"{len(rows)} runs"
                raise HistoryError(
                    f"{found} in {self.location} with an id that starts with {id_!r}; see `history list`."
                )
            return _whole(connection, rows)[0]

    @property
    def _database(self) -> Database:
        from aoai_reports.history.database import Database

        return Database(self.location)

    @property
    def _existing(self) -> Database:
        if not self.exists:
            raise HistoryError(
                f"No history at {self.location}; `run` creates it, or `history rebuild` from records."
            )
        return self._database


def _put(connection: Connection, entry: RunEntry) -> None:
    from aoai_reports.history import tables

    runs = tables.RUNS
    connection.execute(runs.delete().where(runs.c.id == entry.id))
    facts = {
        column.name: getattr(entry, column.name) for column in runs.columns if column.name != "has_answers"
    }
    facts["documents"] = "\n".join(entry.documents)
    facts["has_answers"] = entry.responded_points is not None
    connection.execute(runs.insert(), facts)
    defects = {each.identity: each for each in entry.defects}
    _insert(connection, tables.RULES, entry.id, map(asdict, entry.rules))
    _insert(connection, tables.DEFECTS, entry.id, map(asdict, defects.values()))
    _insert(connection, tables.COSTS, entry.id, map(asdict, entry.costs))
    causes = ({**asdict(each), "place": place} for place, each in enumerate(entry.causes))
    _insert(connection, tables.CAUSES, entry.id, causes)
    answers = (
        {
            "document": each.document,
            "operation": each.operation,
            "points": zlib.compress(json.dumps(each.points).encode()),
        }
        for each in entry.responded_points or ()
    )
    _insert(connection, tables.ANSWERS, entry.id, answers)


def _insert(connection: Connection, table: Table, run: str, rows: Iterable[Mapping[str, Any]]) -> None:
    values = [{"run": run, **row} for row in rows]
    if values:
        connection.execute(table.insert(), values)


def _whole(connection: Connection, rows: Sequence[RowMapping]) -> tuple[RunEntry, ...]:
    """The runs of some rows with their rules, defects, causes, costs and points."""
    from aoai_reports.history import tables

    ids = [row["id"] for row in rows]
    rules = _parts(connection, tables.RULES, RuleCount, ids)
    defects = _parts(connection, tables.DEFECTS, DefectSeen, ids)
    costs = _parts(connection, tables.COSTS, Cost, ids)
    causes = _parts(connection, tables.CAUSES, CauseSeen, ids, tables.CAUSES.c.place)
    answers = _responded_points(connection, ids)
    return tuple(
        replace(
            _run(row),
            rules=_sorted(rules, row["id"]),
            defects=_sorted(defects, row["id"]),
            costs=_sorted(costs, row["id"]),
            causes=tuple(causes.get(row["id"], ())),
            responded_points=_sorted(answers, row["id"]) if row["has_answers"] else None,
        )
        for row in rows
    )


def _sorted(parts: Mapping[str, list[T]], run: str) -> tuple[T, ...]:
    """The parts of a run, ordered by where they are; databases order texts differently."""

    def place(part: T) -> list[str]:
        return [getattr(part, name, "") for name in ("document", "operation", "rule", "place", "reason")]

    return tuple(sorted(parts.get(run, ()), key=place))


def _run(row: RowMapping) -> RunEntry:
    facts = {name: value for name, value in row.items() if name != "has_answers"}
    return RunEntry(**{**facts, "documents": tuple(str(facts["documents"]).split("\n"))})


def _rows(
    connection: Connection, table: Table, ids: Sequence[str], *order: ColumnElement[Any]
) -> Iterator[RowMapping]:
    """The rows of some runs."""
    from sqlalchemy import select

    for start in range(0, len(ids), _TOGETHER):
        query = select(table).where(table.c.run.in_(ids[start : start + _TOGETHER])).order_by(*order)
        yield from connection.execute(query).mappings()


def _parts(
    connection: Connection, table: Table, kind: type[Part], ids: Sequence[str], *order: ColumnElement[Any]
) -> dict[str, list[Part]]:
    """The parts of some runs by the id of the run."""
    names = [each.name for each in fields(kind)]
    found: dict[str, list[Part]] = {}
    for row in _rows(connection, table, ids, *order):
        found.setdefault(row["run"], []).append(kind(**{name: row[name] for name in names}))
    return found


def _responded_points(connection: Connection, ids: Sequence[str]) -> dict[str, list[RespondedPoints]]:
    """The points that got a response, by the id of the run."""
    from aoai_reports.history.tables import ANSWERS

    found: dict[str, list[RespondedPoints]] = {}
    for row in _rows(connection, ANSWERS, ids):
        points = tuple(json.loads(zlib.decompress(row["points"])))
        found.setdefault(row["run"], []).append(RespondedPoints(row["document"], row["operation"], points))
    return found
