"""`aoai-conformance completion`."""

from __future__ import annotations

import click

#: The variable through which a script asks for completions, as click derives it from the command's name.
VARIABLE = "_AOAI_CONFORMANCE_COMPLETE"
PROGRAM = "aoai-conformance"
SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), metavar="bash|zsh|fish")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and names in a shell.

    \b
    bash  add to ~/.bashrc:  eval "$(aoai-conformance completion bash)"
    zsh   add to ~/.zshrc:   eval "$(aoai-conformance completion zsh)"
    fish  aoai-conformance completion fish > ~/.config/fish/completions/aoai-conformance.fish
    """  # noqa: D301 - click keeps the lines of a paragraph after this character
    click.echo(script(shell, ctx.find_root().command), nl=False)


def script(shell: str, main: click.Command) -> str:
    """The script for a shell."""
    from click.shell_completion import get_completion_class

    if shell == "bash":
        from aoai_conformance.cli.completion.bash import BASH

        return BASH % {"program": PROGRAM, "variable": VARIABLE}
    completion = get_completion_class(shell)
    if completion is None:  # pragma: no cover - click has all of SHELLS
        raise click.UsageError(f"{shell} is not supported.")
    return f"{completion(main, {}, PROGRAM, VARIABLE).source().strip()}\n"
