"""Load recordings of other tools, within limits, as the log of a HAR file.

The entries of a large file in JSON stay in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aoai_conformance.recording.traffic.cassette_yaml import load_yaml
from aoai_conformance.recording.traffic.cassettes import log_of_cassette
from aoai_conformance.recording.traffic.proxy_sessions import log_of_session
from aoai_conformance.recording.traffic.stored_entries import StoredEntries, parse_integer, scan_object
from aoai_specs.errors import ConformanceError

#: Limits of the size of a file and its number of values; parsing needs a multiple of both in memory.
LARGEST = 1024 * 1024 * 1024
MOST_VALUES = 50_000_000
#: The entries of larger files are not held in memory, where they need a multiple of the size of the file.
MOST_HELD = 16 * 1024 * 1024
#: The names of the entries in each of the formats.
_ENTRIES = frozenset({"entries", "interactions", "http_interactions", "Entries"})


class RecordingFormat(NamedTuple):
    """A format of recordings: its name, and what converts a file of it, None for any other file."""

    name: str
    log_of: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


def log_of_har(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the log of a HAR file; None for anything else."""
    log = content.get("log")
    return log if isinstance(log, dict) and isinstance(log.get("entries"), list | StoredEntries) else None


#: What `judge` reads besides records. A further format is a further row.
FORMATS = (
    RecordingFormat("a HAR file", log_of_har),
    RecordingFormat("a VCR cassette", log_of_cassette),
    RecordingFormat("a recording of the Azure SDK test proxy", log_of_session),
)


def load_log(path: str | Path, *, most_held: int = MOST_HELD) -> Mapping[str, Any]:
    """Return a recording as the `log` of a HAR file, whose `entries` is a list, or `StoredEntries`.

    The entries of a JSON file of more than `most_held` bytes are read again when they are used. Raises
    ConformanceError if the file cannot be read, exceeds a limit or is not a recording.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ConformanceError(f"{path} is larger than {LARGEST:,} bytes; cut it into several files.")
        content = _scanned(path) if size > most_held else None
        if content is None:
            content = _parse(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), path)
    except OSError as error:
        raise ConformanceError(f"{path} cannot be read: {error.strerror or error}.") from error
    for each in FORMATS if isinstance(content, dict) else ():
        log = each.log_of(content)
        if log is not None:
            return log
    raise ConformanceError(f"{_neither(path)}: it has no log.entries, no interactions and no Entries.")


def _neither(path: Path) -> str:
    *others, last = (each.name for each in FORMATS)
    return f"{path} is neither a record nor {', '.join(others)} or {last}"


def _scanned(path: Path) -> dict[str, Any] | None:
    """Return the content of a JSON file whose entries stay in it; None for any other file."""
    try:
        return scan_object(path, _ENTRIES, "log")
    except RecursionError:
        raise ConformanceError(f"{_neither(path)}: it is nested too deeply.") from None
    except ValueError as error:
        raise ConformanceError(f"{_neither(path)}: {str(error).rstrip('.')}.") from error


def _parse(raw: bytes, path: Path) -> Any:
    if sum(map(raw.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ConformanceError(f"{path} has more than {MOST_VALUES:,} values; cut it into several files.")
    try:
        if raw.lstrip()[:1] in (b"{", b"["):
            return json.loads(raw, parse_int=parse_integer)
        return load_yaml(raw)
    except RecursionError:
        raise ConformanceError(f"{_neither(path)}: it is nested too deeply.") from None
    except ValueError as error:
        raise ConformanceError(f"{_neither(path)}: {str(error).rstrip('.')}.") from error
