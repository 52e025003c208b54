"""Unquoted texts that readers of YAML 1.1, which most are, take for something else."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject


@check
def unquoted_date(subject: Subject) -> Iterator[Mistake]:
    """A date without quotes, which loads as a date and not as text."""
    for pointer, kind in subject.misread.items():
        if kind == "date":
            text = subject.resolve(pointer)
            yield Mistake(
                pointer, f"{text} has no quotes, so most readers load a date instead of text.", text
            )


@check
def unquoted_truth_word(subject: Subject) -> Iterator[Mistake]:
    """A yes, no, on or off without quotes, which loads as a truth value."""
    for pointer, kind in subject.misread.items():
        if kind == "truth value":
            text = subject.resolve(pointer)
            yield Mistake(
                pointer, f"{text} has no quotes, so most readers load true or false instead of text.", text
            )
