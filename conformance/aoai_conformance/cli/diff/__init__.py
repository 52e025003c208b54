"""`aoai-conformance diff`: a group whose subcommands are imported only when they are wanted."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

from aoai_specs.errors import ConformanceError, UnknownNameError

#: Where each subcommand lies, and its line in the list of them. A module holds it under the name `command`.
COMPARISONS: Mapping[str, tuple[str, str]] = {
    "specs": ("specs", "Compare two API descriptions as clients see them."),
    "runs": ("runs", "Compare what two runs saw."),
    "changelogs": ("changelogs", "Renew the change logs of the catalogue's documents."),
}


class Comparisons(click.Group):
    """The comparisons, imported late."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they are told."""
        del ctx
        return list(COMPARISONS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The comparison of this name, imported."""
        del ctx
        if cmd_name not in COMPARISONS:
            return None
        module = importlib.import_module(f"{__name__}.{COMPARISONS[cmd_name][0]}")
        found = module.command
        if not isinstance(found, click.Command):
            raise ConformanceError(f"{module.__name__}.command is no command.")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The comparison that the arguments name; an unknown one is told with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in COMPARISONS:
            raise UnknownNameError("comparison", args[0], COMPARISONS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of comparisons, without importing one."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMPARISONS.items()])


@click.group("diff", cls=Comparisons)
def command() -> None:
    """Compare two API descriptions, or what two runs saw."""
