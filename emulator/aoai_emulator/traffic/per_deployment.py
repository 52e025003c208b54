"""Values for each deployment, with `*` for every deployment that has no value of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from aoai_specs.errors import ConformanceError
from aoai_specs.json_values import quote

EVERY_DEPLOYMENT = "*"
_MOST_ROWS = 200
_LONGEST_NAME = 200


class TrafficError(ConformanceError):
    """A delay or a limit that cannot be read; the message is one sentence."""


class Row(Protocol):
    """The values of one deployment."""

    @property
    def deployment(self) -> str:
        """Its name, or `*`."""


AnyRow = TypeVar("AnyRow", bound=Row)


def value_of(rows: Sequence[AnyRow], deployment: str, read: Callable[[AnyRow], Any]) -> Any:
    """Return a value of a deployment, else that of `*`, else None."""
    for name in (deployment, EVERY_DEPLOYMENT):
        for row in rows:
            if row.deployment == name and (value := read(row)) is not None:
                return value
    return None


def by_deployment(texts: Iterable[str], what: str) -> Iterator[tuple[str, str]]:
    """Split `VALUE` and `DEPLOYMENT=VALUE`. Raises TrafficError."""
    for text in texts:
        deployment, separator, value = text.rpartition("=")
        if separator and not deployment:
            raise TrafficError(f"A {what} must be VALUE or DEPLOYMENT=VALUE, not {quote(text)}.")
        yield deployment or EVERY_DEPLOYMENT, value


def read_rows(
    value: Any, names: Sequence[str], read: Callable[[str, Mapping[str, Any]], AnyRow]
) -> tuple[AnyRow, ...]:
    """Read a JSON list of rows that have `deployment` and some of these names. Raises TrafficError."""
    if not isinstance(value, list) or len(value) > _MOST_ROWS:
        raise TrafficError(f"Expected a list of at most {_MOST_ROWS} objects, received {quote(value)}.")
    rows: dict[str, AnyRow] = {}
    for row in value:
        known = ("deployment", *names)
        if not isinstance(row, Mapping) or not set(row) <= set(known):
            raise TrafficError(f"Expected an object with {', '.join(known)}, received {quote(row)}.")
        deployment = row.get("deployment", EVERY_DEPLOYMENT)
        if not isinstance(deployment, str) or not 0 < len(deployment) <= _LONGEST_NAME:
            raise TrafficError(f"deployment must be a name or *, not {quote(deployment)}.")
        if deployment in rows:
            raise TrafficError(f"The deployment {deployment} is given twice.")
        rows[deployment] = read(deployment, row)
    return tuple(rows.values())
