"""A comparison of two API descriptions as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from aoai_reports.formats.legible import visible
from aoai_reports.spec_changes.wording import SpecComparison, message, sentence, where
from aoai_specs.comparison import Change
from aoai_specs.comparison.effects import VERDICTS


def render(comparison: SpecComparison) -> str:
    """A suite with a test case for each change.

    A change at least as severe as `fail_on` fails, an accepted one is skipped. Without any change there is
    one passing test case.
    """
    changes = comparison.changes
    failing = VERDICTS[: VERDICTS.index(comparison.fail_on) + 1]
    name = f"{changes.base} to {changes.revision}"
    cases = [_case(name, change, failed=change.verdict in failing) for change in changes.changes]
    for each in changes.accepted:
        skipped = f"<skipped message={_quoted(f'accepted since {each.day}: {each.reason}')}/>"
        cases.append(_wrapped(name, each.change, [skipped]))
    if not cases:
        cases = [f'<testcase name="no change" classname={_quoted(name)}/>']
    failures = sum(change.verdict in failing for change in changes.changes)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{len(changes.accepted)}"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="aoai-conformance diff specs" {counts}>',
            f"<testsuite name={_quoted(name)} {counts}>",
            *cases,
            f"<system-out>{_escaped(' '.join((sentence(changes), *changes.notes)))}</system-out>",
            "</testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _case(suite: str, change: Change, *, failed: bool) -> str:
    place = f"{where(change)}\n{change.pointer}"
    if failed:
        inside = (
            f'<failure type="{change.verdict}" message={_quoted(message(change))}>{_escaped(place)}</failure>'
        )
    else:
        inside = (
            f"<system-out>{_escaped(f'{change.verdict}: {message(change)}')}\n{_escaped(place)}</system-out>"
        )
    return _wrapped(suite, change, [inside])


def _wrapped(suite: str, change: Change, inside: Iterable[str]) -> str:
    named = f"{change.id} {change.pointer}"
    return f"<testcase name={_quoted(named)} classname={_quoted(suite)}>{''.join(inside)}</testcase>"


def _quoted(text: str) -> str:
    return quoteattr(visible(text).replace("\n", " "))


def _escaped(text: str) -> str:
    return escape(visible(text, lines=True))
