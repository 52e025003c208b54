"""`aoai-conformance specs show`."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import click

from aoai_conformance.cli.arguments.own_descriptions import reading_options
from aoai_conformance.cli.completion.names import complete_documents, complete_operations
from aoai_conformance.cli.options import format_option
from aoai_conformance.cli.output.printing import echo, echo_json, print_table
from aoai_conformance.options import SURFACES

if TYPE_CHECKING:
    from aoai_specs.document import Document, Operation
    from aoai_specs.schemas.constraints import Constraint

#: The width of tables without a terminal.
PAGE = 140
_STREAMS = {"text/event-stream": "server-sent events"}


@click.command("show")
@click.argument("name", metavar="NAME|API-VERSION|FILE|URL|-|git:REV:PATH", shell_complete=complete_documents)
@click.argument("operation_id", metavar="[OPERATION]", required=False, shell_complete=complete_operations)
@click.option(
    "--surface",
    type=click.Choice(SURFACES),
    help="The surface of an api-version without one. Default: azure-openai.",
)
@click.option(
    "--operation",
    "operation_option",
    metavar="ID",
    help="Same as OPERATION.",
    shell_complete=complete_operations,
)
@click.option("--as-published", is_flag=True, help="Do not apply the overlay that corrects known mistakes.")
@reading_options
@format_option(
    "table", "json", "yaml",
    help="json, yaml: the content of the tables, or without OPERATION the whole description.",
)  # fmt: skip
def show_document(
    *,
    name: str,
    operation_id: str | None,
    surface: str | None,
    operation_option: str | None,
    as_published: bool,
    overlays: tuple[str, ...],
    allow_remote_refs: bool,
    form: str,
) -> None:
    """Show the parameters, responses and constraints of an operation, with their sources.

    Without OPERATION, show all operations of the description.
    """
    if operation_id is not None and operation_option is not None:
        raise click.UsageError("OPERATION is given twice.")
    document = _document(
        name, surface, overlays, as_published=as_published, remote_references=allow_remote_refs
    )
    for warning in document.warnings:
        echo(warning, err=True)
    selected = operation_id or operation_option
    if selected is None and form != "table":
        _print_whole(document, form)
        return
    chosen = [document.operation(selected)] if selected is not None else list(document.operations.values())
    origins = _Origins(document)
    if form == "table":
        echo(f"{document.name}{' as published' if as_published else ''}")
        for operation in chosen:
            _print_operation(operation, origins)
        return
    data = _operation_json(chosen[0], origins)
    if form == "json":
        echo_json(data)
    else:
        from aoai_reports.formats.machine.yaml_text import yaml_text

        plain = json.loads(json.dumps(data, default=str))
        click.echo(yaml_text(plain), nl=False)


def _document(
    name: str,
    surface: str | None,
    overlays: tuple[str, ...],
    *,
    as_published: bool,
    remote_references: bool,
) -> Document:
    from aoai_conformance.target.documents import choose_documents
    from aoai_specs.loading.sources import is_source

    if is_source(name):
        return choose_documents(
            surface=surface,
            specs=(name,),
            as_published=as_published,
            overlays=overlays,
            remote_references=remote_references,
        )[0]
    if overlays:
        raise click.UsageError("--overlay changes a file; this is a packaged document.")
    return choose_documents(surface=surface, api_versions=(name,), as_published=as_published)[0]


def _print_whole(document: Document, form: str) -> None:
    if form == "json":
        echo_json(document.content)
        return
    from aoai_reports.formats.machine.yaml_text import yaml_text

    click.echo(yaml_text(document.content), nl=False)


class _Origins:
    """Where constraints come from: the published schema, the overlay, or a sentence of prose."""

    def __init__(self, document: Document) -> None:
        from aoai_specs.schemas.provenance import provenance, stated_limits

        self._published = _published(document)
        self._pages = provenance(document)
        self._stated = (
            {each.pointer: each.sentences for each in stated_limits(document.content)} if self._pages else {}
        )

    def of(self, constraint: Constraint) -> str:
        """`schema`, `overlay` or `prose`."""
        prose = constraint.source == "prose"
        if prose and self._pages is None:
            return "prose"  # added by the overlay with this mark
        return "overlay" if self._is_corrected(constraint) else "prose" if prose else "schema"

    def sentences(self, constraint: Constraint) -> list[dict[str, str]]:
        """The sentences that state a constraint of a document written from prose, paraphrased."""
        pointer = _place(constraint.clause)
        ids = self._stated.get(pointer) or self._stated.get(pointer.rpartition("/")[0]) or ()
        known = self._pages.sentences if self._pages is not None else {}
        return [
            {
                "id": each.id,
                "section": each.section,
                **({"row": each.row} if each.row else {}),
                "says": each.says,
            }
            for each in (known[name] for name in ids if name in known)
        ]

    def _is_corrected(self, constraint: Constraint) -> bool:
        """Whether the overlay adds or changes a constraint."""
        if self._published is None:
            return False
        from aoai_specs.errors import DocumentError

        document, published = self._published
        pointer = _place(constraint.clause)
        if constraint.keyword == "required" and pointer.rpartition("/")[2].isdecimal():
            try:
                return constraint.value not in published.resolve(pointer.rpartition("/")[0])
            except DocumentError:
                return True
        try:
            now = document.resolve(pointer)
        except DocumentError:
            return False
        try:
            before = published.resolve(pointer)
        except DocumentError:
            return True
        # Changes inside an object are shown at the constraints inside it.
        return now != before and not isinstance(now, dict)


def _published(document: Document) -> tuple[Document, Document] | None:
    """The document and its published form, if the catalogue has both."""
    from aoai_specs.catalogue import Catalogue

    catalogue = Catalogue.packaged()
    if document.name not in catalogue.names() or catalogue.load(str(document.name)) is not document:
        return None
    return document, catalogue.load(str(document.name), as_published=True)


def _print_operation(operation: Operation, origins: _Origins) -> None:
    width = shutil.get_terminal_size((PAGE, 24)).columns
    echo(f"\n{operation.id}  ({operation.kind})")
    echo(f"{operation.method} {operation.document.base_path}{operation.path}")
    data = _operation_json(operation, origins)
    parameters = [
        (each["name"], each["in"], "required" if each["required"] else "optional", _place(each["clause"]))
        for each in data["parameters"]
    ]
    if parameters:
        echo()
        print_table(("parameter", "in", "", "clause"), parameters, width=width, tails=(3,))
    echo()
    echo(f"request body: {', '.join(data['takes']) or 'none'}")
    responses = [
        (each["status"], media or "no body", stream, _place(each["clause"]))
        for each in data["responses"]
        for media, stream in each["media"].items() or [("", "")]
    ]
    if responses:
        echo()
        print_table(("status", "media type", "stream", "clause"), responses, width=width, tails=(3,))
    rows = [
        (each["field"], each["keyword"], _as_json_text(each["value"]), _source(each), _place(each["clause"]))
        for each in data["constraints"]
    ]
    if rows:
        echo()
        print_table(("field", "keyword", "value", "from", "clause"), rows, width=width, tails=(0, 4))


def _operation_json(operation: Operation, origins: _Origins) -> dict[str, Any]:
    from aoai_specs.schemas.constraints import constraints

    document = operation.document
    return {
        "document": str(document.name),
        "operation": operation.id,
        "kind": operation.kind,
        "method": operation.method,
        "path": f"{document.base_path}{operation.path}",
        "clause": document.clause(operation.pointer),
        "parameters": [
            {
                "name": each.name,
                "in": each.location,
                "required": each.required,
                "clause": document.clause(each.pointer),
            }
            for each in operation.parameters
        ],
        "takes": list(operation.request_media),
        "responses": [
            {
                "status": response.status,
                "media": {
                    media.media_type: _STREAMS.get(media.media_type, "items")
                    if media.item_schema_pointer is not None
                    else ""
                    for media in response.media.values()
                },
                "headers": list(response.headers),
                "clause": document.clause(response.pointer),
            }
            for response in operation.responses.values()
        ],
        "constraints": [
            {
                "name": each.name,
                "field": each.field,
                "in": each.location,
                "keyword": each.keyword,
                "value": each.value,
                "from": origins.of(each),
                "sentences": origins.sentences(each),
                "clause": each.clause,
            }
            for each in constraints(operation)
        ],
    }


def _source(constraint: dict[str, Any]) -> str:
    """The source of a constraint with the ids of the sentences that state it."""
    return " ".join([constraint["from"], *(each["id"] for each in constraint["sentences"])])


def _place(clause: str) -> str:
    """A clause without the name of its document."""
    return "#" + clause.partition("#")[2]


def _as_json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
