"""The options of `emulator` for failures, time and limits, in groups of the help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aoai_conformance.cli.completion.names import complete_faults

if TYPE_CHECKING:
    from aoai_emulator import FailureDescription, FaultDescription
    from aoai_emulator.settings import Settings

Function = TypeVar("Function", bound=Callable[..., Any])

FAILURES = "Failures"
TIME_AND_LIMITS = "Time and limits"
_NO_HEADERS = "none"


class GroupedOption(click.Option):
    """An option with the title of its group in the help."""

    def __init__(self, *names: Any, group: str, **attributes: Any) -> None:
        self.group = group
        super().__init__(*names, **attributes)


class GroupedCommand(click.Command):
    """A command whose help shows the options of each group under its title, after all others."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options to the help."""
        groups: dict[str, list[tuple[str, str]]] = {"Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                group = parameter.group if isinstance(parameter, GroupedOption) else "Options"
                groups.setdefault(group, []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


#: The options: the group, the parameter, and what click takes.
_OPTIONS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    (
        FAILURES,
        "--fault",
        {
            "multiple": True,
            "metavar": "ID[,NAME=VALUE…]",
            "shell_complete": complete_faults,
            "help": "Enable this fault or failure. `next=N` and `share=0.1` limit it to the next requests or "
            "to a share of them; `operation`, `deployment`, `model`, `method`, `path`, `text`, `header.NAME` "
            "and `json.PATH` to those that match. Repeatable.",
        },
    ),
    (FAILURES, "--list-faults", {"is_flag": True, "help": "List all faults and failures, and exit."}),
    (
        FAILURES,
        "--no-control",
        {
            "is_flag": True,
            "help": "Serve no control API under /_emulator, record no requests, and ignore the header "
            "x-emulate-fault.",
        },
    ),
    (
        TIME_AND_LIMITS,
        "--latency",
        {
            "multiple": True,
            "metavar": "[DEPLOYMENT=]DELAY",
            "help": "The time to the first byte, such as 200ms or 0.2s±50ms (mean, deviation). Repeatable.",
        },
    ),
    (
        TIME_AND_LIMITS,
        "--token-latency",
        {
            "multiple": True,
            "metavar": "[DEPLOYMENT=]DELAY",
            "help": "The time for each token: between the events of a stream, or added before any other "
            "response. Repeatable.",
        },
    ),
    (
        TIME_AND_LIMITS,
        "--rpm",
        {
            "multiple": True,
            "metavar": "[DEPLOYMENT=]N",
            "help": "Requests per minute; beyond them, 429 until the minute is over. Repeatable.",
        },
    ),
    (
        TIME_AND_LIMITS,
        "--tpm",
        {
            "multiple": True,
            "metavar": "[DEPLOYMENT=]N",
            "help": "Tokens per minute, of the prompt and `max_tokens`. Repeatable.",
        },
    ),
    (
        TIME_AND_LIMITS,
        "--ptu",
        {
            "multiple": True,
            "metavar": "DEPLOYMENT[=N]",
            "help": "Give a deployment provisioned throughput of N units (15 by default): a header with its "
            "utilization, and 429 at 100 %. Repeatable.",
        },
    ),
    (
        TIME_AND_LIMITS,
        "--retry-headers",
        {
            "metavar": "NAME[,NAME…]|none",
            "help": "The headers in which a 429 names the time to wait. "
            "Default: retry-after,retry-after-ms,x-ratelimit-reset.",
        },
    ),
    (
        TIME_AND_LIMITS,
        "--background",
        {
            "type": click.Choice(["time", "poll"]),
            "default": "time",
            "show_default": True,
            "help": "What advances batches and jobs: the time, or each request for them.",
        },
    ),
)


def control_options(function: Function) -> Function:
    """Add the options for failures, time and limits to a command."""
    for group, name, attributes in reversed(_OPTIONS):
        function = click.option(name, cls=GroupedOption, group=group, **attributes)(function)
    return function


def control_settings(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Return settings with what the options say. Raises TrafficError or ControlError for a mistake."""
    from dataclasses import replace

    from aoai_emulator import parse_latencies, parse_limits

    names = given["retry_headers"]
    headers = settings.retry_headers if names is None else tuple(names.split(","))
    return replace(
        settings,
        faults=given["fault"],
        has_control=not given["no_control"],
        latencies=parse_latencies(given["latency"], given["token_latency"]),
        limits=parse_limits(given["rpm"], given["tpm"], given["ptu"]),
        retry_headers=() if names == _NO_HEADERS else headers,
        advance_on_poll=given["background"] == "poll",
        advances_with_time=given["background"] == "time",
    )


def print_faults() -> None:
    """Print every fault and failure with what it does."""
    from aoai_emulator import failure_catalogue, fault_catalogue

    described: list[FaultDescription | FailureDescription] = [*fault_catalogue(), *failure_catalogue()]
    width = max(len(each.id) for each in described)
    for each in described:
        kinds = ", ".join(sorted(each.kinds)) or "every operation"
        click.echo(f"{each.id:{width}}  {kinds}: {each.summary}")
