"""`aoai-conformance history`: list, show, drift, rebuild."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aoai_conformance.cli.options import HISTORY_NONE, chosen_history
from aoai_conformance.cli.output.terminal import echo
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_reports.history.entry import RunEntry
    from aoai_reports.history.store import History

Function = TypeVar("Function", bound=Callable[..., Any])
FORMATS = ("text", "json")


def _history(function: Function) -> Function:
    return click.option(
        "--history", type=click.Path(path_type=Path, dir_okay=False), metavar="PATH",
        help="The file. Default: history.sqlite3 in the user's data folder.",
    )(function)  # fmt: skip


def _form(function: Function) -> Function:
    return click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)(
        function
    )


@click.group("history")
def command() -> None:
    """Look back over the runs: each `run` adds itself to the history.

    Verdicts and counts leave aside what the run's baseline accepted; it is counted as known.
    """


@command.command("list")
@_history
@click.option("--target", metavar="NAME", help="Only runs of this target.")
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, metavar="N")
@_form
def list_runs(*, history: Path | None, target: str | None, limit: int, form: str) -> None:
    """List the newest runs, the newest last."""
    from aoai_reports.history.text import runs_text

    runs = _opened(history).runs(target=target, most=limit)
    if form == "json":
        _print_json([run.to_json() for run in runs])
    else:
        echo(runs_text(runs), nl=False)


@command.command("show")
@click.argument("run", metavar="ID")
@_history
@_form
def show(*, run: str, history: Path | None, form: str) -> None:
    """Show one run, by its id or the beginning of it."""
    from aoai_reports.history.text import run_text

    found = _opened(history).run(run)
    if form == "json":
        _print_json(found.to_json())
    else:
        echo(run_text(found), nl=False)


@command.command("drift")
@_history
@click.option("--nights", type=click.IntRange(min=1), default=30, show_default=True, metavar="N")
@click.option("--target", metavar="NAME", help="Default: that of the newest run.")
@_form
def drift(*, history: Path | None, nights: int, target: str | None, form: str) -> None:
    """Tell what moved over the last nights of one target.

    For each defect (one rule at one operation and place for one reason): when it first and last showed, and
    how often that changed; then the fields that no document declares, as they appeared; and what each night
    cost. Nights are days in UTC on which there were runs.
    """
    from aoai_reports.history.drift import drift_of
    from aoai_reports.history.text import drift_text

    opened = _opened(history)
    if target is None:
        newest = opened.runs(most=1)
        target = newest[0].target if newest else None
    found = drift_of(opened.runs(target=target), nights)
    if form == "json":
        _print_json({"target": target, **found.to_json()})
    else:
        echo(drift_text(found), nl=False)


@command.command("rebuild")
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD...")
@_history
@click.option("--keep", is_flag=True, help="Keep the runs that are there; without it, these are all.")
def rebuild(*, records: tuple[Path, ...], history: Path | None, keep: bool) -> None:
    """Build the history again from records or the folders of runs; nothing changes unless all can be read.

    What a run's baseline had accepted stands in summary.json beside its record. Where that is missing,
    every violation counts.
    """
    entries = [entry_at(record) for record in records]
    opened = _opened(history)
    opened.rebuild(entries, keep=keep)
    echo(f"{opened.path}: {len({entry.id for entry in entries}):,} runs from records.")


def entry_at(path: Path) -> RunEntry:
    """What the history keeps of a record or of a run's folder."""
    from aoai_reports.formats.folder import RECORD_NAME
    from aoai_reports.history.accepted import accepted_beside, baseline_failed_beside
    from aoai_reports.history.entry import entry_of
    from aoai_reports.record.reader import read_record

    file = (path / RECORD_NAME if path.is_dir() else path).resolve()
    failed = baseline_failed_beside(file)
    return entry_of(read_record(file), str(file), accepted_beside(file), baseline_failed=failed)


def _opened(history: Path | None) -> History:
    from aoai_reports.history.store import History

    chosen = chosen_history(history)
    if chosen is None:
        raise ConformanceError(f"--history {HISTORY_NONE} names no history to read.")
    return History(chosen)


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
