"""What covers a sentence or a keyword, and the row of the coverage table that states it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aoai_conformance.judging.scope import concerns, covers_version
from aoai_conformance.rule import Rule
from aoai_specs.document import Document, Operation

Status = Literal["rule", "point", "excluded", "UNCOVERED"]


@dataclass(frozen=True, slots=True)
class Cover:
    """What covers a requirement: ids of rules, ids of points, or the reason why nothing does.

    A point id that ends in `*` matches any ending.
    """

    rules: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    excluded: str = ""

    @property
    def status(self) -> Status:
        """The status of the row; points take precedence over rules, and rules over a reason."""
        if self.points:
            return "point"
        if self.rules:
            return "rule"
        return "excluded" if self.excluded else "UNCOVERED"

    @property
    def summary(self) -> str:
        """The ids of points and rules, or the reason if it is excluded."""
        return ", ".join((*self.points, *self.rules)) or self.excluded

    def joined(self, other: Cover) -> Cover:
        """Return the union of both, each id once."""
        return Cover(
            tuple(dict.fromkeys((*self.rules, *other.rules))),
            tuple(dict.fromkeys((*self.points, *other.points))),
            self.excluded or other.excluded,
        )


NOTHING = Cover()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a keyword or a sentence, where the document has it, and what covers it.

    `kind` is keyword, limit, default, requirement, relation, format, status, header or contradiction.
    `place` is a clause of the document, or a section and row of the page that it was written from.
    """

    document: str
    operation: str
    kind: str
    place: str
    text: str
    cover: Cover


def applies_to(rule: Rule, document: Document, operation: Operation | None) -> bool:
    """Whether a rule applies to an operation of a document, or to the document if there is no operation."""
    return covers_version(rule, document) if operation is None else concerns(rule, operation)
