"""The history as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.history.drift import Drift
from aoai_reports.history.entry import RunEntry

_BARS = "▁▂▃▄▅▆▇█"


def runs_text(runs: Sequence[RunEntry]) -> str:
    """A line for each run."""
    if not runs:
        return "The history has no runs.\n"
    return "".join(f"{_run_line(run)}\n" for run in runs)


def run_text(run: RunEntry) -> str:
    """One run with its defects and the cost of each operation."""
    return "\n".join(_run_lines(run)) + "\n"


def drift_text(drift: Drift) -> str:
    """The changes over some nights."""
    return "\n".join(_drift_lines(drift)) + "\n"


def _run_line(run: RunEntry) -> str:
    documents = visible_line(", ".join(run.documents), 120)
    violations = f"{run.broken('must')} must, {run.broken('should')} should, {run.broken('may')} may"
    known = f", {run.known} known" if run.known else ""
    target = f"{run.label} ({run.target})" if run.label else run.target
    return (
        f"{run.id}  {_moment(run.started)}  {run.verdict:13}  {violations + known:34}  "
        f"{quantity(run.requests, 'request')}  {visible_line(target)}  {documents}"
        + ("  interrupted" if run.interrupted else "")
    )


def _run_lines(run: RunEntry) -> Iterator[str]:
    yield _run_line(run)
    tool = visible_line(run.tool)
    yield f"profile {visible_line(run.profile)}, seed {run.seed}, {run.seconds:,.1f} s, {tool}"
    yield f"record {visible_line(run.record)}"
    if run.causes:
        yield f"{quantity(len(run.causes), 'cause')}"
    for cause in run.causes:
        mark = "  (known)" if cause.known == cause.violations else ""
        yield f"  {cause.level:6} {visible_line(cause.title, 200)}{mark}"
    if run.defects:
        yield f"{quantity(len(run.defects), 'defect')}"
    for each in run.defects:
        place = visible_line(each.place or "whole response")
        mark = "  (known)" if each.known else ""
        yield f"  {each.level:6} {visible_line(each.rule)}  {visible_line(each.operation)}  {place}{mark}"
        yield f"         {visible_line(each.message)}" + (
            f" ({each.count:,} times)" if each.count > 1 else ""
        )
    for cost in run.costs:
        yield (
            f"  {visible_line(cost.operation)}: {quantity(cost.requests, 'request')}, "
            f"{cost.prompt:,} prompt and {cost.completion:,} completion tokens"
        )


def _drift_lines(drift: Drift) -> Iterator[str]:
    runs = sum(night.runs for night in drift.nights)
    yield f"{quantity(len(drift.nights), 'night')}, {quantity(runs, 'run')}"
    for night in drift.nights:
        yield (
            f"  {night.day}  {quantity(night.musts, 'MUST violation')}, "
            f"{quantity(night.requests, 'request')}, "
            f"{night.prompt:,} prompt and {night.completion:,} completion tokens"
        )
    yield f"\nCauses: {len(drift.causes):,}"
    for cause in drift.causes:
        state = "new" if cause.is_new else "failing" if cause.failing_now else "not failing"
        yield (
            f"  {cause.level:6} {_sparkline(cause.violations)}  {state}: {visible_line(cause.title, 200)} "
            f"(first {_moment(cause.first_seen)}, last {_moment(cause.last_seen)})"
        )
    yield f"\nDefects: {len(drift.rules):,}"
    for rule in drift.rules:
        now = "passing" if not rule.broken_now else "failing, but known" if rule.known_now else "failing"
        place = visible_line(rule.place or "whole response", 160)
        reason = f" ({visible_line(rule.reason, 80)})" if rule.reason else ""
        yield (
            f"  {rule.level:6} {visible_line(rule.rule)}  {visible_line(rule.operation)} {place}{reason}: "
            f"first {_moment(rule.first_seen)}, last {_moment(rule.last_seen)}, "
            f"{quantity(rule.flips, 'flip')}, "
            f"failed in {rule.broken:,} of {quantity(rule.judged, 'run')}, now {now}"
        )
    yield f"\nUndeclared fields: {len(drift.fields):,}"
    for field in drift.fields:
        yield (
            f"  {visible_line(field.operation)}  {visible_line(field.place)}: first "
            f"{_moment(field.first_seen)}, last {_moment(field.last_seen)}, in {quantity(field.runs, 'run')}"
        )


def _sparkline(numbers: Sequence[int | None]) -> str:
    """A bar for each number, relative to the highest; a dot for 0, and a question mark for None."""
    most = max((each for each in numbers if each), default=0)
    return "".join(
        "?" if each is None else _BARS[(each * (len(_BARS) - 1)) // most] if each else "·" for each in numbers
    )


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")
