"""The words of coverage: what covers a sentence or a keyword, and the row that tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aoai_conformance.rule import Rule
from aoai_specs.document import Document, Operation
from aoai_specs.versions import ApiVersion

Status = Literal["rule", "point", "excluded", "UNCOVERED"]


@dataclass(frozen=True, slots=True)
class Cover:
    """What covers something: ids of rules, ids of points, or the reason why nothing does.

    A point's id may end in `*`, which stands for any ending.
    """

    rules: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    excluded: str = ""

    @property
    def status(self) -> Status:
        """What this amounts to; a rule or a point counts more than a reason."""
        if self.points:
            return "point"
        if self.rules:
            return "rule"
        return "excluded" if self.excluded else "UNCOVERED"

    @property
    def shown(self) -> str:
        """What covers it, for people; the reason where it is excluded."""
        return ", ".join((*self.points, *self.rules)) or self.excluded

    def joined(self, other: Cover) -> Cover:
        """Both together, each name once."""
        return Cover(
            tuple(dict.fromkeys((*self.rules, *other.rules))),
            tuple(dict.fromkeys((*self.points, *other.points))),
            self.excluded or other.excluded,
        )


NOTHING = Cover()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a keyword or a sentence, where it stands, and what covers it.

    `kind` is keyword, limit, default, requirement, relation, format, status, header or contradiction;
    `place` is a clause of the document, or the section and row of the page that it was written from.
    """

    document: str
    operation: str
    kind: str
    place: str
    demand: str
    cover: Cover


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows, and what of the data no longer fits the documents, the points or the rules."""

    rows: tuple[Row, ...]
    stale: tuple[str, ...] = ()


def holds_for(rule: Rule, document: Document, operation: Operation | None) -> bool:
    """Whether a rule is one for an operation of a document, or for the document at all."""
    version = document.name.version
    if rule.since is not None and version < ApiVersion(rule.since):
        return False
    if rule.until is not None and ApiVersion(rule.until) < version:
        return False
    return operation is None or not rule.kinds or operation.kind in rule.kinds
