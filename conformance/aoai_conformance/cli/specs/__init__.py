"""`aoai-conformance specs`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import click

from aoai_conformance.cli.options import format_option
from aoai_conformance.cli.output.printing import echo_json, print_table
from aoai_conformance.cli.specs.lint import lint_documents
from aoai_conformance.cli.specs.show import show_document

#: The lines around the table of documents in a Markdown file.
BEGIN = "<!-- documents: written by `aoai-conformance specs list --format markdown --into FILE` -->"
END = "<!-- end of documents -->"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One packaged document in the list."""

    name: str
    preview: bool
    partial: bool
    operations: int
    corrections: int
    kinds: tuple[str, ...]
    on_request: tuple[str, ...]

    @property
    def all_kinds(self) -> str:
        """The kinds that a run sends, then those that it sends only on request."""
        usual = ", ".join(each for each in self.kinds if each not in self.on_request)
        return f"{usual}; on request: {', '.join(self.on_request)}" if self.on_request else usual


@click.group("specs")
def command() -> None:
    """List, show or lint the API descriptions."""


command.add_command(show_document)
command.add_command(lint_documents)


@command.command("list")
@format_option("table", "json", "markdown")
@click.option(
    "--into", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="With markdown: update the table between the markers in this file instead of printing it.",
)  # fmt: skip
def list_documents(*, form: str, into: Path | None) -> None:
    """List the packaged API descriptions."""
    if into is not None and form != "markdown":
        raise click.UsageError("--into needs --format markdown.")
    rows = document_rows()
    if form == "json":
        echo_json([asdict(row) for row in rows])
    elif into is not None:
        _update(into, markdown_table(rows))
    elif form == "markdown":
        click.echo(markdown_table(rows))
    else:
        cells = [
            (row.name, _stability(row), str(row.operations), str(row.corrections), row.all_kinds)
            for row in rows
        ]
        print_table(("document", "", "operations", "corrections", "kinds"), cells, numbers=(2, 3))


def document_rows() -> tuple[DocumentRow, ...]:
    """A row for each packaged document, sorted by name."""
    from aoai_specs.catalogue import Catalogue
    from aoai_specs.partial import is_partial

    catalogue = Catalogue.packaged()
    rows = []
    for name in catalogue.names():
        document = catalogue.load(str(name))
        overlay = catalogue.overlay(name)
        rows.append(
            DocumentRow(
                name=str(name),
                preview=name.version.preview,
                partial=is_partial(document.content),
                operations=len(document.operations),
                corrections=0 if overlay is None else len(overlay.actions),
                kinds=tuple(dict.fromkeys(each.kind for each in document.operations.values())),
                on_request=tuple(
                    dict.fromkeys(each.kind for each in document.operations.values() if each.on_request)
                ),
            )
        )
    return tuple(rows)


def markdown_table(rows: tuple[DocumentRow, ...]) -> str:
    """The table of documents as Markdown, without a line break at its end."""
    lines = ["| document | | operations | corrections | kinds of operation |", "|---|---|---:|---:|---|"]
    lines += [
        f"| `{row.name}` | {_stability(row)} | {row.operations} | {row.corrections} | {row.all_kinds} |"
        for row in rows
    ]
    return "\n".join(lines)


def table_within(text: str) -> str | None:
    """The table between the markers of a Markdown text; None unless both occur once, in order."""
    _, begin, rest = text.partition(f"{BEGIN}\n")
    table, end, _ = rest.partition(f"\n{END}")
    return table if begin and end and text.count(BEGIN) == 1 == text.count(END) else None


def _update(file: Path, table: str) -> None:
    from aoai_specs.errors import OutputError

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"Cannot read {file}: {error}.") from None
    old = table_within(text)
    if old is None:
        raise OutputError(f"{file} must contain these two markers once each: {BEGIN} and {END}")
    updated = text.replace(f"{BEGIN}\n{old}\n{END}", f"{BEGIN}\n{table}\n{END}")
    try:
        file.write_text(updated, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"Cannot write {file}: {error.strerror}.") from None


def _stability(row: DocumentRow) -> str:
    stability = "preview" if row.preview else "GA"
    return f"{stability}, partial" if row.partial else stability
