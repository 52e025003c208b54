"""The steps of a migration: each change of an operation with its section, place and sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes.guide.advice import Section, section_of, sentence_of
from aoai_reports.spec_changes.guide.snippets import before_and_after, code
from aoai_reports.spec_changes.markdown import cell
from aoai_reports.spec_changes.wording import SpecComparison
from aoai_specs.comparison import Change
from aoai_specs.comparison.effects import VERDICTS, Verdict
from aoai_specs.comparison.reach import Use
from aoai_specs.comparison.review.field_paths import FieldPaths

#: Changes of whole operations, which the guide lists separately.
_WHOLE = frozenset({"path-added", "path-removed", "operation-added", "operation-removed"})
_NAMED = {"parameter": "parameter", "header": "header", "status": "response"}
_PARAMETER = re.compile(r"(the \w+ parameter )'(.*)'", re.DOTALL)
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as Markdown: what to do with a field of a body, and the values before and after.

    `body` is empty outside bodies, `field` is empty for a whole body.
    """

    section: Section
    verdict: Verdict
    body: str
    field: str
    text: str
    values: str
    operations: tuple[str, ...]


def steps_of(comparison: SpecComparison) -> tuple[Step, ...]:
    """The steps of all changes; the same step in several operations is one step."""
    paths = FieldPaths(comparison.base.content, comparison.revision.content)
    found: dict[tuple[str, ...], Step] = {}
    for change in comparison.changes.changes:
        for each in _steps(comparison, change, paths):
            key = (each.section, each.body, each.field, each.text, each.values)
            known = found.get(key)
            if known is None:
                found[key] = each
            else:
                operations = tuple(dict.fromkeys((*known.operations, *each.operations)))
                verdict = min(known.verdict, each.verdict, key=VERDICTS.index)
                found[key] = replace(known, operations=operations, verdict=verdict)
    return tuple(found.values())


def _steps(comparison: SpecComparison, change: Change, paths: FieldPaths) -> Iterator[Step]:
    if change.id in _WHOLE:
        return
    for reached in change.operations:
        for use in reached.uses:
            sentence = sentence_of(change, reached.direction, use.verdict)
            says_values = "`" in sentence
            yield Step(
                section=section_of(change, reached.direction, use.verdict),
                verdict=use.verdict,
                body=_body(use.place),
                field=_field(change, use, paths),
                text=sentence or cell(visible_line(change.summary or change.message, _LONGEST)),
                values="" if says_values else before_and_after(change, comparison.base, comparison.revision),
                operations=(reached.operation,),
            )


def _body(place: str) -> str:
    """A place as Markdown: ``the query parameter `limit` ``."""
    found = _PARAMETER.fullmatch(place)
    return f"{found[1]}{code(found[2])}" if found else cell(visible_line(place))


def _field(change: Change, use: Use, paths: FieldPaths) -> str:
    """The field, parameter, header or response that a step is about; empty for a whole body or operation."""
    path = paths.path(change, use.trail)
    if path:
        return code(path)
    named = _NAMED.get(change.id.partition("-")[0])
    if use.place or named is None or not change.name:
        return ""
    return f"{named} {code(change.name.rpartition(' ')[2])}"
