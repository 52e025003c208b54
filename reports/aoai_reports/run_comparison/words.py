"""The sentences that every form of a comparison says in the same words; nothing in them acts or hides."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.wording import counted
from aoai_reports.run_comparison.changes import (
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
from aoai_reports.run_comparison.compared_points import PointCounts, counted_points

#: Rules or documents, and cases, that one sentence names; further ones are counted.
MOST_NAMED = 12
MOST_CASES = 5

TITLES: dict[DefectClass, str] = {
    "new": "New",
    "changed reason": "At the same place, for another reason",
    "newly tested": "Broken where the first run did not look",
    "still failing": "Still failing",
    "flaky": "Flaky",
    "inconclusive": "Inconclusive",
    "fixed": "Fixed",
    "no longer tested": "Failed before, no longer tested",
}


def verdict_sentence(comparison: RunComparison) -> str:
    """What it all comes to."""
    if not comparison.differs:
        still = sum(each.kind == "still failing" for part in comparison.parts for each in part.defects)
        kept = f"; {counted(still, 'defect')} fail in both" if still else ""
        return f"No difference{kept}."
    found = []
    broken = comparison.newly_broken()
    if broken:
        found.append(counted(len(broken), "broken must that is new", "broken musts that are new"))
    lost = len(comparison.lost_capabilities)
    if lost:
        found.append(counted(lost, "capability lost", "capabilities lost"))
    for kind in DEFECT_CLASSES:
        many = sum(each.kind == kind for part in comparison.parts for each in part.defects)
        if many:
            found.append(f"{many:,} {kind}")
    behaviour = sum(len(part.behaviour) for part in comparison.parts)
    if behaviour:
        undocumented = sum(len(part.undocumented) for part in comparison.parts)
        aside = f" ({undocumented:,} not documented)" if undocumented else ""
        found.append(counted(behaviour, "other change of behaviour", "other changes of behaviour") + aside)
    return "; ".join(found or ["The same answers, but not all requests or documents are of both runs"]) + "."


def side_sentence(side: RunSide) -> str:
    """Target, document and day of one run."""
    cut = "" if side.complete else "; cut off before its end"
    return f"{visible_line(side.target)} judged by {visible_line(side.document)}, {side.started[:10]}{cut}"


def matched_sentences(part: DocumentComparison) -> Iterator[str]:
    """How the cases were matched; a sentence for each thing that could not be compared."""
    matched = part.matched
    yield f"{counted(matched.same, 'request')} compared"
    if part.points:
        yield counts_sentence(counted_points(part.points))
    for ids, words in (
        (matched.altered, "asked otherwise under the same name"),
        (matched.only_base, "only in the first run"),
        (matched.only_revision, "only in the second run"),
        (matched.unanswered, "answered in one run only"),
    ):
        if ids:
            yield f"{counted(len(ids), 'case')} {words}: {named(ids, MOST_CASES)}"
    if part.masked:
        yield f"{counted(part.masked, 'change')} left out, which the noise runs show too"


def counts_by_operation(part: DocumentComparison) -> list[tuple[str, PointCounts]]:
    """What became of the points of each operation, in alphabetical order."""
    operations = sorted({point.operation for point in part.points})
    return [
        (each, counted_points(point for point in part.points if point.operation == each))
        for each in operations
    ]


def counts_sentence(found: PointCounts) -> str:
    """What became of points: of how many both runs know, and of how many only one does."""
    told = [
        f"{many:,} {words}"
        for many, words in (
            (found.accepted, "accepted in both"),
            (found.refused, "refused in both"),
            (found.moved, "accepted in one run only"),
        )
        if many
    ]
    missing = [
        f"{many:,} {words}"
        for many, words in (
            (found.only_base, "sent by the first run only"),
            (found.only_revision, "sent by the second run only"),
            (found.unclear, "of which a run cannot tell"),
        )
        if many
    ]
    compared = f"{counted(found.compared, 'point')} compared" + (f": {', '.join(told)}" if told else "")
    return compared + (f"; not compared: {', '.join(missing)}" if missing else "")


def named(names: tuple[str, ...], most: int = MOST_NAMED) -> str:
    """Names in a row; those beyond `most` are counted."""
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(visible_line(name, 100) for name in names[:most]) + rest


def tested_sentence(change: TestedChange) -> str:
    """Which rules met an operation in one run only."""
    where = "the second run only" if change.kind == "newly tested" else "the first run only"
    return f"judged in {where}: {named(change.rules)}"


def change_words(change: BehaviourChange) -> str:
    """`before → after`."""
    return f"{visible_line(change.before, 160)} → {visible_line(change.after, 160)}"


def documented_words(change: BehaviourChange, part: DocumentComparison) -> str:
    """What the document says of a change of behaviour; empty where nothing was looked for."""
    if not part.linked:
        return ""
    return (
        f"documented: {visible_line('; '.join(change.documented))}" if change.documented else "not documented"
    )


def change_place(change: BehaviourChange) -> str:
    """Where it was seen: the scope, and the place in it."""
    place = visible_line(change.place)
    return f"{change.scope} {place}".strip()


def defect_words(change: DefectChange) -> str:
    """What was found, what was found before, and on what the class rests."""
    words = visible_line(change.finding.violation.message)
    if change.kind == "changed reason" and change.before is not None:
        words += f" Before: {visible_line(change.before.violation.message)}"
    if change.why:
        words += f" ({change.why})"
    return words


def spread_words(spread: Spread) -> str:
    """Median, the middle half, the 95th percentile and how many, in milliseconds."""
    low, middle, up, high = (
        f"{each * 1000:,.1f}" for each in (spread.lower, spread.median, spread.upper, spread.high)
    )
    return f"{middle} ms ({low}–{up}, p95 {high}, n {spread.count:,})"
