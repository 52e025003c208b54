"""Prints plans: a row for each operation, or for each case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aoai_conformance.cli.output.printing import echo, print_table
from aoai_model.case import Case, Plan

#: What the column `at most` counts.
WORST_CASE = (
    "`at most` counts the requests if each packed request is rejected and split down to its points, and each "
    "job is polled to its limit; probes, retries and the isolation of defects come on top."
)


def print_operations(plans: Sequence[Plan]) -> None:
    """Print what a run would test, and for each operation how many cases, points, requests and tokens."""
    for plan in plans:
        echo(_title(plan))
    echo()
    every = [case for plan in plans for case in plan.cases]
    operations = dict.fromkeys(case.operation for case in every)
    rows = [
        (operation, *_counts([case for case in every if case.operation == operation]))
        for operation in operations
    ]
    head = (
        "operation", "cases", "accept", "reject", "any", "points", "requests", "at most", "prompt tokens",
        "completion tokens",
    )  # fmt: skip
    print_table(head, [*rows, ("total", *_counts(every))], numbers=range(1, len(head)))


def print_cases(plans: Sequence[Plan]) -> None:
    """Print a table of the cases of each plan."""
    for plan in plans:
        rows = [
            (
                case.id,
                case.origin,
                case.expect,
                str(case.prompt_tokens + case.completion_tokens),
                ", ".join(point.id for point in case.points),
            )
            for case in plan.cases
        ]
        print_table(("case", "origin", "expect", "tokens", "points"), rows, numbers={3}, title=_title(plan))
        echo()


def most_requests(case: Case) -> int:
    """How many requests a case takes at most: its polls, or a packed case split down to its points."""
    halves = 2 * (len(case.points) - 1) if case.expect == "accept" and len(case.points) > 1 else 0
    return halves + (1 if case.until is None else case.until.attempts)


def _title(plan: Plan) -> str:
    return f"{plan.document}, profile {plan.profile}, seed {plan.seed}"


def _counts(cases: Sequence[Case]) -> list[str]:
    expected = Counter(case.expect for case in cases)
    points = {(case.document, case.operation, point.id) for case in cases for point in case.points}
    numbers = [
        len(cases),
        expected["accept"],
        expected["reject"],
        expected["any"],
        len(points),
        len(cases),
        sum(map(most_requests, cases)),
        sum(case.prompt_tokens for case in cases),
        sum(case.completion_tokens for case in cases),
    ]
    return [f"{number:,}" for number in numbers]
