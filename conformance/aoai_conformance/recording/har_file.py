"""Load the log of a HAR file within limits of size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aoai_specs.errors import ConformanceError

#: Limits of the size of a file and its number of values; parsing needs a multiple of both in memory.
LARGEST = 1024 * 1024 * 1024
MOST_VALUES = 50_000_000
_LONGEST_INTEGER = 300


def load_log(path: str | Path) -> Mapping[str, Any]:
    """Return the `log` of a HAR file, whose `entries` is a list.

    Raises ConformanceError if the file cannot be read, exceeds a limit or is not a HAR file.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise ConformanceError(f"{path} is larger than {LARGEST:,} bytes; cut it into several files.")
        raw = path.read_bytes()
    except OSError as error:
        raise ConformanceError(f"{path} cannot be read: {error.strerror or error}.") from error
    if sum(map(raw.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ConformanceError(f"{path} has more than {MOST_VALUES:,} values; cut it into several files.")
    try:
        data = json.loads(raw.removeprefix(b"\xef\xbb\xbf"), parse_int=_integer)
    except RecursionError:
        raise ConformanceError(
            f"{path} is neither a record nor a HAR file: it is nested too deeply."
        ) from None
    except ValueError as error:
        raise ConformanceError(f"{path} is neither a record nor a HAR file: {error}.") from error
    log = data.get("log") if isinstance(data, dict) else None
    if not isinstance(log, dict) or not isinstance(log.get("entries"), list):
        raise ConformanceError(f"{path} is neither a record nor a HAR file: it has no log.entries.")
    return log


def _integer(digits: str) -> int | float:
    """Parse an integer; an absurdly long one becomes infinity."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float("inf")
