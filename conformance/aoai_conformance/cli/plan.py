"""`aoai-conformance plan`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from aoai_conformance.cli.arguments.targets import choose_one, options_for, require_valid, target_argument
from aoai_conformance.cli.options import format_option, run_options
from aoai_conformance.cli.output.printing import echo, echo_json_text


@click.command("plan")
@target_argument
@run_options("plan")
@click.option("--cases", is_flag=True, help="List each case, too.")
@format_option("table", "json", help="json: canonical, the same bytes for the same options; has all cases.")
@click.pass_context
def command(
    ctx: click.Context, /, *, name: str | None, config: Path | None, form: str, cases: bool, **given: Any
) -> None:
    """Print what `run` would send, with the number of requests and the estimated tokens; send nothing.

    TARGET is a target of the configuration file. With --deployment, plan only operations that one of the
    deployments serves.
    """
    from aoai_conformance import api
    from aoai_conformance.cli.output.plan_tables import (
        WORST_CASE,
        assumptions,
        print_cases,
        print_estimate,
        print_operations,
    )
    from aoai_conformance.target.selection import left_out_sentence
    from aoai_strategies.canonical import plan_as_json

    chosen = choose_one(ctx, name, config, given)
    require_valid([chosen], sending=False)
    choices = chosen.choices
    planned = api.plan(**options_for("plan", choices))
    for warning in planned.warnings:
        echo(warning, err=True)
    if choices.capabilities is None:
        echo(
            "This plan assumes that the deployments support everything; use --capabilities FILE to adapt it.",
            err=True,
        )
    for left_out in planned.left_out:
        echo(left_out_sentence(left_out), err=True)
    adapted = planned.plans
    if form == "table":
        if cases:
            print_cases(adapted)
        print_operations(adapted)
        print_estimate(planned.estimate)
        for sentence in (WORST_CASE, *assumptions(planned.estimate)):
            echo(sentence, err=True)
    elif len(adapted) == 1:
        echo_json_text(plan_as_json(adapted[0]))
    else:
        together = [json.loads(plan_as_json(each)) for each in adapted]
        echo_json_text(json.dumps(together, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
