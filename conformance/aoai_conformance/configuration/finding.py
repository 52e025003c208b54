"""Finds the configuration file: in the current folder or above it, or where the user says."""

from __future__ import annotations

import os
from pathlib import Path

from aoai_conformance.configuration.mistakes import ConfigurationError

FILE_NAME = "aoai-conformance.toml"
PYPROJECT = "pyproject.toml"
TABLE = "aoai-conformance"
#: What marks the root of a repository, above which no file is looked for.
_REPOSITORY = (".git", ".hg", ".jj")
_LARGEST = 1024 * 1024


def find_file(start: Path | None = None) -> Path | None:
    """The nearest configuration file in `start` (default: the current folder) or above it, or None.

    In one folder, aoai-conformance.toml comes before a pyproject.toml with the table
    `[tool.aoai-conformance]`. The search ends at the root of a repository.
    """
    folder = Path.cwd() if start is None else start.resolve()
    for each in (folder, *folder.parents):
        own, project = each / FILE_NAME, each / PYPROJECT
        try:
            if own.is_file():
                return _relative(own)
            if project.is_file() and _may_have_table(project):
                return _relative(project)
            if any((each / name).exists() for name in _REPOSITORY):
                return None
        except OSError:  # a folder above that the user may not search
            return None
    return None


def read_text(file: Path) -> str:
    """The text of a configuration file. Raises ConfigurationError if it cannot be read."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"Cannot read {file}: {error.strerror or error}.") from error
    if len(data) > _LARGEST:
        raise ConfigurationError(f"{file} is larger than {_LARGEST:,} bytes.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}:{line}: the file is not UTF-8.") from error


def _may_have_table(project: Path) -> bool:
    """Whether a pyproject.toml has the table; one that cannot be read is that of another tool."""
    import tomllib

    try:
        text = read_text(project)
    except ConfigurationError:
        return False
    if TABLE not in text:
        return False
    try:
        tool = tomllib.loads(text).get("tool")
    except (ValueError, RecursionError):
        return f"tool.{TABLE}" in text
    return isinstance(tool, dict) and TABLE in tool


def _relative(file: Path) -> Path:
    """The file as seen from the current folder, as users would write it."""
    try:
        return Path(os.path.relpath(file))
    except ValueError:  # another drive
        return file
