"""Texts that no reader can take as they stand."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, told


@check
def half_surrogate_pair(subject: Subject) -> Iterator[Mistake]:
    """An escaped surrogate without its other half, which no encoding can hold."""
    for pointer in subject.unpaired:
        yield Mistake(pointer, "The text holds half a surrogate pair, which cannot be encoded as UTF-8.")


@check
def unreadable_pattern(subject: Subject) -> Iterator[Mistake]:
    """A pattern that is no regular expression."""
    for pointer, pattern in subject.unreadable.items():
        yield Mistake(pointer, f"The pattern {told(pattern)} is no regular expression.", pattern)
