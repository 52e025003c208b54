"""The comparison as JUnit XML: a case for each change, which fails where the gate would."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from aoai_reports.formats.legible import visible
from aoai_reports.spec_changes.words import message, sentence, where
from aoai_specs.comparison import Change, Changes
from aoai_specs.comparison.effects import VERDICTS


def changes_junit(changes: Changes, fail_on: str = "breaking") -> str:
    """A suite whose cases are the changes; accepted ones are skipped; no change at all is one passing case.

    A change at least as grave as `fail_on` is a failure.
    """
    grave = VERDICTS[: VERDICTS.index(fail_on) + 1]
    name = f"{changes.base} to {changes.revision}"
    cases = [_case(name, change, failed=change.verdict in grave) for change in changes.changes]
    for each in changes.accepted:
        told = f"accepted since {each.day}: {each.reason}"
        skipped = f"<skipped message={_quoted(told)}/>"
        cases.append(_wrapped(name, each.change, [skipped]))
    if not cases:
        cases = [f'<testcase name="no change" classname={_quoted(name)}/>']
    failures = sum(change.verdict in grave for change in changes.changes)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{len(changes.accepted)}"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="aoai-conformance diff specs" {counts}>',
            f"<testsuite name={_quoted(name)} {counts}>",
            *cases,
            f"<system-out>{_escaped(sentence(changes))}</system-out>",
            "</testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _case(suite: str, change: Change, *, failed: bool) -> str:
    told = f"{where(change)}\n{change.pointer}"
    if failed:
        inside = (
            f'<failure type="{change.verdict}" message={_quoted(message(change))}>{_escaped(told)}</failure>'
        )
    else:
        inside = (
            f"<system-out>{_escaped(f'{change.verdict}: {message(change)}')}\n{_escaped(told)}</system-out>"
        )
    return _wrapped(suite, change, [inside])


def _wrapped(suite: str, change: Change, inside: Iterable[str]) -> str:
    named = f"{change.id} {change.pointer}"
    return f"<testcase name={_quoted(named)} classname={_quoted(suite)}>{''.join(inside)}</testcase>"


def _quoted(text: str) -> str:
    return quoteattr(visible(text).replace("\n", " "))


def _escaped(text: str) -> str:
    return escape(visible(text, lines=True))
