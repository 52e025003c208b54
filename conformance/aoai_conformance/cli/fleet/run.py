"""`aoai-conformance fleet run`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aoai_conformance.cli.arguments.targets import NamedChoices, require_valid
from aoai_conformance.cli.fleet.workers import ShownResults, cluster_options, finish, interruptible
from aoai_conformance.cli.options import HISTORY_NONE, history_place
from aoai_conformance.cli.output.printing import echo
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.fleet.running import Finished
    from aoai_conformance.fleet.tasks import RunTask


@click.command("run")
@click.argument("file", metavar="FLEET.toml", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("names", nargs=-1, metavar="[TARGET]...")
@cluster_options
@click.option(
    "--per-host", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
    help="How many tasks may send to one host at the same time. Tasks with a deployment in common never do.",
)  # fmt: skip
@click.option(
    "--history", metavar="FILE|URL|none",
    help="Add each run to this history, a file or the URL of a database; with --scheduler, only a database. "
    "Default: that of the file's targets, otherwise history.sqlite3 in the user's data folder, with "
    "--scheduler none.",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Continue the fleet in --out; send only what is missing.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    file: Path,
    names: tuple[str, ...],
    out: str,
    workers: int | None,
    scheduler: str | None,
    per_host: int,
    history: str | None,
    resume: bool,
) -> None:
    """Test the targets of a configuration file, one task for each target and document.

    FLEET.toml is a configuration file as for `run`; without TARGET, its default-targets are tested, or all
    targets if it has none. The documents of a target share its budget. The task of a lost worker continues
    from its record. Writes a folder for each task, and fleet.json, fleet.txt and index.html.

    Keys and other secrets are read by the workers, from their own environment. The exit code is the worst
    one of all tasks, in the order 1, 2, 3, 0.
    """
    from aoai_conformance.fleet.cluster import DaskPool, open_cluster, require_dask
    from aoai_conformance.fleet.folder import plan_of, write_plan
    from aoai_conformance.fleet.running import lost
    from aoai_conformance.fleet.schedule import carry_out
    from aoai_conformance.fleet.storage import open_storage
    from aoai_reports.formats.quantities import quantity

    if scheduler is not None and workers is not None:
        raise click.UsageError("--workers is for a cluster on this machine; a scheduler has its own workers.")
    tasks = _tasks(_choose(file, names), history, scheduler)
    require_dask()
    storage = open_storage(out)
    write_plan(storage, plan_of("run", [each.to_json() for each in tasks]), resume=resume)
    show = ShownResults(len(tasks))
    again = shlex.join([str(file), *names, "--out", out])
    with interruptible(ctx, f"aoai-conformance fleet run {again} --resume"):
        echo("Starting the cluster …", err=True)
        with open_cluster(workers, scheduler) as cluster:
            echo(f"{quantity(len(tasks), 'task')} on {cluster.introduction}", err=True)
            from aoai_conformance.fleet.worker_plans import run_with_plans

            place = out if storage.local is None else str(storage.local)
            run = run_with_plans(cluster.client, place)
            pool: DaskPool[RunTask, Finished] = DaskPool(cluster.client, run, lost)
            carry_out(tasks, pool, show, most_per_host=per_host)
    ctx.exit(finish(storage, show.results))


def _choose(file: Path, names: Sequence[str]) -> tuple[NamedChoices, ...]:
    """The choices for the named targets of the file, or for those that it tests by default."""
    from aoai_conformance.configuration.reading import read_configuration

    configuration = read_configuration(file)
    chosen = names or configuration.default_targets or tuple(configuration.targets)
    if not chosen:
        raise ConformanceError(f"{file} has no targets.")
    targets = [configuration.target(name) for name in dict.fromkeys(chosen)]
    return tuple(
        NamedChoices(choices if choices.label is not None else replace(choices, label=target.name), target)
        for target in targets
        for choices in (target.choices(),)
    )


def _tasks(chosen: Sequence[NamedChoices], history: str | None, scheduler: str | None) -> tuple[RunTask, ...]:
    """The tasks of the chosen targets. Raises ConformanceError for what no worker could use."""
    from aoai_conformance.fleet.tasks import TaskPlanner

    require_valid(chosen, sending=scheduler is None)  # the environment of other machines is theirs
    planner = TaskPlanner()
    return tuple(
        task
        for each in chosen
        for task in planner.tasks_of(
            each.name, each.choices, _history(history or each.choices.history, scheduler)
        )
    )


def _history(given: str | Path | None, scheduler: str | None) -> str | None:
    """The history that workers add to, with an absolute path; None for no history."""
    from aoai_conformance.fleet.storage import is_url

    if given is None and scheduler is not None:
        return None
    place = history_place(given)
    if place is None:
        return None
    if is_url(str(place)):
        return str(place)
    if scheduler is not None:
        raise ConformanceError(
            f"Workers on other machines cannot add runs to {place}; name a database with --history, such as "
            f"postgresql+psycopg://USER@HOST/DATABASE, or --history {HISTORY_NONE}."
        )
    return str(Path(place).absolute())
