"""The output folder of a run: created, or checked to be empty, before anything is sent."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aoai_reports.record.evidence import RecordError
from aoai_specs.errors import LostOutputError, OutputError

DEFAULT_PARENT = Path("aoai-runs")
_RUN_NAME = re.compile(r"\d{8}T\d{6}Z-")
_ADVICE = "run again with --out naming a folder with enough space."
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def default_folder(target: str, now: datetime | None = None) -> Path:
    """A new folder `aoai-runs/<UTC time>-<target host>`."""
    moment = (datetime.now(UTC) if now is None else now).strftime("%Y%m%dT%H%M%SZ")
    host = urlsplit(target).netloc or target
    name = f"{moment}-{re.sub(r'[^A-Za-z0-9.-]+', '-', host)}"
    folder = DEFAULT_PARENT / name
    number = 2
    while folder.exists():
        folder = DEFAULT_PARENT / f"{name}-{number}"
        number += 1
    return folder


def default_runs(parent: Path = DEFAULT_PARENT) -> list[Path]:
    """The folders of runs in the default place, newest first by the time in their names."""
    if not parent.is_dir():
        return []
    folders = (each for each in parent.iterdir() if _RUN_NAME.match(each.name) and each.is_dir())
    return sorted(folders, key=lambda folder: folder.name, reverse=True)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A context in which the folder exists, is empty and is writable; if it stays empty, it is removed.

    Raises OutputError if that is not possible.
    """
    made = _make(folder)
    try:
        yield folder
    finally:
        for each in made:
            try:
                each.rmdir()
            except OSError:  # it is not empty
                break


def _make(folder: Path) -> list[Path]:
    """Create a folder and its missing parents; return the created ones, the innermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError(f"{folder} is not empty; choose a new or empty folder with --out.")
        probe = folder / ".aoai-conformance"
        probe.write_bytes(b"")
        probe.unlink()
    except FileExistsError as error:
        raise OutputError(f"{folder} is not a folder; choose a new or empty folder with --out.") from error
    except OSError as error:
        raise OutputError(
            f"Cannot write to {folder}: {error.strerror or error}; choose another folder with --out."
        ) from error
    return missing


@contextmanager
def output_needed(folder: Path) -> Iterator[None]:
    """A context in which failing to write or read the output makes the run inconclusive.

    The folder was usable when the run began, so this is not wrong usage. Raises LostOutputError (exit code
    3).
    """
    try:
        yield
    except LostOutputError:
        raise
    except (OutputError, RecordError) as error:
        raise LostOutputError(f"{error} The run is inconclusive; {_ADVICE}") from error
    except OSError as error:
        if error.errno not in _NO_SPACE and folder.exists():
            raise
        file = error.filename or "the output of the run"
        raise LostOutputError(
            f"Cannot write {file}: {error.strerror}. The run is inconclusive; {_ADVICE}"
        ) from error
