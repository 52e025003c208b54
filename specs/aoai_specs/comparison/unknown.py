"""Differences that nobody can know, because one description does not cover what the other has.

What a partial description (see `aoai_specs.partial`) leaves out may exist, so it is neither added nor
removed. This covers operations, parameters, bodies, media types, responses, headers and properties. A
described part is taken as it stands: its types, limits, enumerations, unions and defaults are compared.

A document may have parts of a second publication, such as that of authoring beside that of inference. Where
the other document has nothing of it, these operations may exist there, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from aoai_specs.comparison.difference import Difference
from aoai_specs.partial import is_partial
from aoai_specs.publications import published_parts

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
#: Where the URL of a publication begins to depend on the api-version.
_VERSIONED = re.compile(r"/(?:stable|preview)/")
_WHOLE_ADDITIONS = frozenset({"path-added", "operation-added"})
_WHOLE_REMOVALS = frozenset({"path-removed", "operation-removed"})


class Unknown(NamedTuple):
    """Whether additions are unknown, because the base is partial, and removals, because the revision is.

    `added_parts` are the pointers of parts of the revision from a publication that the base does not cover,
    `removed_parts` the other way around.
    """

    additions: bool
    removals: bool
    added_parts: frozenset[str] = frozenset()
    removed_parts: frozenset[str] = frozenset()

    def covers(self, difference: Difference) -> bool:
        """Whether a difference is unknown."""
        return (
            (self.additions and difference.id in _ADDITIONS)
            or (self.removals and difference.id in _REMOVALS)
            or (
                (difference.id in _WHOLE_ADDITIONS and self.adds(difference.revision_pointer))
                or (difference.id in _WHOLE_REMOVALS and self.removes(difference.base_pointer))
            )
        )

    def adds(self, pointer: str) -> bool:
        """Whether an operation of the revision is from a publication that the base does not cover."""
        return _is_within(pointer, self.added_parts)

    def removes(self, pointer: str) -> bool:
        """Whether an operation of the base is from a publication that the revision does not cover."""
        return _is_within(pointer, self.removed_parts)


def unknown_between(
    base: Mapping[str, Any],
    revision: Mapping[str, Any],
    publications: tuple[str | None, str | None] = (None, None),
) -> Unknown:
    """Return what is unknown between the contents of two descriptions.

    `publications` are the URLs where they were published, as far as known.
    """
    return Unknown(
        additions=is_partial(base),
        removals=is_partial(revision),
        added_parts=frozenset() if is_partial(base) else _uncovered(revision, base, publications[0]),
        removed_parts=frozenset() if is_partial(revision) else _uncovered(base, revision, publications[1]),
    )


def notes(unknown: Unknown, base: str, revision: str) -> Iterator[str]:
    """Yield a sentence for each limit of what is known; `base` and `revision` are the descriptions' names."""
    if unknown.additions:
        yield f"{base} is partial: what only {revision} describes is not reported as added."
    if unknown.removals:
        yield f"{revision} is partial: what only {base} describes is not reported as removed."
    for parts, holder, other, word in (
        (unknown.added_parts, revision, base, "added"),
        (unknown.removed_parts, base, revision, "removed"),
    ):
        if parts:
            number = sum(part.startswith("#/paths/") for part in parts)
            yield (
                f"{holder} includes a publication (number of paths: {number}) that {other} does not: "
                f"these paths are not reported as {word}."
            )


def _uncovered(
    holder: Mapping[str, Any], other: Mapping[str, Any], published_at: str | None
) -> frozenset[str]:
    """Return the parts of a description from publications of which the other has nothing.

    Where the other was published is `published_at`; nothing is known about a description without it.
    """
    if published_at is None:
        return frozenset()
    covered = {_family(url) for url in (published_at, *published_parts(other).values())}
    return frozenset(part for part, url in published_parts(holder).items() if _family(url) not in covered)


def _family(url: str) -> str:
    """Return what the URLs of a publication have in common for all api-versions."""
    return _VERSIONED.split(url, maxsplit=1)[0]


def _is_within(pointer: str, parts: frozenset[str]) -> bool:
    return any(pointer == part or pointer.startswith(f"{part}/") for part in parts)
