"""Differences that nobody can know, because one description is partial (see `aoai_specs.partial`).

What a partial description leaves out may exist, so it is neither added nor removed. This covers operations,
parameters, bodies, media types, responses, headers and properties. A described part is taken as it stands:
its types, limits, enumerations, unions and defaults are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aoai_specs.comparison.difference import Difference
from aoai_specs.partial import is_partial

_SUBJECTS = (
    "path",
    "operation",
    "parameter",
    "body",
    "media-type",
    "schema",
    "item-schema",
    "status",
    "header",
    "property",
)
_ADDITIONS = frozenset(f"{subject}-added" for subject in _SUBJECTS)
_REMOVALS = frozenset(f"{subject}-removed" for subject in _SUBJECTS)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Whether additions are unknown, because the base is partial, and removals, because the revision is."""

    additions: bool
    removals: bool

    def covers(self, difference: Difference) -> bool:
        """Whether a difference is unknown."""
        return (self.additions and difference.id in _ADDITIONS) or (
            self.removals and difference.id in _REMOVALS
        )


def unknown_between(base: Mapping[str, Any], revision: Mapping[str, Any]) -> Unknown:
    """Return what is unknown between the contents of two descriptions."""
    return Unknown(additions=is_partial(base), removals=is_partial(revision))


def notes(unknown: Unknown, base: str, revision: str) -> Iterator[str]:
    """Yield a sentence for each partial description; `base` and `revision` are their names."""
    if unknown.additions:
        yield f"{base} is partial: what only {revision} describes is not reported as added."
    if unknown.removals:
        yield f"{revision} is partial: what only {base} describes is not reported as removed."
