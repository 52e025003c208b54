"""An operation that a difference affects, with the places where it uses the schema."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from aoai_specs.comparison.effects import Verdict, Way
from aoai_specs.comparison.schemas.meaning import component_of

#: The pointers of a pair of schemas in either description, and the trail to the pair around it.
Trail = tuple[str, str, "Trail | None"]


@dataclass(frozen=True, slots=True)
class Use:
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
        others = tuple(replace(each, verdict=verdict) for each in self.others)
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
