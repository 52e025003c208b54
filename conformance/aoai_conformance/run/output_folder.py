"""The folder that a run leaves: made new, or found empty, before anything is sent."""

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
_ADVICE = "run it again with --out naming a folder that has room and stays."
#: What the system says where there is no room left.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def default_folder(target: str, now: datetime | None = None) -> Path:
    """`aoai-runs/<UTC time>-<target host>`, a folder that does not exist yet."""
    moment = (datetime.now(UTC) if now is None else now).strftime("%Y%m%dT%H%M%SZ")
    host = urlsplit(target).netloc or target
    name = f"{moment}-{re.sub(r'[^A-Za-z0-9.-]+', '-', host)}"
    folder = DEFAULT_PARENT / name
    number = 2
    while folder.exists():
        folder = DEFAULT_PARENT / f"{name}-{number}"
        number += 1
    return folder


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A context in which the folder exists, is empty and can be written to; left empty, it is removed again.

    Raises OutputError, with the sentence for the user, where that cannot be.
    """
    made = _make(folder)
    try:
        yield folder
    finally:
        for each in made:
            try:
                each.rmdir()
            except OSError:  # it holds something: it stays, and so do its parents
                break


def _make(folder: Path) -> list[Path]:
    """Make a folder and its missing parents; give those that were made, the innermost first."""
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
            f"{folder} cannot be written to: {error.strerror or error}; choose another folder with --out."
        ) from error
    return missing


@contextmanager
def output_needed(folder: Path) -> Iterator[None]:
    """A context in which output that can no longer be written or read back ends the run as inconclusive.

    The folder was usable when the run began, so that the choices were right; what failed is the harness.
    Raises LostOutputError (exit code 3) for it.
    """
    try:
        yield
    except LostOutputError:
        raise
    except (OutputError, RecordError) as error:
        raise LostOutputError(f"{error} The run is inconclusive; {_ADVICE}") from error
    except OSError as error:
        if error.errno not in _NO_ROOM and folder.exists():
            raise
        named = f" {error.filename}" if error.filename else " the run's output"
        raise LostOutputError(
            f"Cannot write{named}: {error.strerror}. The run is inconclusive; {_ADVICE}"
        ) from error
