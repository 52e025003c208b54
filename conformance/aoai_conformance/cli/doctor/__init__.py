"""`aoai-conformance doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aoai_conformance.cli.arguments.targets import choose_one, require_valid, target_argument
from aoai_conformance.cli.options import format_option, run_options
from aoai_conformance.cli.output.printing import echo, echo_json

NOT_USABLE = 3


@click.command("doctor")
@target_argument
@run_options("doctor")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, /, *, name: str | None, config: Path | None, form: str, **given: Any) -> None:
    """Check whether a target responds, what it supports, and why something does not work.

    TARGET is a target of the configuration file. At most 30 short requests are sent: the smallest one for
    each operation, some to other api-versions, and probes of what each model supports. Each problem is
    printed with its remedy, and a configuration with what works. Exit code 3: a deployment does not respond.
    """
    from aoai_conformance.cli.doctor.printing import print_report
    from aoai_conformance.doctor.consultation import consult

    chosen = choose_one(ctx, name, config, given)
    require_valid([chosen])
    report = consult(chosen.choices, name=chosen.name, announce=lambda sentence: echo(sentence, err=True))
    if form == "json":
        echo_json(report.to_json())
    else:
        print_report(report)
    ctx.exit(0 if report.usable else NOT_USABLE)
