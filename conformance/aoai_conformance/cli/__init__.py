"""The command `aoai-conformance`: one module for each subcommand, imported when it is used."""

from __future__ import annotations

import errno
import gc
import sys
from types import ModuleType
from typing import Any

import click

import aoai_conformance
from aoai_conformance.cli.lazy_group import LazyGroup
from aoai_conformance.command_table import DESCRIPTION, SUBCOMMANDS
from aoai_specs.errors import ConformanceError

INCONCLUSIVE = 3
WRONG_USAGE = 2


class Commands(LazyGroup):
    """The subcommands; an error becomes one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand. Print a ConformanceError as its message and exit with its exit code."""
        try:
            return super().invoke(ctx)
        except ConformanceError as error:
            print_error(str(error))
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
                file = f" {error.filename}" if error.filename else ""
                click.echo(f"Cannot write{file}, no space left: {error.strerror}.", err=True)
                ctx.exit(INCONCLUSIVE if ctx.invoked_subcommand == "run" else WRONG_USAGE)
            _report_bug(ctx)
        except Exception:  # noqa: BLE001 - exit code 1 would blame the target
            _report_bug(ctx)


def print_error(text: str, *, nl: bool = True) -> None:
    """Print an error that may quote a file or a server: without secrets and control characters."""
    from aoai_conformance.redaction.secrets import without_known_secrets
    from aoai_reports.formats.legible import visible

    click.echo(visible(without_known_secrets(text), lines=True), err=True, nl=nl)


def _report_bug(ctx: click.Context) -> None:
    import traceback

    print_error(traceback.format_exc(), nl=False)
    click.echo("This is a bug in aoai-conformance, not in the target; please report it.", err=True)
    ctx.exit(INCONCLUSIVE)


@click.group(
    cls=Commands,
    package=__name__,
    summaries=SUBCOMMANDS,
    help=DESCRIPTION,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(aoai_conformance.__version__, prog_name="aoai-conformance")
def main() -> None:
    """Prepare what all subcommands share."""
    # httpx imports its own command, which takes rich and pygments along, unless that fails
    sys.modules.setdefault("httpx._main", ModuleType("httpx._main"))
    # descriptions and records are large trees of plain data: collecting them often costs a tenth of the time
    gc.set_threshold(50_000, 20, 50)
