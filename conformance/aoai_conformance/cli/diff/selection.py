"""The options of `diff specs` that select and rate changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click

from aoai_specs.comparison.effects import VERDICTS
from aoai_specs.comparison.review.filters import FILTERS, check_pattern
from aoai_specs.comparison.review.severities import LEVELS, check_severity

Function = TypeVar("Function", bound=Callable[..., Any])

_LEVELS: list[str] = list(VERDICTS)
#: Formats that list the places of a group of changes only as far as --all-places allows.
_BOUNDED = ("text", "markdown")
#: Formats that have files and lines only with --lines.
_WITHOUT_LINES = ("text", "json", "yaml")


def filter_options(function: Function) -> Function:
    """Add an option for each filter; its values are the parameter of the filter's name."""
    for name, each in reversed(tuple(FILTERS.items())):
        function = click.option(
            f"--{name}",
            name,
            multiple=True,
            type=click.Choice(each.choices) if each.choices else str,
            metavar=None if each.choices else "PATTERN",
            callback=None if each.choices else _patterns,
            help=f"Only changes {each.help} Repeatable.",
        )(function)
    return function


def severity_option(function: Function) -> Function:
    """Add `--severity KIND=LEVEL`, whose values are the parameter `severities` as a mapping."""
    return click.option(
        "--severity", "severities", multiple=True, metavar="KIND=LEVEL", callback=_severities,
        help=f"Set the level of a kind of change: {', '.join(LEVELS)}. Repeatable.",
    )(function)  # fmt: skip


def check_combination(
    form: str,
    fail_on: str | None,
    filters: Mapping[str, Sequence[str]],
    *,
    all_places: bool,
    lines: bool,
    as_of: datetime | None,
    days: int | None,
) -> None:
    """Raise UsageError for options that have no effect together."""
    if all_places and form not in _BOUNDED:
        raise click.UsageError(
            f"--all-places is for the formats {' and '.join(_BOUNDED)}; {form} does not shorten its places."
        )
    if lines and form not in _WITHOUT_LINES:
        raise click.UsageError(f"--lines is for the formats {', '.join(_WITHOUT_LINES)}, not for {form}.")
    if as_of is not None and days is None:
        raise click.UsageError("--as-of needs --sunset-days.")
    used = [name for name, values in filters.items() if values]
    if used and form == "changelog":
        raise click.UsageError(f"--{used[0]} is not for the format changelog, which shows whole operations.")
    levels = filters["level"]
    if fail_on is not None and levels:
        failing = _LEVELS[: _LEVELS.index(fail_on) + 1]
        if not set(failing) & set(levels):
            raise click.UsageError(
                f"--fail-on {fail_on} cannot fail, because --level leaves out {' and '.join(failing)}."
            )


def _patterns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for each in values:
        try:
            check_pattern(each)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return values


def _severities(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in values:
        kind, separator, level = each.partition("=")
        if not separator:
            raise click.BadParameter(f"{each!r} must be KIND=LEVEL.")
        try:
            check_severity(kind, level)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        found[kind] = level
    return found
