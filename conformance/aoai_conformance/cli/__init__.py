"""The command `aoai-conformance`. Each subcommand is a module that is imported only when it is wanted."""

from __future__ import annotations

import errno
import importlib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

import aoai_conformance
from aoai_specs.errors import ConformanceError, UnknownNameError

INCONCLUSIVE = 3
WRONG_USAGE = 2


@dataclass(frozen=True, slots=True)
class Subcommand:
    """Where a subcommand lies, and its line in the list of them, which must not cost an import."""

    module: str
    summary: str


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "run": Subcommand("run", "Test a server and write a record and its reports."),
    "plan": Subcommand("plan", "Print what `run` would send, with its cost; send nothing."),
    "emulator": Subcommand("emulator", "Serve the emulator until interrupted."),
    "judge": Subcommand("judge", "Judge records or HAR files by today's rules; send nothing."),
    "selftest": Subcommand("selftest", "Show which fault of the emulator trips which rule."),
    "specs": Subcommand("specs", "List, show or lint the API descriptions."),
    "diff": Subcommand("diff", "Compare two API descriptions, or two runs."),
    "rules": Subcommand("rules", "List the rules."),
    "explain": Subcommand("explain", "Tell what a rule wants and where that is written."),
    "baseline": Subcommand("baseline", "Accept what a run shows, or drop what no longer happens."),
    "history": Subcommand("history", "Look back over the runs: list, show, drift, rebuild."),
    "replay": Subcommand("replay", "Send one case of a run again."),
    "report": Subcommand("report", "Write a run's report in another format."),
}


class Commands(click.Group):
    """The subcommands, imported late; their errors, as one sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they are needed."""
        del ctx
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported."""
        del ctx
        if cmd_name not in SUBCOMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{SUBCOMMANDS[cmd_name].module}")
        command = module.command
        if not isinstance(command, click.Command):
            raise ConformanceError(f"{module.__name__}.command is no command.")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand that the arguments name; an unknown one is told with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in SUBCOMMANDS:
            raise UnknownNameError("command", args[0], SUBCOMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of subcommands, without importing one."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.summary) for name, each in SUBCOMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand. What this project raises for its users becomes its sentence and its exit code."""
        try:
            return super().invoke(ctx)
        except ConformanceError as error:
            _complain(str(error))
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(INCONCLUSIVE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                named = f" {error.filename}" if error.filename else ""
                click.echo(f"There is no room left to write{named}: {error.strerror}.", err=True)
                ctx.exit(INCONCLUSIVE if ctx.invoked_subcommand == "run" else WRONG_USAGE)
            _own_defect(ctx)
        except Exception:  # noqa: BLE001 - exit code 1 would say that the target is at fault
            _own_defect(ctx)


def _complain(sentence: str) -> None:
    """Print what went wrong; it may quote a file or a server, so that nothing in it acts on the terminal."""
    from aoai_conformance.redaction.secrets import without_known_secrets
    from aoai_reports.formats.legible import visible

    click.echo(visible(without_known_secrets(sentence), lines=True), err=True)


def _own_defect(ctx: click.Context) -> None:
    from aoai_conformance.redaction.secrets import without_known_secrets
    from aoai_reports.formats.legible import visible

    click.echo(visible(without_known_secrets(traceback.format_exc()), lines=True), err=True, nl=False)
    click.echo("This is a defect of aoai-conformance, not of the target; please report it.", err=True)
    ctx.exit(INCONCLUSIVE)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(aoai_conformance.__version__, prog_name="aoai-conformance")
def main() -> None:
    """Prove that a server really speaks the Azure OpenAI and Azure AI Model Inference REST APIs.

    Exit codes: 0 conformant, 1 violations, 2 wrong usage, 3 inconclusive (the target or the harness failed).
    """
