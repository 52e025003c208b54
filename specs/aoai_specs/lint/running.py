"""Running checks, those of a large description in two processes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence

from aoai_specs.errors import DocumentError
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import Check
from aoai_specs.lint.subject import MAX_TRANSLATED, Subject
from aoai_specs.side_process import SideProcess, is_available

#: With fewer schemas or checks, a second process takes longer than it saves.
_FEWEST_SCHEMAS = 4_000
_FEWEST_CHECKS = 10

Results = list[list[Mistake]]


def mistakes_of(checks: Sequence[Check], subject: Subject) -> Results:
    """Return the mistakes that each check finds.

    A second process runs checks from the end while this one runs them from the beginning. Those that report
    what others noted about the subject run here, after all before them.
    """
    if len(checks) < _FEWEST_CHECKS or not is_available() or len(subject.survey.schemas) < _FEWEST_SCHEMAS:
        return [list(_mistakes(each, subject)) for each in checks]
    notes = [index for index, each in enumerate(checks) if each.reports_notes]
    last = len(checks)
    while last - 1 in notes:
        last -= 1
    first = max((index + 1 for index in notes if index < last), default=0)
    subject.prepare()
    with SideProcess(lambda: _messages(checks, range(first, last), subject)) as process:
        return _together(checks, subject, process, last)


def _together(checks: Sequence[Check], subject: Subject, process: SideProcess, last: int) -> Results:
    """Run checks until the other process has run the rest, except for those from `last` on."""
    found: Results = []
    others: Results = []
    elsewhere = 0
    for index, each in enumerate(checks):
        for message in process.arrived() if index < last else ():
            mistakes, elsewhere = pickle.loads(message)  # noqa: S301 - a fork of this process wrote it
            others.insert(0, mistakes)
        done = index >= last - len(others)
        if done and index < last and subject.translated + elsewhere <= MAX_TRANSLATED:
            found += others[index - (last - len(others)) :]
            break
        found.append(list(_mistakes(each, subject)))
    found += (list(_mistakes(each, subject)) for each in checks[len(found) :])
    return found


def _messages(checks: Sequence[Check], indexes: range, subject: Subject) -> Iterator[bytes]:
    """Yield the mistakes of each check from the end, and how much was translated for them."""
    before = subject.translated
    for index in reversed(indexes):
        found = list(_mistakes(checks[index], subject))
        yield pickle.dumps((found, subject.translated - before))


def _mistakes(check: Check, subject: Subject) -> Iterator[Mistake]:
    try:
        yield from check.probe(subject)
    except DocumentError as error:
        yield Mistake(error.pointer, f"The check failed: {error}")
