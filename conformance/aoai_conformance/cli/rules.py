"""`aoai-conformance rules`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.completion.names import complete_topics, complete_versions
from aoai_conformance.cli.options import format_option
from aoai_conformance.cli.output.printing import echo, echo_json, print_table
from aoai_specs.errors import UnknownNameError

if TYPE_CHECKING:
    from aoai_conformance.coverage.row import Row
    from aoai_conformance.coverage.table import Coverage
    from aoai_specs.versions import DocumentName


@click.command("rules")
@click.option(
    "--topic", metavar="NAME", help="List only the rules of this topic.", shell_complete=complete_topics
)
@click.option("--level", type=click.Choice(["must", "should", "may"]), help="List only rules of this level.")
@click.option(
    "--coverage", is_flag=True,
    help="List every keyword and sentence of the API descriptions with the rules and points that cover it.",
)  # fmt: skip
@click.option("--surface", metavar="NAME", help="With --coverage: only documents of this surface.")
@click.option(
    "--api-version",
    metavar="V",
    shell_complete=complete_versions,
    help="With --coverage: only documents of this api-version.",
)
@click.option("--uncovered", is_flag=True, help="With --coverage: only uncovered keywords and sentences.")
@format_option("text", "table", "json")
def command(
    *,
    topic: str | None,
    level: str | None,
    coverage: bool,
    surface: str | None,
    api_version: str | None,
    uncovered: bool,
    form: str,
) -> None:
    """List the rules, or the coverage of the API descriptions.

    Each rule is listed with its id, level, topic and requirement. With --coverage, each keyword and each
    normative sentence is listed with its clause, its status and what covers it; exit code 1 if something is
    uncovered.
    """
    if coverage:
        if topic is not None or level is not None:
            raise click.UsageError("--topic and --level do not apply to --coverage.")
        if not _print_coverage(surface, api_version, form, uncovered=uncovered):
            raise click.exceptions.Exit(1)
        return
    if surface is not None or api_version is not None or uncovered:
        raise click.UsageError("--surface, --api-version and --uncovered need --coverage.")
    _print_rules(topic, level, form)


def _print_rules(topic: str | None, level: str | None, form: str) -> None:
    from aoai_conformance.rule import rules

    every = rules()
    if topic is not None and topic not in {rule.topic for rule in every}:
        raise UnknownNameError("topic", topic, sorted({rule.topic for rule in every}))
    chosen = [rule for rule in every if topic in {None, rule.topic} and level in {None, rule.level}]
    if form == "json":
        listed = [
            {
                "id": rule.id,
                "level": rule.level,
                "topic": rule.topic,
                "requirement": rule.requirement,
                "clause": rule.clause,
                "operations": sorted(rule.kinds) or ["every"],
                "since": rule.since,
                "until": rule.until,
                "note": rule.note,
            }
            for rule in chosen
        ]
        echo_json(listed)
        return
    rows = [(rule.id, rule.level, rule.topic, rule.requirement) for rule in chosen]
    print_table(("id", "level", "topic", "requirement"), rows)


def _print_coverage(surface: str | None, api_version: str | None, form: str, *, uncovered: bool) -> bool:
    """Print the coverage of the chosen documents; return whether everything is covered.

    Raises UnknownNameError if there is no such document.
    """
    from aoai_conformance.coverage.table import coverage
    from aoai_specs.catalogue import Catalogue

    catalogue = Catalogue.packaged()
    names = _chosen_names(catalogue.names(), surface, api_version)
    documents = [catalogue.load(str(name)) for name in names]
    found = coverage(documents, whole=len(names) == len(catalogue.names()))
    rows = found.uncovered if uncovered else found.rows
    if form == "json":
        echo_json(_coverage_json(found, rows))
    else:
        _print_coverage_table(found, rows)
    return not found.uncovered and not found.stale


def _chosen_names(
    names: Sequence[DocumentName], surface: str | None, api_version: str | None
) -> list[DocumentName]:
    """The documents of a surface and an api-version, either of which may be None for all."""
    if surface is not None and surface not in {name.surface for name in names}:
        raise UnknownNameError("surface", surface, sorted({name.surface for name in names}))
    of_surface = [name for name in names if surface in {None, name.surface}]
    chosen = [name for name in of_surface if api_version in {None, str(name.version)}]
    if not chosen:
        raise UnknownNameError("api-version", str(api_version), [str(name.version) for name in of_surface])
    return chosen


def _print_coverage_table(found: Coverage, rows: Sequence[Row]) -> None:
    from aoai_reports.formats.quantities import quantity

    cells = [
        (_clause(row), row.kind, row.text, row.cover.status, row.cover.summary or "nothing") for row in rows
    ]
    if cells:
        width = get_terminal_size().columns if sys.stdout.isatty() else None
        head = ("clause", "kind", "sentence or keyword", "status", "covered by")
        print_table(head, cells, width=width, tails=(0,))
    for each in found.stale:
        echo(f"stale: {each}")
    counts = ", ".join(f"{count} {status}" for status, count in found.counts.items())
    stale = quantity(len(found.stale), "stale entry", "stale entries")
    echo(f"{len(found.rows)} keywords and sentences: {counts}; {stale}.")


def _clause(row: Row) -> str:
    """The place of a row; for a page with the document and the operation."""
    if not row.place.startswith("page:"):
        return row.place
    return " ".join(filter(None, (row.document, row.operation, row.place)))


def _coverage_json(found: Coverage, rows: Sequence[Row]) -> dict[str, object]:
    return {
        "counts": found.counts,
        "stale": list(found.stale),
        "rows": [
            {
                "document": row.document,
                "operation": row.operation or None,
                "clause": _clause(row),
                "kind": row.kind,
                "demands": row.text,
                "status": row.cover.status,
                "points": list(row.cover.points),
                "rules": list(row.cover.rules),
                "excluded": row.cover.excluded or None,
            }
            for row in rows
        ],
    }
