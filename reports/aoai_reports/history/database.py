"""Connections to a history: transactions, migration to the current schema, and errors in one sentence."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import NullPool

from aoai_reports.history.location import HistoryError, HistoryLocation, resolve_variables

#: Seconds to wait while another process writes.
PATIENCE = 30.0
#: Seconds to wait for a connection to a server.
CONNECTING = 10
#: The number of the newest revision in `migrations`. SQLite files also store it as their user_version, by
#: which they were versioned before Alembic, so that older versions of this tool reject newer files.
CURRENT = 6
#: The schema of a PostgreSQL database that contains our tables.
SCHEMA = "aoai_conformance"
#: Identifies our lock among the advisory locks of a database.
_LOCK = 0x0A0A1
_VERSION_TABLE = "alembic_version"


class NewerHistoryError(Exception):
    """A history written by a later version of this tool; the message is the version of its schema."""


class Database:
    """The database of a history. Each transaction opens and closes a connection.

    Raises HistoryError, which names the location, if the database cannot be used.
    """

    def __init__(self, location: HistoryLocation) -> None:
        self.location = location

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Connection]:
        """A transaction on the current schema; writers wait for each other."""
        password = ""
        try:
            engine, password = _engine(self.location)
            with engine.connect() as connection:
                _migrate(connection)
                with _begin(connection, write=write):
                    yield connection
        except NewerHistoryError as error:
            raise HistoryError(
                f"{self.location} was written by a later version of this tool (schema {error}); "
                "update the tool or choose another history with --history."
            ) from error
        except (sa.exc.SQLAlchemyError, OSError, OverflowError) as error:
            reason = _reason(error)
            if password:
                reason = reason.replace(password, "***")
            raise HistoryError(f"Cannot use the history {self.location}: {reason}.") from error


def _engine(location: HistoryLocation) -> tuple[Engine, str]:
    """An engine without a pool, and the password that its URL contains."""
    if location.path is not None:
        return _file_engine(location.path), ""
    given = sa.make_url(location.url).set(drivername="postgresql+psycopg")
    url = given.set(
        username=_resolved(given.username),
        password=_resolved(given.password),
        host=_resolved(given.host),
        database=_resolved(given.database),
        query={
            name: tuple(map(resolve_variables, value))
            if isinstance(value, tuple)
            else resolve_variables(value)
            for name, value in given.query.items()
        },
    )
    # without prepared statements, which poolers such as PgBouncer cannot keep
    arguments = {"connect_timeout": CONNECTING, "prepare_threshold": None}
    engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    return engine, url.password or ""


def _resolved(text: str | None) -> str | None:
    return None if text is None else resolve_variables(text)


def _file_engine(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    url = URL.create("sqlite", database=str(path))
    engine = sa.create_engine(
        url, poolclass=NullPool, connect_args={"timeout": PATIENCE}, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _prepare_file)
    return engine


def _prepare_file(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    """Leave transactions to us, since the driver would commit before each change of the schema.

    Enables the write-ahead log; retries, since SQLite fails at once if two processes do so together.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            break
    cursor.close()


@contextmanager
def _begin(connection: Connection, *, write: bool) -> Iterator[None]:
    """A transaction; one that writes excludes all others that write."""
    with connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
        else:
            connection.exec_driver_sql(f"SET LOCAL search_path = {SCHEMA}")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE:.0f}s'")
            if write:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        yield


def _migrate(connection: Connection) -> None:
    """Migrate to the current schema in one transaction. Raises NewerHistoryError if it is newer."""
    with _begin(connection, write=False):
        if _version(connection) == CURRENT:
            return
    with _begin(connection, write=True):
        version = _version(connection)  # another process may have come first
        if version < CURRENT:
            _upgrade(connection, version)


def _version(connection: Connection) -> int:
    """The number of the revision of a database, 0 if it is empty. Raises NewerHistoryError if it is newer."""
    if connection.dialect.name == "sqlite":
        version = str(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    elif sa.inspect(connection).has_table(_VERSION_TABLE, schema=SCHEMA):
        version = str(connection.exec_driver_sql(f"SELECT version_num FROM {_VERSION_TABLE}").scalar() or 0)  # noqa: S608 - our own name
    else:
        return 0
    if not version.isdecimal() or int(version) > CURRENT:
        raise NewerHistoryError(version)
    return int(version)


def _upgrade(connection: Connection, version: int) -> None:
    """Run the migrations after `version`. Raises HistoryError if they are not installed completely."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    folder = str(Path(__file__).with_name("migrations")).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    is_file = connection.dialect.name == "sqlite"
    if not is_file:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    try:
        if is_file and version and not sa.inspect(connection).has_table(_VERSION_TABLE):
            command.stamp(config, f"{version:04}")  # a file from before Alembic
        command.upgrade(config, f"{CURRENT:04}")
    except CommandError as error:
        raise HistoryError(f"Cannot migrate the history: {error}; reinstall the tool.") from error
    if is_file:
        connection.exec_driver_sql(f"PRAGMA user_version = {CURRENT}")


def _reason(error: Exception) -> str:
    """The first line of an error, in the words of the database."""
    original = getattr(error, "orig", None) or error
    return (str(original).strip().partition("\n")[0] or type(original).__name__).rstrip(".")
