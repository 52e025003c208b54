"""`aoai-conformance diff specs`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.options import SURFACES
from aoai_conformance.cli.output.terminal import echo

if TYPE_CHECKING:
    from aoai_specs.comparison import Change, Changes, Description

FAILED = 1
FORMATS = ("text", "markdown", "html", "json", "junit", "sarif", "changelog")


@click.command("specs")
@click.argument("base", metavar="A")
@click.argument("revision", metavar="B")
@click.option("--surface", type=click.Choice(SURFACES), help="For bare api-versions. Default: azure-openai.")
@click.option(
    "--as-published", is_flag=True, help="Leave out the overlays that correct known mistakes, on both sides."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(["breaking", "warning"]), help="Exit with 1 for a change as grave as this."
)
@click.option(
    "--accept", "accepted", multiple=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Changes that someone accepted: YAML with id or pointer, reason and date. Repeatable.",
)  # fmt: skip
@click.option(
    "--descriptions", is_flag=True, help="Tell titles and descriptions that are worded otherwise too."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Default: standard output."
)
def command(
    *,
    base: str,
    revision: str,
    surface: str | None,
    as_published: bool,
    form: str,
    fail_on: str | None,
    accepted: tuple[Path, ...],
    descriptions: bool,
    out: Path | None,
) -> None:
    """Compare two API descriptions as clients see them.

    A and B are names of the catalogue (2024-06-01, azure-openai@2024-10-21), files or URLs: OpenAPI 3.0, 3.1,
    3.2 or Swagger 2.0. Exit codes: 0, 1 where --fail-on is met, 2 wrong usage.
    """
    from aoai_reports.formats.output import write_text
    from aoai_specs.catalogue import DEFAULT_SURFACE
    from aoai_specs.comparison import compare, described
    from aoai_specs.comparison.acceptance import accept, read_acceptances

    entries = [entry for file in accepted for entry in read_acceptances(file)]
    old, new = (
        described(name, surface or DEFAULT_SURFACE, as_published=as_published) for name in (base, revision)
    )
    changes, stale = accept(compare(old, new, words=descriptions), entries)
    text = _written(form, changes, old, new, fail_on or "breaking")
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
    for entry in stale:
        echo(f"The entry that accepts {entry.words} accepts nothing any more.", err=True)
    if fail_on is not None and changes.reaches(fail_on):
        click.get_current_context().exit(FAILED)


def _written(form: str, changes: Changes, old: Description, new: Description, fail_on: str) -> str:
    if form == "json":
        return json.dumps(changes.to_json(), indent=2, ensure_ascii=False, default=str) + "\n"
    if form == "markdown":
        from aoai_reports.spec_changes.markdown import changes_markdown

        return changes_markdown(changes)
    if form == "html":
        from aoai_reports.spec_changes.html import changes_html

        return changes_html(changes)
    if form == "junit":
        from aoai_reports.spec_changes.junit import changes_junit

        return changes_junit(changes, fail_on)
    if form == "sarif":
        from aoai_reports.spec_changes.sarif import changes_sarif

        return changes_sarif(changes, _line(old, new))
    if form == "changelog":
        from aoai_reports.spec_changes.changelog import changelog_text

        return changelog_text(old, new, changes)
    from aoai_reports.spec_changes.text import changes_text

    return changes_text(changes)


def _line(old: Description, new: Description) -> Callable[[Change], int | None]:
    def line(change: Change) -> int | None:
        return (old if change.gone else new).line(change.pointer)

    return line
