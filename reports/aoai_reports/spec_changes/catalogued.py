"""The change logs of the packaged documents: one for each pair of consecutive api-versions, and an index."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from aoai_reports.formats.output import write_text
from aoai_reports.spec_changes import changelog
from aoai_reports.spec_changes.wording import SpecComparison
from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison import Changes, aligned, compare, of_document
from aoai_specs.comparison.effects import VERDICTS
from aoai_specs.errors import OutputError
from aoai_specs.versions import DocumentName

INDEX = "README.md"
_INTRODUCTION = """\
# What changes from one api-version to the next

One change log for each pair of consecutive api-versions of a surface, with the overlays applied.
`aoai-conformance diff changelogs --into reports/changes` writes them; a test fails when one is stale.

A document that is `x-described: partial` leaves out parts of its version. What only the neighbouring document
describes is unknown there, and is not listed as new or removed.
"""


def catalogue_changelogs(catalogue: Catalogue) -> Mapping[str, str]:
    """The texts of all change logs and of their index, by path below the folder."""
    files: dict[str, str] = {}
    lines = [_INTRODUCTION]
    surfaces = dict.fromkeys(name.surface for name in catalogue.names())
    for surface in surfaces:
        names = [name for name in catalogue.names() if name.surface == surface]
        lines += [f"## {surface}", ""]
        if len(names) < 2:
            lines += [f"`{names[0]}` is the only document; there is nothing to compare.", ""]
            continue
        lines += [f"| from | to | {' | '.join(VERDICTS)} |", f"|---|---|{'---:|' * len(VERDICTS)}"]
        for before, after in pairwise(names):
            path, text, changes = _pair(catalogue, before, after)
            files[path] = text
            counts = " | ".join(str(count) for count in changes.counts().values())
            lines.append(f"| {before.version} | [{after.version}]({path}) | {counts} |")
        lines.append("")
    files[INDEX] = "\n".join(lines)
    return files


def stale_changelogs(catalogue: Catalogue, folder: Path) -> list[str]:
    """The files of a folder that are missing, out of date, or belong to no pair of documents."""
    wanted = catalogue_changelogs(catalogue)
    stale = [path for path, text in wanted.items() if _read(folder / path) != text]
    return sorted([*stale, *_obsolete(folder, wanted)])


def write_changelogs(catalogue: Catalogue, folder: Path) -> int:
    """Write all change logs and the index, delete obsolete ones, and return the number of files written.

    Raises OutputError if a file cannot be written.
    """
    wanted = catalogue_changelogs(catalogue)
    try:
        for path in wanted:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        for path in _obsolete(folder, wanted):
            (folder / path).unlink()
    except OSError as error:
        raise OutputError(f"Cannot write {folder}: {error.strerror or error}.") from None
    for path, text in wanted.items():
        write_text(folder / path, text)
    return len(wanted)


def _pair(catalogue: Catalogue, before: DocumentName, after: DocumentName) -> tuple[str, str, Changes]:
    base, revision = aligned(*(of_document(catalogue.load(str(name))) for name in (before, after)))
    changes = compare(base, revision)
    path = f"{after.surface}/{before.version}--{after.version}.md"
    return path, changelog.render(SpecComparison(changes, base, revision)), changes


def _obsolete(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.glob("*/*--*.md"))
    return [path for path in found if path not in wanted]


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
