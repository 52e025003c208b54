"""The lint: mistakes in an API description, each with its place and, if possible, a witness.

`lint(subject)` runs every check of `aoai_specs.lint.registry` and marks findings that are known and explained
(see `aoai_specs.lint.explanations`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from aoai_specs.errors import UnknownNameError
from aoai_specs.lint.checks.published_examples import read_examples
from aoai_specs.lint.explanations import Explanation, packaged_explanations
from aoai_specs.lint.finding import NO_WITNESS, SEVERITIES, Finding, Mistake, Severity
from aoai_specs.lint.registry import Check, checks
from aoai_specs.lint.running import mistakes_of
from aoai_specs.lint.subject import PublishedExample, Subject

__all__ = [
    "NO_WITNESS",
    "SEVERITIES",
    "Check",
    "Explanation",
    "Finding",
    "Mistake",
    "PublishedExample",
    "Severity",
    "Subject",
    "checks",
    "lint",
    "packaged_explanations",
    "read_examples",
]


def lint(
    subject: Subject, *, only: Collection[str] = (), explanations: Collection[Explanation] | None = None
) -> tuple[Finding, ...]:
    """Return the findings in a description by check and in document order; explained ones say why.

    `only` lists the ids of the checks to run (default: all). `explanations` default to those of the package,
    which apply only to corrected documents of the catalogue. Raises UnknownNameError for an unknown check.
    """
    known = checks()
    for name in only:
        if name not in known:
            raise UnknownNameError("check", name, known)
    reasons = packaged_explanations() if explanations is None else explanations
    fitting = [each for each in reasons if subject.corrected and each.fits_document(subject.name)]
    chosen = [each for each in known.values() if not only or each.id in only]
    found: dict[tuple[str, str, str], Finding] = {}
    for each, mistakes in zip(chosen, mistakes_of(chosen, subject), strict=True):
        for mistake in mistakes:
            finding = _finding(each, subject, mistake)
            found.setdefault((finding.check, finding.clause, finding.message), finding)
    return tuple(_explain(finding, fitting) for finding in found.values())


def _finding(check: Check, subject: Subject, mistake: Mistake) -> Finding:
    pointer = mistake.pointer if mistake.file else subject.published_pointer(mistake.pointer)
    return Finding(
        check=check.id,
        severity=check.severity,
        document=subject.name,
        pointer=pointer,
        clause=f"{mistake.file or subject.name}{pointer}",
        message=mistake.message,
        witness=mistake.witness,
        line=None if mistake.file else subject.line(mistake.pointer),
    )


def _explain(finding: Finding, explanations: Collection[Explanation]) -> Finding:
    for explanation in explanations:
        if explanation.fits(finding):
            return replace(finding, explained=explanation.reason)
    return finding
