"""`aoai-conformance specs lint`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.arguments.own_descriptions import (
    hold_until_exit,
    pause_garbage_collection,
    reading_options,
)
from aoai_conformance.cli.completion.names import complete_documents
from aoai_conformance.cli.options import format_option, out_file_option
from aoai_conformance.cli.output.printing import echo, echo_json, print_table, write_document
from aoai_conformance.options import SURFACES
from aoai_reports.report_formats import LINT_REPORTS

if TYPE_CHECKING:
    from aoai_specs.lint import PublishedExample, Subject
    from aoai_specs.reading import ReadingOptions

FOUND = 1


@click.command("lint")
@click.argument(
    "names",
    metavar="[NAME|API-VERSION|FILE|URL|-|git:REV:PATH]...",
    nargs=-1,
    shell_complete=complete_documents,
)
@click.option(
    "--surface",
    type=click.Choice(SURFACES),
    help="The surface of an api-version without one; alone: lint all documents of this surface.",
)
@click.option(
    "--as-published",
    is_flag=True,
    help="Lint packaged documents without overlays and explanations, as files always are.",
)
@click.option(
    "--examples",
    "folder",
    metavar="DIR",
    help="Also check the example files in this folder (in the format of x-ms-examples).",
)
@reading_options
@click.option("--check", "only", multiple=True, metavar="ID", help="Run only this check. Repeatable.")
@click.option("--explained", "which", flag_value="explained", help="Show explained findings instead.")
@click.option("--all", "which", flag_value="all", help="Show explained findings too, and every place.")
@click.option("--all-places", is_flag=True, help="List every place of a check instead of the first five.")
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "info"]), default="info", show_default=True,
    help="Exit with 1 if there is an unexplained finding of at least this severity.",
)  # fmt: skip
@click.option("--checks", "list_checks", is_flag=True, help="List the checks and exit.")
@format_option(*LINT_REPORTS)
@out_file_option
@pause_garbage_collection()
def lint_documents(
    *,
    names: tuple[str, ...],
    surface: str | None,
    as_published: bool,
    folder: str | None,
    overlays: tuple[str, ...],
    allow_remote_refs: bool,
    only: tuple[str, ...],
    which: str | None,
    all_places: bool,
    fail_on: str,
    list_checks: bool,
    form: str,
    out: Path | None,
) -> None:
    """Find mistakes in API descriptions: OpenAPI 3.0, 3.1, 3.2 or Swagger 2.0.

    Without an argument, all packaged documents are linted, with their overlays applied. Exit codes: 0 no
    unexplained findings of the severity of --fail-on, 1 findings, 2 an unreadable description.
    """
    from aoai_reports.lint_findings.report import LintReport
    from aoai_specs.lint import SEVERITIES, checks, lint, read_examples
    from aoai_specs.reading import ReadingOptions

    if list_checks:
        _print_checks(form)
        return
    if folder is not None and len(names) != 1:
        raise click.UsageError("--examples needs exactly one API description.")
    examples = read_examples(folder) if folder is not None else ()
    options = ReadingOptions(overlays=overlays, remote_references=allow_remote_refs)
    subjects = _subjects(names, surface, examples, options, as_published=as_published)
    hold_until_exit(subjects)
    for note in (note for subject in subjects for note in subject.notes):
        echo(note, err=True)
    found = [finding for subject in subjects for finding in lint(subject, only=only)]
    selected = [
        finding for finding in found if which == "all" or bool(finding.explained) == (which == "explained")
    ]
    unexplained = [finding for finding in found if not finding.explained]
    report = LintReport(
        documents=tuple(subject.name for subject in subjects),
        findings=tuple(selected),
        checks=checks(),
        unexplained=len(unexplained),
        explained=len(found) - len(unexplained),
        all_places=all_places or which == "all",
    )
    write_document(LINT_REPORTS[form].render(report), out)
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    if any(finding.severity in failing for finding in unexplained):
        click.get_current_context().exit(FOUND)


def _subjects(
    names: Sequence[str],
    surface: str | None,
    examples: tuple[PublishedExample, ...],
    options: ReadingOptions,
    *,
    as_published: bool,
) -> list[Subject]:
    """What to lint: files, packaged documents, or all packaged documents."""
    from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
    from aoai_specs.lint import Subject
    from aoai_specs.loading.sources import is_source

    if options.overlays and not any(map(is_source, names)):
        raise click.UsageError("--overlay changes a file; name one.")
    if not names:
        return [
            Subject.of_catalogue(each, as_published=as_published)
            for each in Catalogue.packaged().names()
            if surface in (None, each.surface)
        ]
    catalogue = Catalogue.packaged()
    return [
        Subject.of_file(name, options, examples=examples)
        if is_source(name)
        else Subject.of_catalogue(
            catalogue.load(name, surface or DEFAULT_SURFACE, as_published=as_published).name,
            as_published=as_published,
            examples=examples,
        )
        for name in dict.fromkeys(names)
    ]


def _print_checks(form: str) -> None:
    from aoai_specs.lint import checks

    if form == "json":
        echo_json(
            [
                {"id": each.id, "severity": each.severity, "summary": each.summary}
                for each in checks().values()
            ]
        )
        return
    rows = [(each.id, each.severity, each.summary) for each in checks().values()]
    print_table(("check", "severity", "finds"), rows)
