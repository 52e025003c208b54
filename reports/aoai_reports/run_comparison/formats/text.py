"""A comparison of two runs as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_reports.formats.legible import visible_line
from aoai_reports.run_comparison.changes import DEFECT_CLASSES, DocumentComparison, RunComparison
from aoai_reports.run_comparison.formats.wording import (
    TITLES,
    causes_sentence,
    change_place,
    change_words,
    counts_by_operation,
    counts_sentence,
    defect_words,
    documented_words,
    listed,
    matched_sentences,
    side_sentence,
    spread_words,
    tested_sentence,
    verdict_sentence,
)


def comparison_text(comparison: RunComparison) -> str:
    """The comparison as text; the same records give the same text."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: RunComparison) -> Iterator[str]:
    yield verdict_sentence(comparison)
    for names, words in zip(comparison.left_over, ("first", "second"), strict=True):
        if names:
            yield f"In the {words} run only: {listed(names)}"
    yield from (each.sentence for each in comparison.capabilities)
    for part in comparison.parts:
        yield ""
        yield from _part(part)


def _part(part: DocumentComparison) -> Iterator[str]:
    yield f"first   {side_sentence(part.base)}"
    yield f"second  {side_sentence(part.revision)}"
    for sentence in (*matched_sentences(part), *map(visible_line, part.notes)):
        yield f"        {sentence}"
    if part.causes:
        yield f"\nCauses: {causes_sentence(part)}"
    for cause in part.causes:
        if cause.kind != "unchanged":
            words = f"{visible_line(cause.title, 200)} ({cause.counts_sentence})"
            yield f"  {cause.kind:8} {cause.level:6} {words}"
    for kind in DEFECT_CLASSES:
        changes = [each for each in part.defects if each.kind == kind]
        if changes:
            yield f"\n{TITLES[kind]}: {len(changes):,}"
        for change in changes:
            finding = change.finding
            names = (finding.rule, finding.operation, finding.place or "whole response")
            yield f"  {change.level:6} {'  '.join(map(visible_line, names))}"
            yield f"         {defect_words(change)}"
    if part.behaviour:
        yield f"\nOther behaviour changes: {len(part.behaviour):,}"
    operation = ""
    for each in part.behaviour:
        if each.operation != operation:
            operation = each.operation
            yield f"  {visible_line(operation)}"
        yield f"    {each.aspect:10} {change_place(each)}: {change_words(each)}  ({each.count:,})"
        if documented := documented_words(each, part):
            yield f"{'':15}{documented}"
    if part.linked:
        yield f"\nChanged but not documented: {len(part.undocumented):,}"
    for each in part.undocumented:
        yield (
            f"  {visible_line(each.operation)}  {each.aspect} {change_place(each)}: "
            f"{change_words(each)}  ({each.count:,})"
        )
    if part.linked:
        yield f"\nDocumented but not changed: {len(part.unseen):,}"
    for where, message in part.unseen:
        yield f"  {visible_line(where)}  {visible_line(message)}"
    if any(each.moved or not each.is_compared for each in part.points):
        yield "\nPoints, by operation"
        for operation, counts in counts_by_operation(part):
            yield f"  {visible_line(operation)}  {counts_sentence(counts)}"
    if part.tested:
        yield "\nRules tested in one run only"
    for tested in part.tested:
        yield f"  {visible_line(tested.operation)}  {tested_sentence(tested)}"
    if part.timings:
        yield "\nResponse times (median, interquartile range)"
    for timing in part.timings:
        spreads = f"{spread_words(timing.base)} → {spread_words(timing.revision)}"
        yield f"  {visible_line(timing.operation)}  {timing.measure}: {spreads}"
