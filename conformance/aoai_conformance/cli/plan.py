"""`aoai-conformance plan`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from aoai_conformance.cli.options import format_option, run_options
from aoai_conformance.cli.output.printing import echo, print_table

if TYPE_CHECKING:
    from aoai_model.case import Case, Plan


@click.command("plan")
@run_options("plan")
@format_option("table", "json", help="json: canonical, the same bytes for the same options.")
def command(form: str, **given: Any) -> None:
    """Print what `run` would send, with the number of requests and the estimated tokens; send nothing.

    With --deployment, plan only operations that one of the deployments serves.
    """
    from aoai_conformance import api
    from aoai_conformance.target.selection import left_out_sentence
    from aoai_strategies.canonical import plan_as_json

    planned = api.plan(**given)
    for warning in planned.warnings:
        echo(warning, err=True)
    if given["capabilities"] is None:
        echo(
            "This plan assumes that the deployments support everything; use --capabilities FILE to adapt it.",
            err=True,
        )
    for left_out in planned.left_out:
        echo(left_out_sentence(left_out), err=True)
    adapted = planned.plans
    if form == "table":
        _print_tables(adapted)
    elif len(adapted) == 1:
        click.echo(plan_as_json(adapted[0]), nl=False)
    else:
        together = [json.loads(plan_as_json(each)) for each in adapted]
        click.echo(json.dumps(together, indent=1, sort_keys=True, ensure_ascii=False))


def _print_tables(plans: Sequence[Plan]) -> None:
    for plan in plans:
        print_table(
            ("case", "origin", "expect", "tokens", "points"),
            [(case.id, case.origin, case.expect, str(_tokens(case)), _points(case)) for case in plan.cases],
            numbers={3},
            title=f"{plan.document}, profile {plan.profile}, seed {plan.seed}",
        )
        echo()
    every = [case for plan in plans for case in plan.cases]
    rows = [
        (operation, *_counts([case for case in every if case.operation == operation]))
        for operation in dict.fromkeys(case.operation for case in every)
    ]
    print_table(
        ("operation", "requests", "accept", "reject", "any", "points", "prompt tokens", "completion tokens"),
        [*rows, ("total", *_counts(every))],
        numbers=range(1, 8),
    )


def _counts(cases: Sequence[Case]) -> list[str]:
    expected = Counter(case.expect for case in cases)
    points = {(case.document, case.operation, point.id) for case in cases for point in case.points}
    numbers = [
        len(cases),
        expected["accept"],
        expected["reject"],
        expected["any"],
        len(points),
        sum(case.prompt_tokens for case in cases),
        sum(case.completion_tokens for case in cases),
    ]
    return [f"{number:,}" for number in numbers]


def _tokens(case: Case) -> int:
    return case.prompt_tokens + case.completion_tokens


def _points(case: Case) -> str:
    return ", ".join(point.id for point in case.points)
