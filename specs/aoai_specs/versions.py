"""Names of api-versions and documents, and their order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import total_ordering
from importlib.resources.abc import Traversable

from aoai_specs.errors import ConformanceError

_API_VERSION = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(-preview)?")


@total_ordering
@dataclass(frozen=True, slots=True)
class ApiVersion:
    """An api-version such as `2024-10-21` or `2025-01-01-preview`.

    Versions are ordered by date; a preview comes before the stable version of the same date. Raises
    ConformanceError for any other text.
    """

    text: str
    _key: tuple[date, bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        match = _API_VERSION.fullmatch(self.text)
        day = _day(match[1]) if match else None
        if match is None or day is None:
            raise ConformanceError(
                f"{self.text!r} is not an api-version; write a date such as 2024-10-21 or 2025-01-01-preview."
            )
        object.__setattr__(self, "_key", (day, match[2] is None))

    @property
    def preview(self) -> bool:
        """Whether this is a preview version."""
        return self.text.endswith("-preview")

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, ApiVersion):
            return NotImplemented
        return self._key < other._key

    def __str__(self) -> str:
        return self.text


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
    """The newest of the names of a surface that is no preview; None if there is none."""
    return max((name for name in names if name.surface == surface and not name.version.preview), default=None)
