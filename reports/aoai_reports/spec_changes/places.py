"""Where a change is: file and line in the base and in the revision."""

from __future__ import annotations

from dataclasses import dataclass

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes.wording import SpecComparison
from aoai_specs.comparison import Change, Description


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A place in a description; `line` is None if the description was not read from a file."""

    file: str
    pointer: str
    line: int | None

    def to_json(self) -> dict[str, str | int | None]:
        """Return the place in the published format."""
        return {"file": self.file, "line": self.line, "pointer": self.pointer}

    @property
    def words(self) -> str:
        """`openapi.yaml:120`, or the name of a description without lines."""
        name = visible_line(self.file)
        return name if self.line is None else f"{name}:{self.line}"


def base_place(comparison: SpecComparison, change: Change) -> FilePlace:
    """The place of a change in the base, or the place around it."""
    return _place(comparison.base, change.base_pointer or change.pointer)


def revision_place(comparison: SpecComparison, change: Change) -> FilePlace:
    """The place of a change in the revision, or the place around it."""
    return _place(comparison.revision, change.revision_pointer or change.pointer)


def shown_place(comparison: SpecComparison, change: Change) -> FilePlace:
    """The place to show: in the revision, or in the base if the revision no longer has it."""
    return (base_place if change.gone else revision_place)(comparison, change)


def _place(description: Description, pointer: str) -> FilePlace:
    return FilePlace(description.name, pointer, description.line(pointer))
