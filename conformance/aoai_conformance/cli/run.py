"""`aoai-conformance run`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from aoai_conformance.cli.arguments.targets import (
    NamedChoices,
    choose_targets,
    options_for,
    require_valid,
    target_arguments,
)
from aoai_conformance.cli.options import (
    HISTORY_NONE,
    history_place,
    jobs_option,
    quiet_option,
    run_options,
    verbose_option,
)
from aoai_conformance.cli.output.printing import echo, print_table
from aoai_conformance.recording.parallel.jobs import Jobs
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.api import WholeRun
    from aoai_conformance.options import RunChoices

INCONCLUSIVE = 3
#: The exit codes from the worst to the best, for several targets.
_WORST_FIRST = (1, 2, INCONCLUSIVE, 0)


@dataclass(frozen=True, slots=True)
class _Result:
    """How the run of one target ended: its exit code, and its run unless an error prevented it."""

    name: str
    code: int
    ran: WholeRun | None = None
    error: str = ""


@click.command("run")
@target_arguments
@run_options("run")
@click.option(
    "--resume", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Continue the interrupted run in this folder with its options; send only what is missing.",
)  # fmt: skip
@jobs_option
@verbose_option
@quiet_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    names: tuple[str, ...],
    every: bool,
    resume: Path | None,
    config: Path | None,
    jobs: Jobs,
    verbose: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Test a server and write a record and its reports.

    TARGET is a target of the configuration file; options on the command line override the file. Several
    targets are tested one after the other. Each has its own folder (with --out, DIR/TARGET) and its own file
    of events (with --events night.ndjson, night-TARGET.ndjson). The exit code is the worst one, in the order
    1, 2, 3, 0.

    The key comes from AZURE_OPENAI_API_KEY or the variable named by --api-key-env, never from an argument.
    Without options, the built-in emulator is tested.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other.")
    if resume is not None:
        if names or every or config is not None:
            raise click.UsageError("--resume takes the target and the options from the run in the folder.")
        changed = _given_on_command_line(ctx, given)
        ctx.exit(_resume(resume, changed, jobs, verbose=verbose, quiet=quiet).code)
    chosen = choose_targets(ctx, names, config, given, every=every)
    if not quiet:
        _announce(chosen)  # before the checks, which import what a run needs
    require_valid(chosen)
    if quiet and any(str(each.choices.history) == HISTORY_NONE for each in chosen):
        raise click.UsageError("--quiet compares with the history; choose one with --history.")
    if len(chosen) == 1:
        ctx.exit(_run(chosen[0], jobs, verbose=verbose, quiet=quiet).code)
    results: list[_Result] = []
    for each in chosen:
        results.append(_run_one_of_several(each, jobs, verbose=verbose, quiet=quiet))
        if _is_interrupted(results[-1]):
            break
    skipped = chosen[len(results) :]
    if not quiet:
        with _stdout_unless_for_events(chosen[0].choices):
            _print_results(results, [each.name for each in skipped])
    codes = {*(each.code for each in results), *(INCONCLUSIVE for _ in skipped)}
    ctx.exit(next(code for code in _WORST_FIRST if code in codes))


def _announce(chosen: Sequence[NamedChoices]) -> None:
    """Print what is tested: one target, or the names of several."""
    from aoai_conformance.cli.output.first_line import first_line

    names = ", ".join(each.name for each in chosen)
    echo(first_line(chosen[0].choices) if len(chosen) == 1 else f"Testing {names} …", err=True)


def _run(chosen: NamedChoices, jobs: Jobs, *, verbose: bool, quiet: bool, prefix: str = "") -> _Result:
    """Run one target and print the outcome. Raises ConformanceError as `api.run` does.

    `prefix` is the name that precedes a quiet outcome.
    """
    from aoai_conformance import api
    from aoai_conformance.run.output_folder import default_folder

    choices = replace(chosen.choices, history=history_place(chosen.choices.history))
    if chosen.name:
        choices = replace(choices, out=choices.out or default_folder(chosen.name))
    ran = api.run(progress=not quiet, remark=_remark, jobs=jobs, **options_for("run", choices))
    return _show(_Result(chosen.name, 0, ran), choices, verbose=verbose, quiet=quiet, prefix=prefix)


def _resume(folder: Path, given: dict[str, Any], jobs: Jobs, *, verbose: bool, quiet: bool) -> _Result:
    """Resume the run in a folder and print the outcome. Raises ConformanceError as `api.resume` does."""
    from aoai_conformance import api
    from aoai_conformance.options import RunChoices
    from aoai_conformance.run.resumption import read_interrupted

    if read_interrupted(folder).is_finished and not quiet:
        echo(f"The run in {folder} is finished; nothing is sent.", err=True)
    given = {**given, "history": history_place(given.get("history"))}
    ran = api.resume(folder, progress=not quiet, remark=_remark, jobs=jobs, **given)
    choices = RunChoices(events=given.get("events"))
    return _show(_Result("", 0, ran), choices, verbose=verbose, quiet=quiet, prefix="")


def _given_on_command_line(ctx: click.Context, given: dict[str, Any]) -> dict[str, Any]:
    """The options that the user gave, without those that have their defaults."""
    return {
        name: value
        for name, value in given.items()
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }


def _remark(sentence: str) -> None:
    from aoai_reports.formats.legible import visible_line

    echo(visible_line(sentence, 1000), err=True)


def _show(result: _Result, choices: RunChoices, *, verbose: bool, quiet: bool, prefix: str) -> _Result:
    """Print the outcome of a run; return the result with its exit code."""
    from aoai_conformance.cli.output.outcome import show_changes, show_outcome
    from aoai_reports.formats.wording import recording_remarks

    ran = result.ran
    assert ran is not None  # noqa: S101 - only called with a run
    if not quiet:
        for sentence in (*recording_remarks(ran.record), *ran.warnings):
            echo(sentence, err=True)
        for operation in ran.not_configured:
            if operation not in ran.not_served:
                echo(f"{operation}: not configured (no --deployment serves it)", err=True)
    if ran.record.interrupted:
        echo("Interrupted; the results so far were written.", err=True)
        echo(f"Resume with: aoai-conformance run --resume {shlex.quote(str(ran.folder))}", err=True)
    if ran.history_error:
        _remark(ran.history_error)
    with _stdout_unless_for_events(choices):
        if quiet:
            code = show_changes(ran.summary, ran.record, report=ran.folder, name=prefix)
        else:
            code = show_outcome(ran.summary, ran.record, report=ran.folder, verbose=verbose)
    return replace(result, code=INCONCLUSIVE if ran.record.interrupted else code)


def _run_one_of_several(chosen: NamedChoices, jobs: Jobs, *, verbose: bool, quiet: bool) -> _Result:
    """Run one target; an error ends this run, but not those of the other targets."""
    from aoai_conformance.cli import print_error

    if not quiet:
        with _stdout_unless_for_events(chosen.choices):
            echo(f"{chosen.name}:")
        _announce([chosen])
    try:
        return _run(chosen, jobs, verbose=verbose, quiet=quiet, prefix=chosen.name)
    except ConformanceError as error:
        print_error(f"{chosen.name}: {error}" if quiet else str(error))
        return _Result(chosen.name, error.exit_code, error=str(error))
    finally:
        if not quiet:
            with _stdout_unless_for_events(chosen.choices):
                echo()


def _stdout_unless_for_events(choices: RunChoices) -> AbstractContextManager[object]:
    """A context that prints on stderr if standard output is for events."""
    from aoai_conformance.run.event_stream import STDOUT

    return redirect_stdout(sys.stderr if str(choices.events) == STDOUT else sys.stdout)


def _is_interrupted(result: _Result) -> bool:
    return result.ran is not None and result.ran.record.interrupted


def _print_results(results: list[_Result], skipped: list[str]) -> None:
    """Print a line for each target."""
    from aoai_conformance.redaction.secrets import without_known_secrets

    rows: list[tuple[str, str, str, str]] = []
    for each in results:
        if each.ran is None:
            first = without_known_secrets(each.error.partition("\n")[0])
            rows.append((each.name, "not tested", "", first))
        else:
            summary = each.ran.summary
            verdict = "interrupted" if _is_interrupted(each) else summary.verdict
            rows.append((each.name, verdict, f"{summary.requests:,}", str(each.ran.folder)))
    rows += [(name, "not run", "", "") for name in skipped]
    print_table(("target", "verdict", "requests", "folder"), rows, numbers={2})
