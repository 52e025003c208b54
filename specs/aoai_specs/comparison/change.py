"""A change as reports show it, and all changes between two descriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from aoai_specs.comparison.effects import VERDICTS, Verdict, Way
from aoai_specs.comparison.schemas.meaning import component_of

SCHEMA = "aoai-conformance/spec-diff/v1"

#: The pointers of a pair of schemas in either description, and the trail to the pair around it.
Trail = tuple[str, str, "Trail | None"]


class Use(NamedTuple):
    """A place where an operation uses a schema, with the verdict there and the trail to the difference."""

    place: str
    verdict: Verdict
    trail: Trail | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """An operation that a difference affects, such as `POST /files`, with the verdict there.

    `place` describes where the operation uses the schema (`the request body (application/json)`), `trail`
    leads from there to the difference; both are empty for a difference outside schemas. `others` are further
    places of the same direction.
    """

    operation: str
    direction: Way
    verdict: Verdict
    place: str = field(default="", compare=False)
    trail: Trail | None = field(default=None, compare=False, repr=False)
    others: tuple[Use, ...] = field(default=(), compare=False, repr=False)

    @property
    def uses(self) -> tuple[Use, ...]:
        """Every place where the operation uses the schema, that with the verdict first."""
        return (Use(self.place, self.verdict, self.trail), *self.others)

    def with_verdict(self, verdict: Verdict) -> Reached:
        """Return this operation with another verdict, the same in every place."""
        others = tuple(each._replace(verdict=verdict) for each in self.others)
        return replace(self, verdict=verdict, others=others)

    def schemas(self, *, gone: bool = False) -> tuple[str, ...]:
        """Return the component schemas on the way from the operation to the difference.

        They are those of the revision, or of the base if the place is `gone`.
        """
        names: list[str] = []
        step = self.trail
        while step is not None:
            name = component_of(step[0] if gone else step[1])
            if name is not None and names[-1:] != [name]:
                names.append(name)
            step = step[2]
        return tuple(reversed(names))


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind (`id`), its most severe verdict with the direction, and the affected operations.

    `pointer` is its place in the revision, or in the base if it is `gone` from the revision. `schema` is the
    component schema that contains it, if any. `base` and `revision` are the values before and after.
    `message` is `place` and `summary` together; `field` is the last field of the place, `name` that of what
    changed. `fingerprint` is the same for the same change in later versions of the descriptions.
    """

    id: str
    verdict: Verdict
    direction: Way
    operations: tuple[Reached, ...]
    pointer: str
    message: str
    base: Any = None
    revision: Any = None
    schema: str | None = None
    gone: bool = False
    base_pointer: str = ""
    revision_pointer: str = ""
    place: str = ""
    summary: str = ""
    field: str = ""
    name: str = ""
    fingerprint: str = ""

    @property
    def subject(self) -> str:
        """What changed: the id without its last word, such as `enum-value`; an id of one word as it is."""
        return self.id.rpartition("-")[0] or self.id

    @property
    def action(self) -> str:
        """What was done to the subject: the last word of the id, such as `added`."""
        return self.id.rpartition("-")[2]

    @property
    def operation(self) -> str | None:
        """The operation, if only one is affected."""
        names = dict.fromkeys(each.operation for each in self.operations)
        return next(iter(names)) if len(names) == 1 else None

    def to_json(self) -> dict[str, Any]:
        """Return the change in the published format."""
        return {
            "id": self.id,
            "verdict": self.verdict,
            "direction": self.direction,
            "operation": self.operation,
            "operations": [
                {
                    "operation": each.operation,
                    "direction": each.direction,
                    "verdict": each.verdict,
                    "schemas": list(each.schemas(gone=self.gone)),
                }
                for each in self.operations
            ],
            "pointer": self.pointer,
            "message": self.message,
            "base": self.base,
            "revision": self.revision,
            "fingerprint": self.fingerprint,
            "base_pointer": self.base_pointer,
            "revision_pointer": self.revision_pointer,
        }

    def with_verdict(self, verdict: Verdict) -> Change:
        """Return this change with another verdict, the same in every operation."""
        operations = tuple(each.with_verdict(verdict) for each in self.operations)
        return replace(self, verdict=verdict, operations=operations)


def by_severity(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes with the most severe first, and otherwise in the given order."""
    return tuple(sorted(changes, key=lambda each: VERDICTS.index(each.verdict)))


class Accepted(NamedTuple):
    """A change that someone accepted, with the reason and the date."""

    change: Change
    reason: str
    day: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes from one description to another, the most severe first, and the accepted ones.

    `base` and `revision` are the names of the descriptions; `notes` are sentences about both. `ignored`
    counts the changes that the user ignores by their kind. `names` has every name of each operation of either
    description (its method and path on both sides, its operationIds) by the name that changes refer to.
    """

    base: str
    revision: str
    changes: tuple[Change, ...]
    accepted: tuple[Accepted, ...] = field(default=())
    notes: tuple[str, ...] = ()
    ignored: int = 0
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def counts(self) -> dict[str, int]:
        """Return the number of changes by verdict."""
        counted = Counter(change.verdict for change in self.changes)
        return {verdict: counted[verdict] for verdict in VERDICTS}

    def reaches(self, level: str) -> bool:
        """Whether any change is at least as severe as a level. Raises ValueError for an unknown level."""
        grave = VERDICTS[: VERDICTS.index(level) + 1]
        return any(change.verdict in grave for change in self.changes)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison in the published format."""
        return {
            "schema": SCHEMA,
            "base": self.base,
            "revision": self.revision,
            "notes": list(self.notes),
            "changes": [change.to_json() for change in self.changes],
            "summary": {
                **self.counts(),
                "operations": len({r.operation for change in self.changes for r in change.operations}),
                "accepted": [
                    {
                        "id": each.change.id,
                        "pointer": each.change.pointer,
                        "reason": each.reason,
                        "date": each.day,
                        "fingerprint": each.change.fingerprint,
                    }
                    for each in self.accepted
                ],
                "ignored": self.ignored,
            },
        }
