"""Whether everything was checked; told last, when it is known."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import MAX_TRANSLATED, Subject
from aoai_specs.lint.survey import MAX_SCHEMAS


@check
def too_large_to_check(subject: Subject) -> Iterator[Mistake]:
    """A description of which a part was not checked, since it is too large."""
    if not subject.survey.complete:
        yield Mistake("#", f"Only the first {MAX_SCHEMAS} schemas were looked at.")
    if subject.exhausted:
        yield Mistake("#", f"Checking ended after {MAX_TRANSLATED} values of schemas; the rest is unchecked.")
