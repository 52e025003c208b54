"""Keep generated examples in the user's cache folder: generating them takes most of the time of a plan.

What is read is what was written for the same key, or nothing: entries are checked, and the key names all that
determines the examples. Without a usable folder everything is generated again. The environment variable
AOAI_CONFORMANCE_CACHE names another folder; `off` switches the cache off.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "AOAI_CONFORMANCE_CACHE"
OFF: Final = "off"
#: The sizes that the files together, and one of them, may have; the oldest are removed first.
MOST_BYTES: Final = 64 * 1024 * 1024
LARGEST_ENTRY: Final = 8 * 1024 * 1024
_BYTES, _UNSET = "\0bytes", "\0unset"
#: A value that Schemathesis left out, such as the body of a request without one.
UNSET: Final = object()


class NotCacheableError(Exception):
    """A value that JSON cannot represent as it is."""


@dataclass(frozen=True, slots=True)
class ExampleCache:
    """Lists of values by key, one file for each; `folder` is None if the cache is switched off."""

    folder: Path | None
    most_bytes: int = MOST_BYTES

    def get(self, key: str) -> list[Any] | None:
        """Return the values that were stored under a key; None if there are none, or if they are damaged."""
        path = self._path(key)
        if path is None:
            return None
        try:
            if path.stat().st_size > LARGEST_ENTRY:
                return None
            digest, _, content = path.read_bytes().partition(b"\n")
            if digest != _digest(key, content):
                return None
            values = _decoded(json.loads(content))
        except (OSError, ValueError, RecursionError, LookupError, TypeError):
            return None
        return values if isinstance(values, list) else None

    def put(self, key: str, values: list[Any]) -> None:
        """Store values under a key, if they can be stored, and remove the oldest entries beyond the limit."""
        path = self._path(key)
        if path is None:
            return
        try:
            content = json.dumps(_encoded(values), separators=(",", ":")).encode("ascii")
        except (NotCacheableError, ValueError, RecursionError):
            return
        if len(content) > LARGEST_ENTRY - 100:
            return
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(path, _digest(key, content) + b"\n" + content)
            self._make_room(path)

    def _path(self, key: str) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def _make_room(self, newest: Path) -> None:
        found = [(each, each.stat()) for each in newest.parent.glob("*.json")]
        total = sum(status.st_size for _, status in found)
        for path, status in sorted(found, key=lambda each: each[1].st_mtime):
            if total <= self.most_bytes:
                return
            if path != newest:
                path.unlink(missing_ok=True)
                total -= status.st_size


def example_cache(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> ExampleCache:
    """Return the cache of the user, as the environment says."""
    chosen = environment.get(VARIABLE, "")
    if chosen == OFF:
        return ExampleCache(None)
    try:
        return ExampleCache((Path(chosen) if chosen else _user_folder(environment, platform)) / "examples")
    except RuntimeError:  # there is no home folder
        return ExampleCache(None)


def _user_folder(environment: Mapping[str, str], platform: str) -> Path:
    """`aoai-conformance` in the user's cache folder."""
    given = environment.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():
        folder = Path(given)
    elif platform == "win32":
        local = environment.get("LOCALAPPDATA")
        folder = Path(local) if local else Path.home() / "AppData" / "Local"
    elif platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        folder = Path.home() / ".cache"
    return folder / "aoai-conformance"


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + content).hexdigest().encode("ascii")


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once, so that no other process reads a part of it."""
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(beside).replace(path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _encoded(value: Any) -> Any:
    """Return a value as JSON from which `_decoded` restores it exactly. Raises NotCacheableError."""
    if value is UNSET:
        return {_UNSET: True}
    kind = type(value)
    if value is None or kind in (str, bool, int, float):
        return value
    if kind is bytes:
        return {_BYTES: base64.b64encode(value).decode("ascii")}
    if kind is list:
        return [_encoded(each) for each in value]
    if kind is dict and not any(type(name) is not str or name.startswith("\0") for name in value):
        return {name: _encoded(each) for name, each in value.items()}
    raise NotCacheableError


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    if isinstance(value, dict):
        if _UNSET in value:
            return UNSET
        if _BYTES in value:
            return base64.b64decode(value[_BYTES], validate=True)
        return {name: _decoded(each) for name, each in value.items()}
    return value
