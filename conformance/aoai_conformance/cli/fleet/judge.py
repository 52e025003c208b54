"""`aoai-conformance fleet judge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from aoai_conformance.cli.fleet.workers import ShownFiles, cluster_options, finish, interruptible
from aoai_conformance.cli.options import run_options
from aoai_conformance.cli.output.printing import echo

if TYPE_CHECKING:
    from aoai_conformance.fleet.judging import FileTask, Outcome, PartTask


@click.command("judge")
@click.argument("patterns", nargs=-1, required=True, metavar="GLOB|URL...")
@cluster_options
@run_options("judge")
@click.option(
    "--secret-header", "secret_headers", multiple=True, metavar="NAME",
    help="A header whose value is a secret, to be masked wherever it occurs. Repeatable.",
)  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    patterns: tuple[str, ...],
    out: str,
    workers: int | None,
    scheduler: str | None,
    secret_headers: tuple[str, ...],
    **given: Any,
) -> None:
    """Judge recorded traffic on several workers; send nothing.

    GLOB is a file, a folder of a run or a quoted pattern such as 'traffic/**/*.har'; the URL of an object
    store may have a pattern, too. The files are those that `judge` reads. Large records are judged in parts.

    Results are merged by target: that of a record, otherwise the folder of the file. The summary is the same
    for any number of workers.
    """
    from aoai_conformance.baseline.baseline import read_accepted
    from aoai_conformance.fleet.cluster import DaskPool, open_cluster, require_dask
    from aoai_conformance.fleet.folder import plan_of, write_plan
    from aoai_conformance.fleet.judged_targets import write_judged
    from aoai_conformance.fleet.judging import judge_all, judge_task, lost
    from aoai_conformance.fleet.recordings import find_recordings
    from aoai_conformance.fleet.storage import open_storage
    from aoai_conformance.fleet.tasks import with_absolute_paths
    from aoai_conformance.options import RunChoices
    from aoai_conformance.target.selection import choose_rules
    from aoai_reports.formats.quantities import quantity
    from aoai_specs.errors import ConformanceError
    from aoai_specs.loading.sources import STANDARD_INPUT

    if scheduler is not None and workers is not None:
        raise click.UsageError("--workers is for a cluster on this machine; a scheduler has its own workers.")
    choices = with_absolute_paths(RunChoices(**given))
    if STANDARD_INPUT in choices.specs:
        raise ConformanceError("Workers cannot read a description from standard input; save it as a file.")
    choose_rules(choices.rules)
    baseline = read_accepted(choices.baseline)
    files = find_recordings(patterns)
    require_dask()
    storage = open_storage(out)
    write_plan(storage, plan_of("judge", []), resume=False)
    with interruptible(ctx):
        echo("Starting the cluster …", err=True)
        with open_cluster(workers, scheduler) as cluster:
            echo(f"{quantity(len(files), 'file')} on {cluster.introduction}", err=True)
            pool: DaskPool[FileTask | PartTask, Outcome] = DaskPool(cluster.client, judge_task, lost)
            shown = ShownFiles(len(files))
            judged = judge_all(
                files,
                choices,
                pool,
                shown,
                secret_headers=secret_headers,
                most_submitted=pool.most_submitted,
            )
        write_judged(storage, judged, baseline, strict=choices.strict)
    ctx.exit(finish(storage))
