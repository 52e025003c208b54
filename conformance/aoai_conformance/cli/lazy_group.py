"""A group of subcommands that imports a subcommand only when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from aoai_specs.errors import UnknownNameError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """Subcommands by name, each with its line in the help.

    The subcommand NAME is the object `command` of the module NAME in `package`. Error messages call a
    subcommand a `noun`.
    """

    def __init__(
        self, *, package: str, summaries: Mapping[str, str], noun: str = "command", **attributes: Any
    ) -> None:
        super().__init__(**attributes)
        self._package = package
        self._summaries = summaries
        self._noun = noun

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the help."""
        del ctx
        return list(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; None if there is none of this name."""
        del ctx
        if cmd_name not in self._summaries:
            return None
        command: click.Command = importlib.import_module(f"{self._package}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand that the arguments name. Raises UnknownNameError with the nearest name."""
        unknown = bool(args) and not args[0].startswith("-") and args[0] not in self._summaries
        if unknown and not ctx.resilient_parsing:
            raise UnknownNameError(self._noun, args[0], self._summaries)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of subcommands without importing them, and the group's own options."""
        from click.shell_completion import CompletionItem

        return [
            *(
                CompletionItem(name, help=summary)
                for name, summary in self._summaries.items()
                if name.startswith(incomplete)
            ),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))
