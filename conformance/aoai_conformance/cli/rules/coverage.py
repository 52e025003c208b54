"""`aoai-conformance rules --coverage`: what shows each keyword and each sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from shutil import get_terminal_size

import click

from aoai_conformance.cli.output.table import print_table
from aoai_conformance.cli.output.terminal import echo
from aoai_conformance.coverage.row import Row
from aoai_conformance.coverage.table import Coverage, coverage
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import UnknownNameError
from aoai_specs.versions import DocumentName


def show_coverage(*, surface: str | None, api_version: str | None, form: str, uncovered: bool) -> bool:
    """Print the table for the documents asked for, all by default, and tell whether nothing is uncovered.

    Raises UnknownNameError where there is no such document.
    """
    catalogue = Catalogue.packaged()
    names = chosen_documents(catalogue.names(), surface, api_version)
    documents = [catalogue.load(str(name)) for name in names]
    found = coverage(documents, whole=len(names) == len(catalogue.names()))
    rows = found.uncovered if uncovered else found.rows
    if form == "json":
        click.echo(json.dumps(_as_data(found, rows), indent=2, ensure_ascii=False))
    else:
        _print(found, rows)
    return not found.uncovered and not found.stale


def chosen_documents(
    names: Sequence[DocumentName], surface: str | None, api_version: str | None
) -> list[DocumentName]:
    """The documents of a surface and an api-version, each of which may be left open.

    Raises UnknownNameError where there is none.
    """
    if surface is not None and surface not in {name.surface for name in names}:
        raise UnknownNameError("surface", surface, sorted({name.surface for name in names}))
    of_surface = [name for name in names if surface in {None, name.surface}]
    chosen = [name for name in of_surface if api_version in {None, str(name.version)}]
    if not chosen:
        raise UnknownNameError("api-version", str(api_version), [str(name.version) for name in of_surface])
    return chosen


def _print(found: Coverage, rows: Sequence[Row]) -> None:
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
    echo(f"{len(found.rows)} keywords and sentences: {counts}; {len(found.stale)} stale entries.")


def _clause(row: Row) -> str:
    """The place of a row with its document; for a page also the operation, where it is about one."""
    if not row.place.startswith("page:"):
        return row.place
    return " ".join(filter(None, (row.document, row.operation, row.place)))


def _as_data(found: Coverage, rows: Sequence[Row]) -> dict[str, object]:
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
