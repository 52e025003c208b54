"""Names of api-versions and documents, and their order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import total_ordering
from typing import TYPE_CHECKING

from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_API_VERSION = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(-preview)?")
#: The versions without a date, which come after all dated ones.
_UNDATED = {"v1": 2, "preview": 3}
#: What a description may state as its version.
_STATED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


@total_ordering
@dataclass(frozen=True, slots=True)
class ApiVersion:
    """An api-version: `2024-10-21`, `2025-01-01-preview`, `v1` or `preview`.

    Versions are ordered by date; a preview comes before the stable version of the same date. `v1` comes after
    all dates, `preview` after `v1`. Raises ConformanceError for any other text.
    """

    text: str
    _key: tuple[int, date, bool, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key = _key_of(self.text)
        if key is None:
            raise ConformanceError(
                f"{self.text!r} is not an api-version; write a date such as 2024-10-21 or "
                "2025-01-01-preview, v1 or preview."
            )
        object.__setattr__(self, "_key", key)

    @classmethod
    def stated(cls, text: str) -> ApiVersion:
        """Return the version that a description states, which may be any text, such as `2.3.0`.

        One that is no api-version comes before all others. Raises ConformanceError for a text that cannot be
        part of a name.
        """
        if _key_of(text) is not None:
            return cls(text)
        if not _STATED.fullmatch(text):
            raise ConformanceError(f"{text[:80]!r} cannot be the version of a description.")
        version = object.__new__(cls)
        object.__setattr__(version, "text", text)
        object.__setattr__(version, "_key", (0, date.min, True, text))
        return version

    @property
    def is_api_version(self) -> bool:
        """Whether the service could have a version of this form."""
        return self._key[0] > 0

    @property
    def dated(self) -> bool:
        """Whether the version is a date."""
        return self._key[0] == 1

    @property
    def stable(self) -> bool:
        """Whether the version is a date and no preview."""
        return self.dated and not self.preview

    @property
    def preview(self) -> bool:
        """Whether this is a preview version."""
        return self.text == "preview" or self.text.endswith("-preview")

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, ApiVersion):
            return NotImplemented
        return self._key < other._key

    def __str__(self) -> str:
        return self.text


def _key_of(text: str) -> tuple[int, date, bool, str] | None:
    if text in _UNDATED:
        return _UNDATED[text], date.max, True, ""
    match = _API_VERSION.fullmatch(text)
    day = _day(match[1]) if match else None
    return None if match is None or day is None else (1, day, match[2] is None, "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, order=True)
class DocumentName:
    """The name of a document: a surface at an api-version, such as `azure-openai@2024-10-21`.

    Names are ordered by surface, then by version.
    """

    surface: str
    version: ApiVersion

    @classmethod
    def parse(cls, text: str) -> DocumentName:
        """Parse `surface@version`. Raises ConformanceError for any other text."""
        surface, at, version = text.partition("@")
        if not at or not surface:
            raise ConformanceError(
                f"{text!r} is not a document name; expected a name such as azure-openai@2024-10-21."
            )
        return cls(surface, ApiVersion(version))

    def __str__(self) -> str:
        return f"{self.surface}@{self.version}"


def names_in(folder: Traversable) -> tuple[DocumentName, ...]:
    """The names of the documents `<surface>/<api-version>.yaml` in a folder, sorted; reads no file."""
    return tuple(
        sorted(
            DocumentName(surface.name, ApiVersion(file.name.removesuffix(".yaml")))
            for surface in folder.iterdir()
            if surface.is_dir()
            for file in surface.iterdir()
            if file.name.endswith(".yaml")
        )
    )


def newest_stable(names: Iterable[DocumentName], surface: str) -> DocumentName | None:
    """The newest dated name of a surface that is no preview; None if there is none."""
    return max((name for name in names if name.surface == surface and name.version.stable), default=None)


def dated_first(names: Iterable[DocumentName]) -> list[DocumentName]:
    """Return names from the newest to the oldest, with those without a date at the end."""
    return sorted(names, key=lambda name: (name.version.dated, name), reverse=True)
