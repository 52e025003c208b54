"""`aoai-conformance history`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aoai_conformance.cli.options import HISTORY_NONE, format_option, history_place, out_file_option
from aoai_conformance.cli.output.printing import echo, echo_json
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_reports.history.entry import RunEntry
    from aoai_reports.history.store import History

Function = TypeVar("Function", bound=Callable[..., Any])
_format_option = format_option("text", "json")


def _history_option(function: Function) -> Function:
    return click.option(
        "--history", metavar="FILE|URL",
        help="The history: a file, or a database such as postgresql+psycopg://USER@HOST/DATABASE. "
        "Default: history.sqlite3 in the user's data folder.",
    )(function)  # fmt: skip


def _target_option(default: str) -> Callable[[Function], Function]:
    return click.option(
        "--target", "--label", "target", metavar="NAME|URL",
        help=f"Only runs of the target with this label or URL. {default}",
    )  # fmt: skip


@click.group("history")
def command() -> None:
    """Show past runs; each `run` is added to the history.

    Verdicts and counts exclude the violations that the run's baseline accepted; these are counted as known.
    """


@command.command("list")
@_history_option
@_target_option("Default: all targets.")
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, metavar="N")
@_format_option
def list_runs(*, history: str | None, target: str | None, limit: int, form: str) -> None:
    """List recent runs, the newest last."""
    from aoai_reports.history.text import runs_text

    runs = _open(history).runs(target=target, most=limit)
    if form == "json":
        _print_json([run.to_json() for run in runs])
    else:
        echo(runs_text(runs), nl=False)


@command.command("show")
@click.argument("run", metavar="[ID]", required=False)
@_history_option
@_target_option("Without ID: its newest run.")
@_format_option
def show(*, run: str | None, history: str | None, target: str | None, form: str) -> None:
    """Show one run, given its id or a unique prefix of it; without one, the newest."""
    from aoai_reports.history.text import run_text

    found = _newest(_open(history), target) if run is None else _open(history).run(run)
    if form == "json":
        _print_json(found.to_json())
    else:
        echo(run_text(found), nl=False)


@command.command("drift")
@_history_option
@click.option("--nights", type=click.IntRange(min=1), default=30, show_default=True, metavar="N")
@_target_option("Default: the target of the newest run.")
@click.option(
    "--fail-on",
    type=click.Choice(["new"]),
    help="Exit with 1 if the last run shows a violation that no earlier one of these nights shows.",
)
@_format_option
@click.pass_context
def drift(
    ctx: click.Context,
    /,
    *,
    history: str | None,
    nights: int,
    target: str | None,
    fail_on: str | None,
    form: str,
) -> None:
    """Show what changed over the last nights of one target.

    For each defect (a rule, operation, place and reason): when it was first and last seen, and how often it
    came or went. For each undeclared field: when it was seen. For each night: its cost. A night is a day in
    UTC with runs.
    """
    from aoai_reports.history.drift import drift_of
    from aoai_reports.history.text import drift_text

    opened = _open(history)
    if target is None:
        newest = opened.runs(most=1)
        target = newest[0].key if newest else None
    found = drift_of(opened.runs(target=target), nights)
    if form == "json":
        _print_json({"target": target, **found.to_json()})
    else:
        echo(drift_text(found), nl=False)
    if fail_on and (found.new or any(each.is_new for each in found.causes)):
        ctx.exit(1)


@command.command("export")
@_history_option
@click.option("--format", "form", type=click.Choice(["html", "csv"]), default="html", show_default=True)
@click.option("--causes", is_flag=True, help="With csv: one row for each cause of each run.")
@_target_option("Default: with html, the target of the newest run; with csv, all.")
@click.option("--limit", type=click.IntRange(min=1), default=90, show_default=True, metavar="N")
@out_file_option
def export(
    *, history: str | None, form: str, causes: bool, target: str | None, limit: int, out: Path | None
) -> None:
    """Write the newest runs as a page or as comma-separated values.

    The page shows the violations of each cause over the runs of one target, what each run changed, and links
    to the reports that exist. The values have one row for each run or, with --causes, for each cause of each
    run.
    """
    from aoai_reports.formats.output import write_text

    if causes and form != "csv":
        raise click.UsageError("--causes needs --format csv.")
    opened = _open(history)
    if form == "html":
        from aoai_reports.history.page import history_html

        key = _newest(opened, target).key if target is None else target
        runs = opened.runs(target=key, most=limit)
        text = history_html(runs, key, None if out is None else out.parent)
    else:
        from aoai_reports.history.csv_table import causes_csv, runs_csv

        runs = opened.runs(target=target, most=limit)
        text = causes_csv(runs) if causes else runs_csv(runs)
    if out is None:
        echo(text, nl=False)
    else:
        write_text(out, text)


@command.command("rebuild")
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD...")
@_history_option
@click.option(
    "--keep/--replace",
    default=None,
    help="Keep or delete the existing runs. A file is replaced by default; a database needs one of the two.",
)
def rebuild(*, records: tuple[Path, ...], history: str | None, keep: bool | None) -> None:
    """Rebuild the history from records or the folders of runs; nothing changes unless all can be read.

    Accepted violations are read from summary.json beside each record. Without it, every violation counts.
    """
    from aoai_reports.formats.quantities import quantity

    opened = _open(history)
    if keep is None and opened.location.path is None:
        raise click.UsageError(
            f"{opened.location} may be shared: add --keep to keep its runs, or --replace to delete them."
        )
    entries = [entry_at(record) for record in records]
    opened.rebuild(entries, keep=bool(keep))
    echo(f"{opened.location}: {quantity(len({entry.id for entry in entries}), 'run')} from records.")


def entry_at(path: Path) -> RunEntry:
    """The history entry for a record or the folder of a run."""
    from aoai_reports.history.accepted import accepted_beside, baseline_failed_beside, flaky_beside
    from aoai_reports.history.entry import entry_of
    from aoai_reports.record.reader import read_record
    from aoai_reports.results.summary import summarize
    from aoai_reports.run_folder import record_file

    file = record_file(path).resolve()
    record = read_record(file)
    strict = record.header.options.get("strict") is True
    summary = summarize(record, strict=strict, known=accepted_beside(file), flaky=flaky_beside(file))
    if baseline_failed_beside(file):
        summary = replace(summary, verdict="nonconformant")
    return entry_of(record, str(file), summary)


def _newest(history: History, target: str | None) -> RunEntry:
    runs = history.runs(target=target, most=1)
    if not runs:
        raise ConformanceError("The history has no runs." if target is None else f"No run of {target}.")
    return runs[0]


def _open(history: str | None) -> History:
    from aoai_reports.history.store import History

    place = history_place(history)
    if place is None:
        raise ConformanceError(f"--history {HISTORY_NONE} is not a history to read.")
    return History(place)


def _print_json(data: object) -> None:
    echo_json(data)
