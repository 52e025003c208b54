"""Prints plans: a row for each operation, or for each case."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from aoai_conformance.cli.output.printing import echo, print_table
from aoai_conformance.cost.rates import Cost, Rates
from aoai_conformance.run.plan_estimate import Forecast, PlanEstimate, most_requests
from aoai_model.case import Case, Plan
from aoai_reports.formats.wording import amount_text

#: What the column `at most` counts.
WORST_CASE = (
    "`at most` counts the requests if each packed request is rejected and split down to its points, and each "
    "job is polled to its limit."
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


def print_estimate(estimate: PlanEstimate) -> None:
    """Print what a run uses and costs and how long it takes, as expected and at worst."""
    servers = (
        ("as expected", estimate.expected),
        ("if every request is accepted", estimate.accepting),
        ("if every packed request is rejected", estimate.rejecting),
    )
    head = (
        "a run", "requests", "prompt tokens", "completion tokens", "images", "audio seconds", "cost",
        "duration",
    )  # fmt: skip
    rows = [(name, *_forecast(forecast, estimate.rates)) for name, forecast in servers]
    echo()
    print_table(head, rows, numbers=range(1, len(head)))


def assumptions(estimate: PlanEstimate) -> Iterator[str]:
    """What an estimate rests on, in sentences."""
    rates = estimate.rates
    if not estimate.kinds:
        return
    unknown = dict.fromkeys((*estimate.expected.cost.unknown, *estimate.accepting.cost.unknown))
    if unknown:
        yield (
            f"The cost of {', '.join(unknown)} is unknown: name the models with --deployment KIND=NAME, and "
            "give their prices with --prices FILE."
        )
    if estimate.accepting.cost.amount and rates.prices.source:
        yield f"Prices: {rates.prices.source}."
    seconds = sorted({rates.request_seconds(kind) for kind in estimate.kinds})
    times = " to ".join(dict.fromkeys(f"{each:g}" for each in (*seconds[:1], *seconds[-1:])))
    limited = ", ".join([*_limits(rates.rpm, "requests"), *_limits(rates.tpm, "tokens")])
    yield (
        f"The duration assumes {times} s for a request, {rates.concurrency} requests at the same time, "
        f"{limited or 'no rate limit'}. Retries come on top."
    )


def _limits(limits: Mapping[str, float], unit: str) -> Iterator[str]:
    for name, number in limits.items():
        yield f"at most {number:,.0f} {unit} a minute for {name or 'each deployment'}"


def _forecast(forecast: Forecast, rates: Rates) -> Iterator[str]:
    usage = forecast.usage
    yield f"{usage.requests:,}"
    yield f"{usage.prompt_tokens:,}"
    yield f"{usage.completion_tokens:,}"
    yield f"{usage.images:,}"
    yield f"{usage.audio_seconds:,.0f}"
    yield cost_text(forecast.cost, rates.prices.currency)
    yield duration_text(forecast.seconds)


def cost_text(cost: Cost, currency: str) -> str:
    """`USD 0.31`, `USD 0.31 + unknown` or `unknown`; never 0 for something whose price is unknown."""
    if cost.unknown and not cost.amount:
        return "unknown"
    amount = amount_text(currency, cost.amount)
    return f"{amount} + unknown" if cost.unknown else amount


def duration_text(seconds: float) -> str:
    """`45 s`, `1 min 30 s` or `2 h 5 min`."""
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


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
