"""`aoai-conformance plan`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from aoai_conformance.cli.options import layout_option, plan_options
from aoai_conformance.cli.output.table import print_table
from aoai_conformance.cli.output.terminal import echo

if TYPE_CHECKING:
    from aoai_conformance.target.layout import TargetLayout
    from aoai_model.case import Case, Plan


@click.command("plan")
@plan_options()
@layout_option()
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="json: canonical, the same bytes for the same choices.",
)  # fmt: skip
def command(
    *,
    surface: str | None,
    api_versions: tuple[str, ...],
    specs: tuple[str, ...],
    as_published: bool,
    profile: str,
    operations: tuple[str, ...],
    seed: int,
    max_requests: int | None,
    max_tokens: int | None,
    excluded: tuple[str, ...],
    capabilities: Path | None,
    examples: int,
    deployments: tuple[str, ...],
    target_layout: str,
    form: str,
) -> None:
    """Print what `run` would send, with the number of requests and an estimate of the tokens; send nothing.

    With --deployment, only operations that one of the deployments serves are planned.
    """
    from aoai_conformance.run.choices import (
        Choices,
        chosen_operations,
        chosen_plans,
        left_out_sentence,
        sent_plans,
    )
    from aoai_conformance.target.documents import chosen_documents, warnings_about
    from aoai_conformance.target.layout import has_kind
    from aoai_conformance.target.request_bytes import needs_deployment
    from aoai_conformance.target.targets import parse_deployments
    from aoai_strategies.canonical import plan_as_json
    from aoai_strategies.planning.capabilities import read_capabilities

    named = parse_deployments(deployments)
    layout = cast("TargetLayout", target_layout)
    choices = Choices(
        profile=profile,
        operations=operations,
        seed=seed,
        examples=examples,
        excluded=excluded,
    )
    documents = chosen_documents(
        surface=surface, api_versions=api_versions, specs=specs, as_published=as_published
    )
    for warning in warnings_about(documents):
        echo(warning, err=True)
    known = None if capabilities is None else read_capabilities(capabilities)
    whole = chosen_plans(
        choices,
        chosen_operations(choices, documents),
        lambda each: (
            has_kind(layout, each.kind)
            and (not named or each.kind in named or not needs_deployment(each.path))
        ),
        layout,
    )
    by_name = {str(document.name): document for document in documents}
    sent = sent_plans(whole, by_name, capabilities=known, max_requests=max_requests, max_tokens=max_tokens)
    if known is None:
        echo("Planned for deployments that support everything; --capabilities FILE knows better.", err=True)
    for each in (each for one in sent for each in one.left_out):
        echo(left_out_sentence(each), err=True)
    plans = [one.plan for one in sent]
    if form == "table":
        _print_tables(plans)
    elif len(plans) == 1:
        click.echo(plan_as_json(plans[0]), nl=False)
    else:
        together = [json.loads(plan_as_json(each)) for each in plans]
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
        [*rows, ("together", *_counts(every))],
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
