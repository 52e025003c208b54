"""The folder of a fleet: on this machine or a shared file system, or in an object store through fsspec."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from aoai_specs.errors import ConformanceError, MissingExtraError, OutputError

_FILE = "file://"
#: What installs the file system of a protocol.
_PACKAGES = {"abfs": "adlfs", "abfss": "adlfs", "az": "adlfs", "s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}


class Storage(Protocol):
    """Files by their names below one folder, with `/` between the parts of a name."""

    @property
    def local(self) -> Path | None:
        """The folder if programs can open its files, None for an object store."""

    def place(self, name: str) -> str:
        """Return the path or the URL of a file."""

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is none. Raises OutputError if it cannot be read."""

    def write(self, name: str, content: bytes) -> None:
        """Replace a file in one step. Raises OutputError if it cannot be written."""

    def names(self, below: str) -> list[str]:
        """Return the sorted names of all files below a folder; none if there is no such folder."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files, those that do not exist excepted. Raises OutputError if one cannot be deleted."""


def open_storage(place: str) -> Storage:
    """Return the folder at a path or URL, such as `abfs://container@account.dfs.core.windows.net/night`.

    Raises ConformanceError for a URL that contains credentials or whose file system is not installed.
    """
    if place.startswith(_FILE):
        return LocalStorage(Path(urlsplit(place).path))
    if not is_url(place):
        return LocalStorage(Path(place).absolute())
    require_no_credentials(place)
    files, path = file_system(place)
    return ObjectStorage(place.rstrip("/"), files, path.rstrip("/"))


def is_url(place: str) -> bool:
    """Whether a place is the URL of an object store rather than a path."""
    return "://" in place


def require_no_credentials(url: str) -> None:
    """Raise ConformanceError for a URL with a password, a key or a signature."""
    parts = urlsplit(url)
    if parts.password is not None or parts.query or parts.fragment:
        shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
        raise ConformanceError(
            f"{shown} must not have a password or a query; the workers' environment has the credentials."
        )


def file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it. Raises ConformanceError if it is not available."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError("fleet", "Reading and writing an object store") from error
    protocol = urlsplit(url).scheme
    try:
        files, path = url_to_fs(url)
    except ImportError as error:
        package = _PACKAGES.get(protocol, "its file system for fsspec")
        raise ConformanceError(f"{protocol}:// needs {package}; run `pip install {package}`.") from error
    except (ValueError, OSError) as error:
        raise ConformanceError(f"Cannot use {url}: {error}") from error
    return files, str(path)


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """A folder of this machine, or of a file system that all workers share."""

    folder: Path

    @property
    def local(self) -> Path:
        """The folder."""
        return self.folder

    def place(self, name: str) -> str:
        """Return the path of a file."""
        return str(self.folder / name)

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is none. Raises OutputError if it cannot be read."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(f"Cannot read {self.place(name)}: {error.strerror or error}.") from error

    def write(self, name: str, content: bytes) -> None:
        """Replace a file in one step. Raises OutputError if it cannot be written."""
        path = self.folder / name
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)
            beside.replace(path)
        except OSError as error:
            raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error

    def names(self, below: str) -> list[str]:
        """Return the sorted names of all files below a folder; none if there is no such folder."""
        files = (path for path in (self.folder / below).rglob("*") if path.is_file())
        return sorted(path.relative_to(self.folder).as_posix() for path in files)

    def delete(self, names: Iterable[str]) -> None:
        """Delete files, those that do not exist excepted. Raises OutputError if one cannot be deleted."""
        for name in names:
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"Cannot delete {self.place(name)}: {error.strerror or error}.") from error


@dataclass(frozen=True, slots=True)
class ObjectStorage:
    """A folder in an object store; `files` is the file system of fsspec and `root` the path in it."""

    url: str
    files: Any
    root: str

    @property
    def local(self) -> None:
        """Programs cannot open its files."""
        return

    def place(self, name: str) -> str:
        """Return the URL of a file."""
        return f"{self.url}/{name}"

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is none. Raises OutputError if it cannot be read."""
        try:
            content: bytes = self.files.cat_file(f"{self.root}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:  # each file system has its own
            raise OutputError(f"Cannot read {self.place(name)}: {error}") from error
        return content

    def write(self, name: str, content: bytes) -> None:
        """Replace a file in one step. Raises OutputError if it cannot be written."""
        try:
            self.files.pipe_file(f"{self.root}/{name}", content)
        except Exception as error:  # each file system has its own
            raise OutputError(f"Cannot write {self.place(name)}: {error}") from error

    def names(self, below: str) -> list[str]:
        """Return the sorted names of all files below a folder; none if there is no such folder."""
        self.files.invalidate_cache()  # another worker may have written
        try:
            return sorted(self._names(self.files.find(f"{self.root}/{below}")))
        except FileNotFoundError:
            return []
        except Exception as error:  # each file system has its own
            raise OutputError(f"Cannot list {self.place(below)}: {error}") from error

    def delete(self, names: Iterable[str]) -> None:
        """Delete files, those that do not exist excepted. Raises OutputError if one cannot be deleted."""
        paths = [f"{self.root}/{name}" for name in names]
        if not paths:
            return
        try:
            self.files.rm(paths)
        except FileNotFoundError:
            return
        except Exception as error:  # each file system has its own
            raise OutputError(f"Cannot delete files below {self.url}: {error}") from error

    def _names(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            yield str(path)[len(self.root) + 1 :]
