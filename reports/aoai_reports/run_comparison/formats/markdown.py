"""A comparison of two runs as GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_reports.formats.markdown_text import code, folded, plain
from aoai_reports.run_comparison.changes import (
    DEFECT_CLASSES,
    NEWLY_BROKEN,
    DefectChange,
    DocumentComparison,
    RunComparison,
)
from aoai_reports.run_comparison.formats.wording import (
    TITLES,
    causes_sentence,
    change_place,
    change_words,
    counts_by_operation,
    defect_words,
    documented_words,
    listed,
    matched_sentences,
    side_sentence,
    spread_words,
    tested_sentence,
    verdict_sentence,
)

#: GitHub rejects a step summary above 1 MiB.
LARGEST = 900_000
#: Rows of a table; the rest are counted.
MOST_ROWS = 300


def comparison_markdown(comparison: RunComparison) -> str:
    """The comparison as Markdown of less than 1 MB; the same records give the same text."""
    kept: list[str] = []
    size = 0
    for part in _parts(comparison):
        size += len(part.encode("utf-8", "backslashreplace")) + 1
        if size > LARGEST:
            kept.append("\n_Truncated; see the JSON format for the rest._")
            break
        kept.append(part)
    return "\n".join(kept) + "\n"


def _parts(comparison: RunComparison) -> Iterator[str]:
    mark = "❌" if comparison.fails else "⚠️" if comparison.differs else "✅"
    yield f"## {mark} {plain(verdict_sentence(comparison))}"
    for names, words in zip(comparison.left_over, ("first", "second"), strict=True):
        if names:
            yield f"\nIn the {words} run only: {plain(listed(names))}"
    if comparison.capabilities:
        yield "\n" + "\n".join(f"- {plain(each.sentence, 500)}" for each in comparison.capabilities)
    for part in comparison.parts:
        yield from _part(part)


def _part(part: DocumentComparison) -> Iterator[str]:
    facts = [f"first: {plain(side_sentence(part.base))}", f"second: {plain(side_sentence(part.revision))}"]
    facts += [plain(sentence, 2000) for sentence in (*matched_sentences(part), *part.notes)]
    yield "\n" + "\n".join(f"- {fact}" for fact in facts)
    moved = [each for each in part.causes if each.kind != "unchanged"]
    if moved:
        rows = [
            f"| {each.kind} | {each.level} | {plain(each.title, 300)} | {each.counts_sentence} |"
            for each in moved
        ]
        head = "| | Level | Cause | Defects |\n|---|---|---|---|"
        yield f"\n### Causes: {causes_sentence(part)}\n\n{_table(head, rows)}"
    for kind in DEFECT_CLASSES:
        changes = [each for each in part.defects if each.kind == kind]
        if not changes:
            continue
        title, table = f"{TITLES[kind]}: {len(changes):,}", _defects(changes)
        yield f"\n### {plain(title)}\n\n{table}" if kind in NEWLY_BROKEN else folded(title, table)
    if part.behaviour:
        rows = [
            f"| {plain(each.operation)} | {each.aspect} | {code(change_place(each))} "
            f"| {plain(change_words(each))} | {each.count:,} | {plain(documented_words(each, part))} |"
            for each in part.behaviour
        ]
        head = "| Operation | What | Place | Before → after | Seen | Document |\n|---|---|---|---|--:|---|"
        yield f"\n### Other behaviour changes: {len(rows):,}\n\n{_table(head, rows)}"
    if part.undocumented:
        rows = [
            f"| {plain(each.operation)} | {each.aspect} | {code(change_place(each))} "
            f"| {plain(change_words(each))} | {each.count:,} |"
            for each in part.undocumented
        ]
        head = "| Operation | What | Place | Before → after | Seen |\n|---|---|---|---|--:|"
        yield folded(f"Changed but not documented: {len(rows):,}", _table(head, rows))
    if part.unseen:
        rows = [f"| {plain(where)} | {plain(message)} |" for where, message in part.unseen]
        yield folded(f"Documented but not changed: {len(rows):,}", _table("| Operation | |\n|---|---|", rows))
    if part.points:
        rows = [
            f"| {plain(operation)} | {counts.accepted:,} | {counts.refused:,} | {counts.moved:,} "
            f"| {counts.only_base:,} | {counts.only_revision:,} | {counts.unclear:,} |"
            for operation, counts in counts_by_operation(part)
        ]
        head = (
            "| Operation | Accepted in both | Rejected in both | Accepted in one | Sent in the first only "
            "| Sent in the second only | Unclear |\n|---|--:|--:|--:|--:|--:|--:|"
        )
        yield folded("Points, by operation", _table(head, rows))
    if part.tested:
        rows = [f"| {plain(each.operation)} | {plain(tested_sentence(each), 2000)} |" for each in part.tested]
        yield folded("Rules tested in one run only", _table("| Operation | |\n|---|---|", rows))
    if part.timings:
        rows = [
            f"| {plain(each.operation)} | {each.measure} | {plain(spread_words(each.base))} "
            f"| {plain(spread_words(each.revision))} |"
            for each in part.timings
        ]
        yield folded(
            "Response times",
            _table("| Operation | Measure | First run | Second run |\n|---|---|---|---|", rows),
        )


def _defects(changes: list[DefectChange]) -> str:
    rows = [
        f"| {each.level} | {code(each.finding.rule)} | {plain(each.finding.operation)} "
        f"| {code(each.finding.place or 'whole response')} | {plain(defect_words(each))} |"
        for each in changes
    ]
    return _table("| Level | Rule | Operation | Place | What was found |\n|---|---|---|---|---|", rows)


def _table(head: str, rows: list[str]) -> str:
    rest = [f"\n…and {len(rows) - MOST_ROWS:,} more."] if len(rows) > MOST_ROWS else []
    return "\n".join([head, *rows[:MOST_ROWS], *rest])
