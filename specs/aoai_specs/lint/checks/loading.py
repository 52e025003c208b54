"""Mistakes for which a part of the description was removed or made permissive when it was read."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.loading import problems


def _of_kind(subject: Subject, kind: str) -> Iterator[Mistake]:
    for problem in subject.problems:
        if problem.kind == kind:
            yield Mistake(problem.pointer, f"{problem.message[:1].upper()}{problem.message[1:]}")


@check
def duplicate_key(subject: Subject) -> Iterator[Mistake]:
    """A key that appears twice in an object, of which readers keep one or reject the file."""
    return _of_kind(subject, problems.DUPLICATE_KEY)


@check
def unsupported_value(subject: Subject) -> Iterator[Mistake]:
    """A value that JSON cannot express, such as NaN, a merge key or a tag of YAML."""
    return _of_kind(subject, problems.UNSUPPORTED_VALUE)


@check
def malformed_part(subject: Subject) -> Iterator[Mistake]:
    """A part of another form than OpenAPI defines, which is ignored."""
    reported = {misfit.pointer for misfit in subject.outline.misfits}
    for mistake in _of_kind(subject, problems.MALFORMED_PART):
        if subject.published_pointer(mistake.pointer) not in reported and not _has_own_check(
            subject, mistake
        ):
            yield mistake


def _has_own_check(subject: Subject, mistake: Mistake) -> bool:
    """Whether `missing-field` or `impossible-status` reports a malformed part."""
    node = subject.outline.at(subject.published_pointer(mistake.pointer))
    if node is None:
        return False
    return node.kind == "responses" or "is a required property" in mistake.message


@check
def unknown_type(subject: Subject) -> Iterator[Mistake]:
    """A type that does not exist."""
    return _of_kind(subject, problems.UNKNOWN_TYPE)


@check
def unresolved_reference(subject: Subject) -> Iterator[Mistake]:
    """A reference to something that does not exist or may not be read."""
    return _of_kind(subject, problems.UNRESOLVED_REFERENCE)


@check
def circular_reference(subject: Subject) -> Iterator[Mistake]:
    """A reference that leads back to itself."""
    return _of_kind(subject, problems.CIRCULAR_REFERENCE)
