"""Where a history is: a SQLite file, or a database on a PostgreSQL server."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from aoai_specs.errors import ConformanceError, MissingExtraError

NAME = "history.sqlite3"
#: The form in which a history on a server is given.
SERVER_FORM = "postgresql+psycopg://USER@HOST/DATABASE"
_SERVERS = frozenset({"postgresql+psycopg", "postgresql", "postgres"})
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRETS = frozenset({"password", "sslpassword", "passfile"})


class HistoryError(ConformanceError):
    """A history that cannot be opened, read or written; the message names it."""


@dataclass(frozen=True, slots=True)
class HistoryLocation:
    """A file, or the URL of a database with `${VARIABLE}` where a value comes from the environment.

    Exactly one of `path` and `url` is set. A URL contains no password.
    """

    path: Path | None = None
    url: str = ""

    def __str__(self) -> str:
        """The location in messages: the path, or the URL without options."""
        if self.path is not None:
            return str(self.path)
        parts = urlsplit(self.url)
        user, at, host = parts.netloc.rpartition("@")
        return f"{parts.scheme}://{user.partition(':')[0]}{at}{host}{parts.path}"


def locate_history(given: str | os.PathLike[str]) -> HistoryLocation:
    """Return the location that a user gave as a path or a URL.

    Raises HistoryError for a URL of another kind or with a password in it, and MissingExtraError without the
    driver for PostgreSQL.
    """
    if not isinstance(given, str) or "://" not in given:
        return HistoryLocation(Path(given))
    try:
        parts = urlsplit(given)
        options = dict(parse_qsl(parts.query))
        _ = parts.port
    except ValueError as error:
        raise HistoryError(f"The URL of the history is invalid; use {SERVER_FORM}.") from error
    if parts.scheme not in _SERVERS:
        raise HistoryError(
            f"A history is a file or a PostgreSQL database, {SERVER_FORM}; {parts.scheme}:// is neither."
        )
    secrets = [parts.password, *(value for name, value in options.items() if name in _SECRETS)]
    if any(secret and not _VARIABLE.fullmatch(unquote(secret)) for secret in secrets):
        raise HistoryError(
            "The URL of the history contains a password; write ${VARIABLE} in its place and set that "
            "environment variable, or set PGPASSWORD."
        )
    if find_spec("psycopg") is None:
        raise MissingExtraError("postgresql", "A history in PostgreSQL")
    return HistoryLocation(url=given)


def resolve_variables(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Replace each `${VARIABLE}` with its value. Raises HistoryError if one is not set."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in environment:
            raise HistoryError(f"The URL of the history uses {name}, which is not set in the environment.")
        return environment[name]

    return _VARIABLE.sub(value, text)


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
