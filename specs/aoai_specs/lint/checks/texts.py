"""Texts that some readers misread or cannot read at all."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.json_values import quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject


@check(severity="warning")
def unquoted_date(subject: Subject) -> Iterator[Mistake]:
    """A date without quotes, which most readers load as a date instead of text."""
    for pointer, kind in subject.misread.items():
        if kind == "date":
            text = subject.resolve(pointer)
            yield Mistake(
                pointer, f"{text} has no quotes, so most YAML readers load a date instead of text.", text
            )


@check(severity="warning")
def unquoted_truth_word(subject: Subject) -> Iterator[Mistake]:
    """An unquoted yes, no, on or off, which most readers load as a boolean."""
    for pointer, kind in subject.misread.items():
        if kind == "truth value":
            text = subject.resolve(pointer)
            yield Mistake(
                pointer, f"{text} has no quotes, so most YAML readers load a boolean instead of text.", text
            )


@check
def half_surrogate_pair(subject: Subject) -> Iterator[Mistake]:
    """An escaped surrogate without its other half, which cannot be encoded."""
    for pointer in subject.unpaired:
        yield Mistake(pointer, "The text has half a surrogate pair, which cannot be encoded as UTF-8.")


@check
def unreadable_pattern(subject: Subject) -> Iterator[Mistake]:
    """A pattern that is not a regular expression."""
    for pointer, pattern in subject.unreadable.items():
        yield Mistake(pointer, f"The pattern {quote(pattern)} is not a regular expression.", pattern)
