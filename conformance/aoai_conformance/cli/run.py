"""`aoai-conformance run`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import Any

import click

from aoai_conformance.cli.options import history_file, run_options, verbose_option
from aoai_conformance.cli.output.printing import echo
from aoai_conformance.options import RunChoices

INCONCLUSIVE = 3


@click.command("run")
@run_options("run")
@verbose_option
@click.pass_context
def command(ctx: click.Context, /, *, verbose: bool, **given: Any) -> None:
    """Test a server and write a record and its reports.

    The key comes from AZURE_OPENAI_API_KEY or the variable named by --api-key-env, never from an argument.
    Without options, the built-in emulator is tested.
    """
    from aoai_conformance.cli.output.first_line import first_line

    echo(first_line(RunChoices(**given)), err=True)

    from aoai_conformance import api
    from aoai_conformance.cli.output.outcome import show_outcome
    from aoai_conformance.run.event_stream import STDOUT
    from aoai_reports.formats.legible import visible_line
    from aoai_reports.formats.wording import recording_remarks

    def remark(sentence: str) -> None:
        echo(visible_line(sentence, 1000), err=True)

    ran = api.run(progress=True, remark=remark, **{**given, "history": history_file(given["history"])})
    for sentence in (*recording_remarks(ran.record), *ran.warnings):
        echo(sentence, err=True)
    for operation in ran.not_configured:
        echo(f"{operation}: not configured (no --deployment serves it)", err=True)
    if ran.record.interrupted:
        echo("Interrupted; the results so far were written.", err=True)
    if ran.history_error:
        remark(ran.history_error)
    only_events = str(given["events"]) == STDOUT
    with redirect_stdout(sys.stderr if only_events else sys.stdout):
        code = show_outcome(ran.summary, ran.record, report=ran.folder, verbose=verbose)
    ctx.exit(INCONCLUSIVE if ran.record.interrupted else code)
