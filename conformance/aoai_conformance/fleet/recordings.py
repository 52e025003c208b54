"""The files of a fleet that judges: found by patterns, and opened as files of this machine."""

from __future__ import annotations

import glob
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from threading import Lock
from typing import Any

from aoai_conformance.fleet.storage import file_system, is_url, require_no_credentials
from aoai_reports.run_folder import RECORD_NAME, record_file
from aoai_specs.errors import ConformanceError

#: How many downloaded files a worker keeps, for further parts of them.
_MOST_COPIES = 4
_MAGIC = frozenset("*?[")
_copies: OrderedDict[str, tempfile.TemporaryDirectory[str]] = OrderedDict()
_lock = Lock()


def find_recordings(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the files that patterns match, sorted: absolute paths and URLs. A folder of a run is its record.

    Raises ConformanceError for a pattern that matches nothing.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        matches = _in_store(pattern) if is_url(pattern) else _on_this_machine(pattern)
        if not matches:
            raise ConformanceError(f"No file matches {pattern}.")
        found.update(dict.fromkeys(matches))
    return tuple(sorted(found))


def _on_this_machine(pattern: str) -> list[str]:
    if not _MAGIC & set(pattern):
        return [str(record_file(Path(pattern)).absolute())] if Path(pattern).exists() else []
    # Path.glob knows no absolute patterns
    paths = (record_file(Path(each)) for each in glob.glob(pattern, recursive=True))  # noqa: PTH207
    return [str(each.absolute()) for each in paths if each.is_file()]


def _in_store(pattern: str) -> list[str]:
    require_no_credentials(pattern)
    files, path = file_system(pattern)
    try:
        found = [*_matches(files, path)]
    except Exception as error:  # each file system has its own
        raise ConformanceError(f"Cannot list {pattern}: {error}") from error
    return [files.unstrip_protocol(each) for each in found]


def _matches(files: Any, path: str) -> Iterator[str]:
    """Yield the files of a pattern, or all files of a folder; the folder of a run is its record."""
    if not _MAGIC & set(path):
        record = f"{path.rstrip('/')}/{RECORD_NAME}"
        yield from [record] if files.exists(record) else files.find(path)
        return
    for each, about in files.glob(path, detail=True).items():
        record = f"{each}/{RECORD_NAME}"
        if about["type"] != "directory":
            yield each
        elif files.exists(record):
            yield record


def short_names(files: Sequence[str]) -> dict[str, str]:
    """Return the names of files below the folder that they have in common."""
    folders = [each.split("/")[:-1] for each in files]
    levels = takewhile(lambda level: len(set(level)) == 1, zip(*folders, strict=False))
    common = sum(1 for _ in levels)
    return {each: "/".join(each.split("/")[common:]) for each in files}


def local_copy(file: str) -> Path:
    """Return a path at which this worker can open a file; one of an object store is downloaded once.

    Raises ConformanceError if that fails.
    """
    if not is_url(file):
        return Path(file)
    with _lock:
        if file not in _copies:
            files, path = file_system(file)
            folder = tempfile.TemporaryDirectory(prefix="aoai-fleet-")
            try:
                files.get_file(path, str(Path(folder.name) / _name(file)))
            except Exception as error:  # each file system has its own
                folder.cleanup()
                raise ConformanceError(f"Cannot read {file}: {error}") from error
            _copies[file] = folder
        _copies.move_to_end(file)
        for _, unused in _surplus():
            unused.cleanup()
        return Path(_copies[file].name) / _name(file)


def _surplus() -> Iterator[tuple[str, tempfile.TemporaryDirectory[str]]]:
    while len(_copies) > _MOST_COPIES:
        yield _copies.popitem(last=False)


def _name(file: str) -> str:
    return file.rpartition("/")[2] or "recording"
