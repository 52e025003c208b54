"""Mistakes that do not prevent reading: the part is removed or made permissive, and the mistake is reported.

`specs lint` reports every problem as a finding of the check that has the name of its kind; the other commands
print them as warnings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

DUPLICATE_KEY: Final = "duplicate-key"
UNSUPPORTED_VALUE: Final = "unsupported-value"
MALFORMED_PART: Final = "malformed-part"
UNKNOWN_TYPE: Final = "unknown-type"
UNREADABLE_PATTERN: Final = "unreadable-pattern"
UNRESOLVED_REFERENCE: Final = "unresolved-reference"
CIRCULAR_REFERENCE: Final = "circular-reference"
UNUSABLE_SCHEMA: Final = "unusable-schema"
HALF_SURROGATE_PAIR: Final = "half-surrogate-pair"
REPEATED_OPERATION_ID: Final = "repeated-operation-id"

#: The limit of problems that are quoted one by one.
MOST_WARNINGS = 10


class Remark(NamedTuple):
    """A problem of a text whose source is not known yet."""

    kind: str
    pointer: str
    line: int
    message: str

    def of(self, source: str) -> Problem:
        """Return the problem of a file or URL."""
        return Problem(self.kind, self.pointer, self.message, self.line, source)


class Problem(NamedTuple):
    """A mistake in a description: its kind, its place, its line, and a sentence that says what was done.

    `source` is the file or URL that holds it, and `value` the part that was removed, if that is short.
    """

    kind: str
    pointer: str
    message: str
    line: int
    source: str
    value: object = None

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}: {self.message}"


def warnings_of(problems: Iterable[Problem]) -> tuple[str, ...]:
    """Return a sentence for each of the first problems, and one that counts the others."""
    found = list(problems)
    shown = [str(each) for each in found[:MOST_WARNINGS]]
    if len(found) > MOST_WARNINGS:
        rest = len(found) - MOST_WARNINGS
        shown.append(
            f"{found[0].source} has {rest} more {'problem' if rest == 1 else 'problems'}; "
            "`aoai-conformance specs lint` lists them all."
        )
    return tuple(shown)
