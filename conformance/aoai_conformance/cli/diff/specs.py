"""`aoai-conformance diff specs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from aoai_conformance.cli.completion.names import complete_documents
from aoai_conformance.cli.options import format_option, out_file_option
from aoai_conformance.cli.output.printing import echo, write_document
from aoai_conformance.options import SURFACES
from aoai_reports.report_formats import SPEC_COMPARISONS

if TYPE_CHECKING:
    from aoai_specs.comparison.effects import Verdict

FAILED = 1


@click.command("specs")
@click.argument("base", metavar="A", shell_complete=complete_documents)
@click.argument("revision", metavar="B", shell_complete=complete_documents)
@click.option(
    "--surface",
    type=click.Choice(SURFACES),
    help="The surface of api-versions without one. Default: azure-openai.",
)
@click.option(
    "--as-published", is_flag=True,
    help="Do not apply the overlays that correct known mistakes, on either side.",
)  # fmt: skip
@format_option(*SPEC_COMPARISONS)
@click.option(
    "--fail-on", type=click.Choice(["breaking", "warning"]),
    help="Exit with 1 if there is a change of at least this severity.",
)  # fmt: skip
@click.option(
    "--accept", "accepted", multiple=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Accepted changes: YAML with id or pointer, reason and date. Repeatable.",
)  # fmt: skip
@click.option("--descriptions", is_flag=True, help="Include changed titles and descriptions.")
@out_file_option
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
    """Compare two API descriptions from a client's point of view.

    A and B are packaged documents (2024-06-01, azure-openai@2024-10-21), files or URLs: OpenAPI 3.0, 3.1, 3.2
    or Swagger 2.0. Exit codes: 0, 1 if --fail-on applies, 2 wrong usage.
    """
    from aoai_reports.spec_changes.wording import SpecComparison
    from aoai_specs.catalogue import DEFAULT_SURFACE
    from aoai_specs.comparison import compare, described
    from aoai_specs.comparison.acceptance import accept, read_acceptances

    entries = [entry for file in accepted for entry in read_acceptances(file)]
    old, new = (
        described(name, surface or DEFAULT_SURFACE, as_published=as_published) for name in (base, revision)
    )
    for warning in (*old.warnings, *new.warnings):
        echo(warning, err=True)
    changes, stale = accept(compare(old, new, words=descriptions), entries)
    comparison = SpecComparison(changes, old, new, cast("Verdict", fail_on or "breaking"))
    write_document(SPEC_COMPARISONS[form].render(comparison), out)
    for entry in stale:
        echo(f"The entry that accepts {entry.words} matches no change.", err=True)
    if fail_on is not None and changes.reaches(fail_on):
        click.get_current_context().exit(FAILED)
