"""The sentences that all formats of a comparison share, without control characters."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.run_comparison.changes import (
    CAUSE_CLASSES,
    DEFECT_CLASSES,
    BehaviourChange,
    DefectChange,
    DefectClass,
    DocumentComparison,
    RunComparison,
    RunSide,
    Spread,
    TestedChange,
)
from aoai_reports.run_comparison.compared_points import PointCounts, count_points

#: How many names or cases a sentence lists; the rest are counted.
MOST_NAMED = 12
MOST_CASES = 5

TITLES: dict[DefectClass, str] = {
    "new": "New",
    "changed reason": "Same place, different reason",
    "newly tested": "Violations not tested in the first run",
    "still failing": "Still failing",
    "flaky": "Flaky",
    "inconclusive": "Inconclusive",
    "fixed": "Fixed",
    "no longer tested": "No longer tested",
}


def verdict_sentence(comparison: RunComparison) -> str:
    """The result of the comparison in one sentence."""
    if not comparison.differs:
        still = sum(each.kind == "still failing" for part in comparison.parts for each in part.defects)
        both = f"; both runs show {quantity(still, 'defect')}" if still else ""
        return f"No differences{both}."
    found = []
    broken = comparison.newly_broken()
    if broken:
        found.append(quantity(len(broken), "new MUST violation"))
    lost = len(comparison.lost_capabilities)
    if lost:
        found.append(quantity(lost, "lost capability", "lost capabilities"))
    for kind in DEFECT_CLASSES:
        count = sum(each.kind == kind for part in comparison.parts for each in part.defects)
        if count:
            found.append(f"{count:,} {kind}")
    behaviour = sum(len(part.behaviour) for part in comparison.parts)
    if behaviour:
        undocumented = sum(len(part.undocumented) for part in comparison.parts)
        note = f" ({undocumented:,} not documented)" if undocumented else ""
        found.append(quantity(behaviour, "other behaviour change") + note)
    return "; ".join(found or ["Equal responses, but some requests or documents are in one run only"]) + "."


def causes_sentence(part: DocumentComparison) -> str:
    """How many causes are of each class: `2 new causes, 1 fixed, 20 unchanged`; empty without any."""
    counts = [(kind, sum(each.kind == kind for each in part.causes)) for kind in CAUSE_CLASSES]
    return ", ".join(f"{count:,} {kind}" for kind, count in counts if count)


def side_sentence(side: RunSide) -> str:
    """Target, document and date of one run."""
    cut = "" if side.complete else "; incomplete"
    return (
        f"{visible_line(side.target)} tested against {visible_line(side.document)}, {side.started[:10]}{cut}"
    )


def matched_sentences(part: DocumentComparison) -> Iterator[str]:
    """How the cases were matched, with a sentence for each kind that could not be compared."""
    matched = part.matched
    yield f"{quantity(matched.same, 'request')} compared"
    if part.points:
        yield counts_sentence(count_points(part.points))
    for ids, words in (
        (matched.altered, "with different requests"),
        (matched.only_base, "only in the first run"),
        (matched.only_revision, "only in the second run"),
        (matched.unanswered, "with a response in one run only"),
    ):
        if ids:
            yield f"{quantity(len(ids), 'case')} {words}: {listed(ids, MOST_CASES)}"
    if part.masked:
        yield f"{quantity(part.masked, 'change')} omitted because the noise runs show the same"


def counts_by_operation(part: DocumentComparison) -> list[tuple[str, PointCounts]]:
    """The points of each operation, counted by result, in alphabetical order."""
    operations = sorted({point.operation for point in part.points})
    return [
        (each, count_points(point for point in part.points if point.operation == each)) for each in operations
    ]


def counts_sentence(counts: PointCounts) -> str:
    """How many points were compared, with their results, and how many were not."""
    compared = _counts(
        (counts.accepted, "accepted in both"),
        (counts.refused, "rejected in both"),
        (counts.moved, "accepted in one run only"),
    )
    missing = _counts(
        (counts.only_base, "sent in the first run only"),
        (counts.only_revision, "sent in the second run only"),
        (counts.unclear, "unclear in one run"),
    )
    sentence = f"{quantity(counts.compared, 'point')} compared" + (f": {compared}" if compared else "")
    return sentence + (f"; not compared: {missing}" if missing else "")


def _counts(*parts: tuple[int, str]) -> str:
    return ", ".join(f"{count:,} {words}" for count, words in parts if count)


def listed(names: tuple[str, ...], most: int = MOST_NAMED) -> str:
    """Names in a list; those beyond `most` are counted."""
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(visible_line(name, 100) for name in names[:most]) + rest


def tested_sentence(change: TestedChange) -> str:
    """Which rules were tested on an operation in one run only."""
    run = "second" if change.kind == "newly tested" else "first"
    return f"tested in the {run} run only: {listed(change.rules)}"


def change_words(change: BehaviourChange) -> str:
    """`before → after`."""
    return f"{visible_line(change.before, 160)} → {visible_line(change.after, 160)}"


def documented_words(change: BehaviourChange, part: DocumentComparison) -> str:
    """The document changes that explain a behaviour change; empty unless the part was linked."""
    if not part.linked:
        return ""
    return (
        f"documented: {visible_line('; '.join(change.documented))}" if change.documented else "not documented"
    )


def change_place(change: BehaviourChange) -> str:
    """Where it was seen: the scope and the place. Scripts read the scope `answer`; people read `response`."""
    scope = change.scope.replace("answer", "response")
    return f"{scope} {visible_line(change.place)}".strip()


def defect_words(change: DefectChange) -> str:
    """The message, the message before, and the reason for the class."""
    words = visible_line(change.finding.violation.message)
    if change.kind == "changed reason" and change.before is not None:
        words += f" Before: {visible_line(change.before.violation.message)}"
    if change.why:
        words += f" ({change.why})"
    return words


def spread_words(spread: Spread) -> str:
    """The median, interquartile range, 95th percentile and count, in milliseconds."""
    low, middle, up, high = (
        f"{each * 1000:,.1f}" for each in (spread.lower, spread.median, spread.upper, spread.high)
    )
    return f"{middle} ms ({low}–{up}, p95 {high}, n {spread.count:,})"
