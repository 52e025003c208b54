"""What the commands that use a cluster share: their options, their progress, and their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aoai_conformance.cli.output.printing import echo

if TYPE_CHECKING:
    from aoai_conformance.fleet.judging import Outcome
    from aoai_conformance.fleet.running import Finished
    from aoai_conformance.fleet.storage import Storage
    from aoai_reports.fleet.result import TaskResult

INCONCLUSIVE = 3
Function = TypeVar("Function", bound=Callable[..., Any])


def cluster_options(function: Function) -> Function:
    """Add `--out`, `--workers` and `--scheduler`."""
    for add in (
        click.option(
            "--scheduler", metavar="ADDRESS",
            help="Use the workers of this Dask scheduler, such as tls://HOST:8786. Default: a cluster on "
            "this machine.",
        ),
        click.option(
            "--workers", type=click.IntRange(min=1), metavar="N",
            help="How many processes the cluster on this machine has. Default: the number of processors.",
        ),
        click.option(
            "--out", required=True, metavar="DIR|URL",
            help="Write to this new or empty folder: a path that all workers share, or a URL such as "
            "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/NIGHT, s3://BUCKET/NIGHT or gs://BUCKET/NIGHT.",
        ),
    ):  # fmt: skip
        function = add(function)
    return function


@dataclass(slots=True)
class ShownResults:
    """Prints a line on stderr for each task that finishes, and collects the results."""

    number: int
    results: list[TaskResult] = field(default_factory=list)

    def __call__(self, task: object, finished: Finished) -> None:
        """Print the result of a task."""
        from aoai_reports.formats.legible import visible_line
        from aoai_reports.formats.quantities import quantity

        del task
        result = finished.result
        self.results.append(result)
        causes = sum(bool(each.violations) for each in result.causes)
        about = result.error or f"{quantity(causes, 'cause')}, {quantity(result.requests, 'request')}"
        resumed = "; a worker was lost, and another continued" if finished.resumed else ""
        count = f"[{len(self.results)}/{self.number}]"
        line = f"{count} {result.target} {result.document}: {result.verdict} – {about}{resumed}"
        echo(visible_line(line, 1000), err=True)
        if finished.remark:
            echo(visible_line(finished.remark, 1000), err=True)


@dataclass(slots=True)
class ShownFiles:
    """Prints a line on stderr for each judged file or part of a record, and what was left aside."""

    unfinished: int
    finished: int = 0

    def __call__(self, outcome: Outcome) -> None:
        """Print the outcome of a task."""
        from aoai_reports.formats.legible import visible_line
        from aoai_reports.formats.quantities import quantity

        self.finished += 1
        self.unfinished += len(outcome.parts) - 1
        if outcome.parts:
            about = f"divided into {quantity(len(outcome.parts), 'part')}"
        elif outcome.result is None:
            about = f"not judged – {outcome.error}"
        else:
            about = f"{quantity(outcome.result.totals.requests, 'request')} judged"
        count = f"[{self.finished}/{self.finished + self.unfinished}]"
        for sentence in (f"{count} {outcome.name}: {about}", *outcome.remarks):
            echo(visible_line(sentence, 1000), err=True)


@contextmanager
def interruptible(ctx: click.Context, command: str = "") -> Iterator[None]:
    """A context in which Ctrl-C ends the fleet with exit code 3; `command` continues it, if any does."""
    try:
        yield
    except KeyboardInterrupt:
        echo(f"Interrupted. Continue with: {command}" if command else "Interrupted.", err=True)
        ctx.exit(INCONCLUSIVE)


def finish(storage: Storage, results: Sequence[TaskResult] = ()) -> int:
    """Merge and write the results in the folder, print the summary and return the exit code.

    `results` are those that workers returned, of which only those with a verdict are in the folder.
    """
    from aoai_conformance.fleet.folder import PAGE_NAME, summarize_folder, write_failures, write_reports
    from aoai_reports.fleet.text import fleet_text

    write_failures(storage, results)
    summary = summarize_folder(storage)
    write_reports(storage, summary)
    echo(fleet_text(summary), nl=False)
    echo(f"Report: {storage.place(PAGE_NAME)}")
    return summary.code
