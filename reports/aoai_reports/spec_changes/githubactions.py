"""A comparison of two API descriptions as annotations of GitHub Actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.machine.annotations import Annotation, Severity
from aoai_reports.formats.machine.log_commands import github_commands
from aoai_reports.spec_changes.places import shown_place
from aoai_reports.spec_changes.wording import SpecComparison, by_verdict, message, where
from aoai_specs.comparison.effects import Verdict

_SEVERITIES: Mapping[Verdict, Severity] = {"breaking": "error", "warning": "warning", "info": "notice"}


def render(comparison: SpecComparison) -> str:
    """A workflow command for each entry, the most severe first: `::error file=…,line=…,title=…::…`.

    GitHub shows ten of each severity for a step.
    """
    return github_commands(_annotations(comparison))


def _annotations(comparison: SpecComparison) -> Iterator[Annotation]:
    for note in comparison.changes.notes:
        yield Annotation("notice", "partial description", visible_line(note))
    for verdict, groups in by_verdict(comparison.changes).items():
        for group in groups:
            place = shown_place(comparison, group.first)
            affected = where(group)
            yield Annotation(
                _SEVERITIES[verdict],
                group.first.id,
                f"{message(group)}; affects {affected}" if affected else message(group),
                file=_path(place.file) if place.line is not None else "",
                line=place.line or 0,
            )


def _path(file: str) -> str:
    """The path of a file in the repository, also of one that was read as `git:REVISION:PATH`."""
    return file.split(":", 2)[2] if file.startswith("git:") and file.count(":") > 1 else file
