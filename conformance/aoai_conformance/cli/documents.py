"""`aoai-conformance specs`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.options import SURFACES

if TYPE_CHECKING:
    from aoai_specs.document import Document, Operation


@click.group("specs")
def command() -> None:
    """List or show the API descriptions."""


@command.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_documents(*, form: str) -> None:
    """List every description that comes with the package."""
    from aoai_specs.catalogue import Catalogue

    catalogue = Catalogue.packaged()
    rows: list[dict[str, object]] = []
    for name in catalogue.names():
        document = catalogue.load(str(name))
        overlay = catalogue.overlay(name)
        rows.append(
            {
                "name": str(name),
                "preview": name.version.preview,
                "operations": len(document.operations),
                "corrections": 0 if overlay is None else len(overlay.actions),
            }
        )
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        kind = "preview" if row["preview"] else "GA"
        told = f"{row['operations']} operations, {row['corrections']} corrections"
        click.echo(f"{row['name']}  {kind}, {told}")


@command.command("show")
@click.argument("name", metavar="NAME|API-VERSION|FILE|URL")
@click.option("--surface", type=click.Choice(SURFACES), help="For a bare api-version. Default: azure-openai.")
@click.option("--operation", "operation_id", metavar="ID", help="Only this, with its constraints.")
@click.option("--as-published", is_flag=True, help="Without the overlay that corrects known mistakes.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "yaml"]), default="text", show_default=True,
    help="json, yaml: the whole description, overlay applied.",
)  # fmt: skip
def show_document(
    *, name: str, surface: str | None, operation_id: str | None, as_published: bool, form: str
) -> None:
    """Show a description's operations, or one operation's constraints, or the whole as JSON or YAML."""
    document = _document(name, surface, as_published=as_published)
    if form == "json":
        click.echo(json.dumps(document.content, indent=2, ensure_ascii=False))
    elif form == "yaml":
        import yaml

        click.echo(yaml.safe_dump(document.content, sort_keys=False, allow_unicode=True), nl=False)
    elif operation_id is not None:
        _print_constraints(document.operation(operation_id))
    else:
        click.echo(f"{document.name}{' as published' if as_published else ''}")
        for operation in document.operations.values():
            _print_operation(operation)


def _document(name: str, surface: str | None, *, as_published: bool) -> Document:
    from pathlib import Path

    from aoai_conformance.document_choice import chosen_documents

    if "://" in name or Path(name).is_file():
        return chosen_documents(specs=(name,), as_published=as_published)[0]
    return chosen_documents(surface=surface, api_versions=(name,), as_published=as_published)[0]


def _print_operation(operation: Operation) -> None:
    from aoai_specs.constraints import constraints

    base = operation.document.base_path
    click.echo(f"\n{operation.id}  ({operation.kind}, {len(constraints(operation))} constraints)")
    click.echo(f"  {operation.method} {base}{operation.path}")
    takes = ", ".join(operation.request_media) or "no body"
    click.echo(f"  takes {takes}")
    for status, response in operation.responses.items():
        gives = ", ".join(response.media) or "no body"
        click.echo(f"  {status}: {gives}")


def _print_constraints(operation: Operation) -> None:
    from aoai_specs.constraints import constraints

    _print_operation(operation)
    click.echo()
    for constraint in constraints(operation):
        value = json.dumps(constraint.value, ensure_ascii=False, default=str)
        shown = value if len(value) <= 80 else value[:79] + "…"
        source = " (prose)" if constraint.source == "prose" else ""
        click.echo(f"  {constraint.name} = {shown}{source}")
