"""`aoai-conformance specs lint`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.arguments.own_descriptions import reading_options
from aoai_conformance.cli.completion.names import complete_documents
from aoai_conformance.cli.options import format_option
from aoai_conformance.cli.output.printing import echo, echo_json, print_table
from aoai_conformance.options import SURFACES

if TYPE_CHECKING:
    from aoai_specs.lint import Finding, PublishedExample, Subject
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
@click.option("--all", "which", flag_value="all", help="Show explained findings too.")
@click.option("--checks", "list_checks", is_flag=True, help="List the checks and exit.")
@format_option("table", "json")
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
    list_checks: bool,
    form: str,
) -> None:
    """Find mistakes in API descriptions: OpenAPI 3.0, 3.1, 3.2 or Swagger 2.0.

    Without an argument, all packaged documents are linted, with their overlays applied. Exit codes: 0 no
    unexplained findings, 1 findings, 2 an unreadable description.
    """
    from aoai_specs.lint import lint, read_examples
    from aoai_specs.reading import ReadingOptions

    if list_checks:
        _print_checks(form)
        return
    if folder is not None and len(names) != 1:
        raise click.UsageError("--examples needs exactly one API description.")
    examples = read_examples(folder) if folder is not None else ()
    options = ReadingOptions(overlays=overlays, remote_references=allow_remote_refs)
    subjects = _subjects(names, surface, examples, options, as_published=as_published)
    for note in (note for subject in subjects for note in subject.notes):
        echo(note, err=True)
    found = [finding for subject in subjects for finding in lint(subject, only=only)]
    selected = [
        finding for finding in found if which == "all" or bool(finding.explained) == (which == "explained")
    ]
    open_findings = sum(not finding.explained for finding in found)
    if form == "json":
        data = {
            "documents": [subject.name for subject in subjects],
            "findings": [finding.to_json() for finding in selected],
            "unexplained": open_findings,
            "explained": len(found) - open_findings,
        }
        echo_json(data)
    else:
        _print_findings(selected, [subject.name for subject in subjects])
        _print_counts(len(subjects), open_findings, len(found) - open_findings)
    if open_findings:
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


def _print_findings(findings: Sequence[Finding], names: Sequence[str]) -> None:
    for name in names:
        of_document = [finding for finding in findings if finding.document == name]
        rows = []
        for finding in of_document:
            place = finding.clause.removeprefix(name) if finding.line is None else finding.pointer
            line = "" if finding.line is None else str(finding.line)
            why = f" [explained: {finding.explained}]" if finding.explained else ""
            rows.append((finding.check, line, place, _with_witness(finding) + why))
        if rows:
            print_table(("check", "line", "place", "finding"), rows, numbers=(1,), title=name)
            echo()


def _with_witness(finding: Finding) -> str:
    """The message, with the witness unless the message contains it."""
    from aoai_specs.lint import NO_WITNESS

    if finding.witness is NO_WITNESS or finding.witness is None:
        return finding.message
    text = json.dumps(finding.witness, ensure_ascii=False, default=str)
    if len(text) > 300 or text in finding.message or finding.witness in finding.message.split():
        return finding.message
    return f"{finding.message} Witness: {text}"


def _print_counts(documents: int, findings: int, explained: int) -> None:
    from aoai_reports.formats.wording import quantity

    known = f"; {explained} more explained" if explained else ""
    echo(f"{quantity(documents, 'document')}: {quantity(findings, 'finding')}{known}.")


def _print_checks(form: str) -> None:
    from aoai_specs.lint import checks

    if form == "json":
        listed = [{"id": each.id, "summary": each.summary} for each in checks().values()]
        echo_json(listed)
        return
    print_table(("check", "finds"), [(each.id, each.summary) for each in checks().values()])
