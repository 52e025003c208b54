"""Whether the whole description was checked; runs last, when this is known."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import MAX_TRANSLATED, Subject
from aoai_specs.lint.survey import MAX_SCHEMAS


@check(severity="warning", reports_notes=True)
def too_large_to_check(subject: Subject) -> Iterator[Mistake]:
    """A description that is too large to be checked completely."""
    if not subject.survey.complete:
        yield Mistake("#", f"Only the first {MAX_SCHEMAS} schemas were checked.")
    if subject.exhausted:
        yield Mistake(
            "#", f"Checking stopped after {MAX_TRANSLATED} values of schemas; the rest was not checked."
        )
