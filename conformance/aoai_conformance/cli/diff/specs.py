"""`aoai-conformance diff specs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from aoai_conformance.cli.arguments.own_descriptions import (
    hold_until_exit,
    pause_garbage_collection,
    reading_options,
)
from aoai_conformance.cli.completion.names import complete_documents
from aoai_conformance.cli.diff.selection import check_combination, filter_options, severity_option
from aoai_conformance.cli.options import format_option, out_file_option
from aoai_conformance.cli.output.printing import echo, write_document
from aoai_reports.report_formats import SPEC_COMPARISONS
from aoai_specs.surfaces import AI_MODEL_INFERENCE, AZURE_OPENAI

if TYPE_CHECKING:
    from aoai_specs.comparison import Changes, Description
    from aoai_specs.comparison.effects import Verdict

FAILED = 1


@click.command("specs")
@click.argument("base", metavar="A", shell_complete=complete_documents)
@click.argument("revision", metavar="B", shell_complete=complete_documents)
@click.option(
    "--surface",
    type=click.Choice((AZURE_OPENAI, AI_MODEL_INFERENCE)),
    help="The surface of api-versions without one. Default: azure-openai.",
)
@click.option(
    "--as-published", is_flag=True,
    help="Do not apply the overlays that correct known mistakes, on either side.",
)  # fmt: skip
@format_option(*SPEC_COMPARISONS)
@click.option(
    "--fail-on", type=click.Choice(["breaking", "warning", "info"]),
    help="Exit with 1 if there is a change of at least this severity.",
)  # fmt: skip
@click.option(
    "--accept", "accepted", multiple=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Accepted changes and levels of kinds: YAML, see the documentation. Repeatable.",
)  # fmt: skip
@severity_option
@filter_options
@click.option(
    "--strip-prefix-base", "base_prefix", default="", metavar="PREFIX",
    help="Leave out this prefix of A's paths, such as /openai/deployments/{deployment-id}.",
)  # fmt: skip
@click.option(
    "--strip-prefix-revision", "revision_prefix", default="", metavar="PREFIX",
    help="Leave out this prefix of B's paths, such as /openai/v1.",
)  # fmt: skip
@click.option(
    "--sunset-days", type=click.IntRange(0), metavar="DAYS",
    help="Require that operations and parameters are deprecated and past their sunset before their removal, "
    "and that a sunset is at least DAYS ahead when an operation becomes deprecated.",
)  # fmt: skip
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="The day on which --sunset-days is checked. Default: today.",
)  # fmt: skip
@click.option("--check-version", is_flag=True, help="Warn if anything changes, but not info.version.")
@click.option("--descriptions", is_flag=True, help="Include changed titles and descriptions.")
@click.option("--all-places", is_flag=True, help="List every place of a change instead of the first five.")
@click.option(
    "--lines", is_flag=True,
    help="Add the file and line of both sides, and the schemas between an operation and the change.",
)  # fmt: skip
@reading_options
@out_file_option
@pause_garbage_collection()
def command(
    *,
    base: str,
    revision: str,
    surface: str | None,
    as_published: bool,
    form: str,
    fail_on: str | None,
    accepted: tuple[Path, ...],
    severities: Mapping[str, str],
    base_prefix: str,
    revision_prefix: str,
    sunset_days: int | None,
    as_of: datetime | None,
    check_version: bool,
    descriptions: bool,
    all_places: bool,
    lines: bool,
    overlays: tuple[str, ...],
    allow_remote_refs: bool,
    out: Path | None,
    **filters: Any,
) -> None:
    """Compare two API descriptions from a client's point of view.

    A and B are packaged documents (2024-06-01, azure-openai@2024-10-21), files, URLs, - for standard input,
    or git:REV:PATH: OpenAPI 3.0, 3.1, 3.2 or Swagger 2.0. Exit codes: 0, 1 if --fail-on applies, 2 wrong
    usage.
    """
    from aoai_reports.spec_changes.wording import SpecComparison
    from aoai_specs.catalogue import DEFAULT_SURFACE
    from aoai_specs.comparison import aligned, compare, described_pair
    from aoai_specs.comparison.acceptance import accept, read_decisions
    from aoai_specs.comparison.review.filters import keep
    from aoai_specs.comparison.review.severities import rate
    from aoai_specs.loading.sources import is_source
    from aoai_specs.reading import ReadingOptions

    check_combination(
        form, fail_on, filters, all_places=all_places, lines=lines, as_of=as_of, days=sunset_days
    )
    decisions = [read_decisions(file) for file in accepted]
    levels = {kind: level for each in decisions for kind, level in each.severities.items()}
    levels.update(severities)
    options = ReadingOptions(overlays=overlays, remote_references=allow_remote_refs)
    if overlays and not (is_source(base) or is_source(revision)):
        raise click.UsageError("--overlay changes a file; A and B are packaged documents.")
    old, new = described_pair(
        base, revision, surface or DEFAULT_SURFACE, as_published=as_published, options=options
    )
    hold_until_exit(old, new)
    old, new = aligned(replace(old, prefix=base_prefix), replace(new, prefix=revision_prefix))
    found = compare(old, new, words=descriptions)
    found = _with_policies(found, old, new, sunset_days, as_of, check_version=check_version)
    rated, unused = rate(found, levels)
    left, stale = accept(rated, [entry for each in decisions for entry in each.accepted])
    changes = keep(left, filters)
    comparison = SpecComparison(
        changes, old, new, cast("Verdict", fail_on or "breaking"), all_places=all_places, lines=lines
    )
    for warning in (*old.warnings, *new.warnings):
        echo(warning, err=True)
    write_document(SPEC_COMPARISONS[form].render(comparison), out)
    for entry in stale:
        echo(f"The entry that accepts {entry.words} matches no change.", err=True)
    for kind in unused:
        echo(f"The level of {kind} matches no change.", err=True)
    if fail_on is not None and changes.reaches(fail_on):
        click.get_current_context().exit(FAILED)


def _with_policies(
    changes: Changes,
    base: Description,
    revision: Description,
    sunset_days: int | None,
    as_of: datetime | None,
    *,
    check_version: bool,
) -> Changes:
    from aoai_specs.comparison.review.policies import apply_sunset_policy, apply_version_policy

    if sunset_days is not None:
        today = as_of.date() if as_of is not None else date.today()  # noqa: DTZ011 - the user's day
        changes = apply_sunset_policy(changes, base, revision, days=sunset_days, today=today)
    return apply_version_policy(changes, base, revision) if check_version else changes
