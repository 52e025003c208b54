"""A fleet's summary as text: the verdict, the causes, the targets, and the operations that fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aoai_reports.fleet.summary import FleetSummary
from aoai_reports.fleet.tables import TargetGroup, open_causes, target_groups
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity

#: How many causes, groups of targets, names and operations the text lists; the page has all of them.
_MOST_CAUSES, _MOST_GROUPS, _MOST_NAMES, _MOST_OPERATIONS = 20, 20, 6, 20


def fleet_text(summary: FleetSummary) -> str:
    """Return the summary as text that is safe to print."""
    return "\n".join((*_heads(summary), *_causes(summary), *_targets(summary), *_operations(summary))) + "\n"


def headline(summary: FleetSummary) -> str:
    """Return the numbers of targets and of results with each verdict."""
    counts = ", ".join(f"{number:,} {verdict}" for verdict, number in summary.verdicts.items() if number)
    targets, results = quantity(len(summary.targets), "target"), quantity(len(summary.results), "result")
    return f"{targets}, {results}: {counts}" if counts else "No task has a result."


def totals(summary: FleetSummary) -> str:
    """Return how many requests and tokens the results are about, and what they cost."""
    tokens = summary.tokens.prompt + summary.tokens.completion
    costs = "".join(f", {amount:,.2f} {currency}" for currency, amount in summary.costs.items())
    return f"{quantity(summary.requests, 'request')}, {quantity(tokens, 'token')}{costs}"


def _heads(summary: FleetSummary) -> Iterator[str]:
    yield f"{summary.verdict.upper()} – {headline(summary)}"
    yield totals(summary)
    if summary.missing:
        yield f"Not finished: {_some(summary.missing)}"


def _causes(summary: FleetSummary) -> Iterator[str]:
    causes = open_causes(summary)
    if causes:
        yield f"\n{quantity(len(causes), 'cause')}:"
    for cause in causes[:_MOST_CAUSES]:
        level = "note" if cause.level == "may" else cause.level.upper()
        yield (
            f"  {level:6} {quantity(len(cause.violations), 'target'):>13}  {visible_line(cause.title, 160)}"
            f" ({visible_line(cause.id, 100)})"
        )
    yield from _more(len(causes) - _MOST_CAUSES, "cause")


def _targets(summary: FleetSummary) -> Iterator[str]:
    groups = target_groups(summary)
    if groups:
        yield "\nTargets with the same verdict and causes:"
    for group in groups[:_MOST_GROUPS]:
        yield f"  {group.verdict}: {_some(group.names)} – {_about(group)}"
    yield from _more(len(groups) - _MOST_GROUPS, "group")


def _about(group: TargetGroup) -> str:
    causes = quantity(len(group.violations), "cause") if group.violations else "no cause"
    return f"{causes}; {visible_line(group.doubts[0], 300)}" if group.doubts else causes


def _operations(summary: FleetSummary) -> Iterator[str]:
    failing = sorted(
        (each for each in summary.operations if each.failing),
        key=lambda each: (-len(each.failing), each.document, each.operation),
    )
    if failing:
        yield "\nOperations with violations:"
    for each in failing[:_MOST_OPERATIONS]:
        yield (
            f"  {visible_line(each.document, 100)} {visible_line(each.operation, 100)}: "
            f"{len(each.failing):,} of {quantity(len(each.targets), 'target')}"
        )
    yield from _more(len(failing) - _MOST_OPERATIONS, "operation")


def _some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    listed = ", ".join(visible_line(name, 100) for name in names[:_MOST_NAMES])
    return f"{listed} and {more:,} more" if more > 0 else listed


def _more(number: int, noun: str) -> Iterator[str]:
    if number > 0:
        yield f"  … and {quantity(number, f'more {noun}')}"
