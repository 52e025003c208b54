"""Options that several subcommands share, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from aoai_conformance.target.authentication import KEY_VARIABLE, TOKEN_VARIABLE
from aoai_conformance.target.layout import LAYOUTS
from aoai_conformance.target.targets import DEPLOYMENT_KINDS

SURFACES = ("azure-openai", "ai-model-inference")
PROFILES = ("smoke", "standard", "deep")
#: As `aoai_strategies.planning.planning.DEEP_EXAMPLES`, which takes longer to import than options should.
DEEP_EXAMPLES = 25
#: As `aoai_reports.results.sufficiency.MIN_SHOWN`.
MIN_SHOWN = 90.0

Function = TypeVar("Function", bound=Callable[..., Any])


def _together(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def document_options() -> Callable[[Function], Function]:
    """Which documents."""
    return _together(
        click.option("--surface", type=click.Choice(SURFACES), help="Default: azure-openai."),
        click.option(
            "--api-version", "api_versions", multiple=True, metavar="V",
            help="Repeatable. Default: the newest GA version of the surface.",
        ),
        click.option(
            "--spec", "specs", multiple=True, metavar="FILE|URL",
            help="An API description of your own. Repeatable.",
        ),
        click.option(
            "--as-published", is_flag=True, help="Leave out the overlay that corrects known mistakes."
        ),
    )  # fmt: skip


def plan_options() -> Callable[[Function], Function]:
    """Which cases, and by which rules they are judged."""
    return _together(
        document_options(),
        click.option("--profile", type=click.Choice(PROFILES), default="standard", show_default=True),
        click.option(
            "--operation", "operations", multiple=True, metavar="ID",
            help="Only this operationId, in any case. Repeatable.",
        ),
        click.option(
            "--exclude-operation", "excluded", multiple=True, metavar="ID",
            help="Leave this operationId out; it is reported and not counted. Repeatable.",
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same plan."),
        click.option(
            "--examples", type=click.IntRange(min=0), default=DEEP_EXAMPLES, show_default=True, metavar="N",
            help="Profile deep: so many valid and so many invalid generated requests for each operation, "
            "of our own making, and as many that Schemathesis makes.",
        ),
        click.option("--max-requests", type=click.IntRange(min=1), metavar="N", help="Never send more."),
        click.option("--max-tokens", type=click.IntRange(min=1), metavar="N", help="By the plan's estimate."),
        click.option(
            "--deployment", "deployments", multiple=True, metavar="KIND=NAME",
            help=f"Which deployment serves what. Repeatable. Kinds: {', '.join(DEPLOYMENT_KINDS)}.",
        ),
        click.option(
            "--capabilities", type=click.Path(path_type=Path), metavar="FILE",
            help="What the deployments support, from an earlier run: its capabilities.json or its folder.",
        ),
    )  # fmt: skip


def connection_options() -> Callable[[Function], Function]:
    """How to speak to a target."""
    return _together(
        click.option(
            "--api-key-env", default=KEY_VARIABLE, show_default=True, metavar="NAME",
            help="The environment variable that holds the key.",
        ),
        click.option(
            "--auth", type=click.Choice(["key", "entra"]), default="key", show_default=True,
            help=f"entra: a token from {TOKEN_VARIABLE} or azure-identity.",
        ),
        click.option(
            "--timeout", type=click.FloatRange(min=0.1), default=120.0, show_default=True, metavar="SECONDS",
            help="For one whole response.",
        ),
    )  # fmt: skip


def layout_option() -> Callable[[Function], Function]:
    """Where the target has its operations."""
    return _together(
        click.option(
            "--target-layout", type=click.Choice(LAYOUTS), default="azure", show_default=True,
            help="openai: /v1/chat/completions and the like, the deployment as the body's model, the key as "
            "a bearer token, no api-version; what is about Azure's paths and keys is not sent.",
        )
    )  # fmt: skip


def rule_option() -> Callable[[Function], Function]:
    """Which rules."""
    return _together(
        click.option("--rule", "rules", multiple=True, metavar="ID", help="Judge by this only. Repeatable.")
    )


def gate_options() -> Callable[[Function], Function]:
    """What makes a run fail."""
    return _together(
        click.option(
            "--baseline", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            help="Violations that someone accepted, each with a reason.",
        ),
        click.option("--strict", is_flag=True, help="A broken should fails as a must does."),
    )  # fmt: skip


def completeness_options() -> Callable[[Function], Function]:
    """How much must be shown before a target is called conformant."""
    return _together(
        click.option(
            "--min-shown", type=click.FloatRange(0, 100), default=MIN_SHOWN, show_default=True,
            metavar="PERCENT", help="The share of each operation's points that must be shown.",
        ),
        click.option(
            "--require-complete", is_flag=True, help="Points that a budget leaves unsent count as not shown."
        ),
    )  # fmt: skip


def quirks_option() -> Callable[[Function], Function]:
    """Which deviations are known, beside those of the real service."""
    return _together(
        click.option(
            "--quirks", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            help="Known deviations of your own: what an entry matches passes, and reports list it.",
        )
    )  # fmt: skip


def out_option() -> Callable[[Function], Function]:
    """Where the run's files go."""
    return _together(
        click.option(
            "--out", type=click.Path(path_type=Path), metavar="DIR",
            help="A new or empty folder. Default: aoai-runs/<UTC time>-<target>.",
        )
    )  # fmt: skip


#: What `--history` is given so that nothing is remembered.
HISTORY_NONE = "none"


def history_option() -> Callable[[Function], Function]:
    """Where a run is remembered."""
    return _together(
        click.option(
            "--history", type=click.Path(path_type=Path, dir_okay=False), metavar="PATH|none",
            help="The history that the run is added to. Default: history.sqlite3 in the user's data folder.",
        )
    )  # fmt: skip


def chosen_history(history: Path | None) -> Path | None:
    """The file of the history: the user's own where none is chosen, None for `none`."""
    from aoai_reports.history.place import default_history

    if history is None:
        return default_history()
    return None if str(history) == HISTORY_NONE else history
