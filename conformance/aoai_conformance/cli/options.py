"""Click options for the table of options in `aoai_conformance.options`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aoai_conformance.cli.completion.names import FIELD_COMPLETERS
from aoai_conformance.recording.parallel.jobs import AUTO, MOST_JOBS, Jobs

if TYPE_CHECKING:
    from aoai_conformance.options import Option

Function = TypeVar("Function", bound=Callable[..., Any])

#: The commands for which a configuration file may set a flag that the command line takes back.
_WITH_CONFIGURATION = frozenset({"run", "plan", "doctor"})
#: The value of `--history` that adds a run nowhere.
HISTORY_NONE = "none"


def run_options(command: str) -> Callable[[Function], Function]:
    """Add the options that a subcommand shares with `run`; each sets the parameter of its field."""
    from aoai_conformance.options import options_of

    def decorate(function: Function) -> Function:
        for option in reversed(tuple(options_of(command))):
            function = _click_option(option, command, is_negatable=command in _WITH_CONFIGURATION)(function)
        return function

    return decorate


def out_file_option(function: Function) -> Function:
    """Add `--out FILE` to a command that prints a document."""
    return click.option(
        "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="Write to this file. Default: standard output.",
    )(function)  # fmt: skip


class _Jobs(click.ParamType[Jobs]):
    """A number of processes, or `auto`."""

    name = "jobs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Jobs:
        """Return the number, or `auto`."""
        if value == AUTO:
            return AUTO
        number: int = click.IntRange(1, MOST_JOBS).convert(value, param, ctx)
        return number


def jobs_option(function: Function) -> Function:
    """Add `--jobs` to a command that judges."""
    return click.option(
        "--jobs", type=_Jobs(), default=AUTO, show_default=True, metavar="N|auto",
        help="How many processes judge; the result is the same. auto: all processors for thousands of "
        "exchanges.",
    )(function)  # fmt: skip


def verbose_option(function: Function) -> Function:
    """Add `--verbose` to a command that prints the report of a run."""
    return click.option(
        "--verbose", is_flag=True, help="Print every violation in full instead of one line for each cause."
    )(function)


def quiet_option(function: Function) -> Function:
    """Add `--quiet` to a command that compares a run with the history."""
    return click.option(
        "--quiet", is_flag=True,
        help="Print only what is new, fixed or flaky since the previous run in the history that tested the "
        "same: one line if nothing is.",
    )(function)  # fmt: skip


def format_option(*formats: str, help: str | None = None) -> Callable[[Function], Function]:  # noqa: A002
    """Add `--format`, whose default is the first of the formats, as the parameter `form`."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True, help=help
    )


def _click_option(option: Option, command: str, *, is_negatable: bool) -> Callable[[Function], Function]:
    negated = f"/--no-{option.name}" if option.type is bool and is_negatable else ""
    return click.option(
        f"--{option.name}{negated}",
        option.field,
        type=None if option.type is bool else _click_type(option),
        is_flag=option.type is bool,
        multiple=option.repeatable,
        default=None if option.repeatable else option.default,
        show_default=option.type is not bool and not option.repeatable,
        metavar=option.metavar,
        shell_complete=FIELD_COMPLETERS.get(option.field),
        help=option.help_for(command),
    )


def _click_type(option: Option) -> click.ParamType[Any]:
    if option.choices:
        return click.Choice(option.choices)
    if option.type is Path:
        return click.Path(path_type=Path, dir_okay=option.folder)
    if option.minimum is None:
        return click.types.convert_type(option.type)
    if option.type is int:
        most = None if option.maximum is None else int(option.maximum)
        return click.IntRange(int(option.minimum), most)
    return click.FloatRange(option.minimum, option.maximum)


def history_place(history: str | Path | None) -> str | Path | None:
    """The history that `--history` names: by default that in the user's data folder; None for `none`.

    Raises HistoryError for a URL that cannot be used.
    """
    from aoai_reports.history.location import default_history, locate_history

    if history is None:
        return default_history()
    if str(history) == HISTORY_NONE:
        return None
    locate_history(history)
    return history
