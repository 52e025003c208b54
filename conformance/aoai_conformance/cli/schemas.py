"""`aoai-conformance schemas`."""

from __future__ import annotations

from pathlib import Path

import click

from aoai_conformance.cli.completion.names import complete_schemas
from aoai_conformance.cli.options import out_file_option
from aoai_conformance.cli.output.printing import print_table, write_document


@click.group("schemas")
def command() -> None:
    """List or show the JSON Schemas of the files that this tool reads and writes."""


@command.command("list")
def list_schemas() -> None:
    """List the schemas: name, the member `schema` of the data, and what the schema describes."""
    from aoai_conformance.configuration.schema import configuration_schema
    from aoai_reports.formats.machine.schemas import published_schemas

    schemas = sorted([*published_schemas().values(), configuration_schema()], key=lambda each: each.id)
    rows = [(each.id, each.identifier, each.title) for each in schemas]
    print_table(("name", "schema", "describes"), rows)


@command.command("show")
@click.argument("name", shell_complete=complete_schemas)
@out_file_option
def show_schema(name: str, out: Path | None) -> None:
    """Print a schema. NAME is from `schemas list`; without a version it is the newest."""
    from aoai_conformance.configuration.schema import configuration_schema
    from aoai_reports.formats.machine.schemas import find_schema

    write_document(find_schema(name, [configuration_schema()]).text, out)
