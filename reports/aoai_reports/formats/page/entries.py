"""The violations of a run as entries of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible_line, visible_value
from aoai_reports.formats.page.embedded_json import compact_json, json_of
from aoai_reports.formats.wording import (
    clause_of,
    expected_and_actual,
    place_sentence,
    requirement_sentence,
    rule_facts,
)
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause
from aoai_reports.results.findings import Finding, fingerprint, fingerprint_of

#: How many entries the page contains; the others are counted.
MOST_ENTRIES: Final = 5000
#: The characters of all entries; those that do not fit are counted too.
LONGEST_ENTRIES: Final = 4_000_000
#: How many entries can be read without the script.
MOST_WITHOUT_SCRIPT: Final = 400
#: How many entries of each cause come before further ones of any cause.
FIRST_OF_EACH: Final = 10
MOST_OTHERS: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One violation.

    `id` is its fingerprint. `known` is why it is accepted; `since_previous` is true if the previous run, as
    far as there is one, does not have it. `evidence` is its place in the evidence of the page, None if the
    page has none; `further` counts places with the same cause that `others` does not list. `merged` are the
    fingerprints of all places with the same cause, whose links lead to this entry.
    """

    id: str
    level: Level
    rule: str
    topic: str
    operation: str
    document: str
    cause: int
    message: str
    requirement: str
    clause: str
    place: str
    case: str
    point: str = ""
    compared: tuple[tuple[str, str], ...] = ()
    count: int = 1
    known: str = ""
    since_previous: bool = False
    others: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    further: int = 0
    evidence: int | None = None


def chosen_findings(causes: Sequence[Cause]) -> list[tuple[int, Finding]]:
    """The findings that the page contains, each with the place of its cause.

    The first ones of each cause come before further ones of any.
    """
    return list(_by_importance(causes))[:MOST_ENTRIES]


def bounded(entries: Iterable[Entry], longest: int = LONGEST_ENTRIES) -> list[Entry]:
    """The first entries whose JSON has at most `longest` characters."""
    kept: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(compact_json(json_of(entry)))
        if size > longest:
            break
        kept.append(entry)
    return kept


def entry_of(
    finding: Finding,
    record: Record,
    cause: int,
    *,
    evidence: int | None = None,
    previous: frozenset[str] | None = None,
) -> Entry:
    """A finding as an entry; `previous` are the fingerprints of the previous run."""
    violation = finding.violation
    id_ = fingerprint(finding)
    return Entry(
        id=id_,
        level=finding.level,
        rule=visible_line(finding.rule),
        topic=visible_line(rule_facts(record, finding.rule).topic),
        operation=visible_line(finding.operation),
        document=visible_line(finding.document),
        cause=cause,
        message=visible_line(violation.message, 600),
        requirement=visible_line(requirement_sentence(finding, record)),
        clause=visible_line(clause_of(finding, record)),
        place=visible_line(place_sentence(finding)),
        case=visible_line(finding.case),
        point=visible_line(violation.point or ""),
        compared=tuple((name, visible_value(value, 600)) for name, value in expected_and_actual(finding)),
        count=finding.count,
        known=visible_line(finding.known_because or ""),
        since_previous=previous is not None and id_ not in previous,
        merged=tuple(fingerprint_of(finding.identity._replace(place=each)) for each in finding.others),
        others=tuple(visible_line(each, 200) for each in finding.others[:MOST_OTHERS]),
        further=max(0, len(finding.others) - MOST_OTHERS),
        evidence=evidence,
    )


def _by_importance(causes: Sequence[Cause]) -> Iterator[tuple[int, Finding]]:
    for place, cause in enumerate(causes):
        for finding in cause.findings[:FIRST_OF_EACH]:
            yield place, finding
    for place, cause in enumerate(causes):
        for finding in cause.findings[FIRST_OF_EACH:]:
            yield place, finding
