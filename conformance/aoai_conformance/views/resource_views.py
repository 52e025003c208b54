"""One thing that an answer shows: all of it, an entry of its list, or what stands in one of its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from aoai_conformance.json_access import Jsonable, members, objects, whole
from aoai_conformance.rule import Violation
from aoai_conformance.views.flows import CreatedResource
from aoai_model.case import Level


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One thing, at a JSON Pointer into the answer that shows it."""

    answer: CreatedResource
    at: str
    json: dict[str, Any]

    @classmethod
    def all(cls, answer: CreatedResource) -> tuple[Self, ...]:
        """The one thing that an answer is about."""
        return (cls(answer, "", answer.json),)

    @classmethod
    def listed(cls, answer: CreatedResource) -> tuple[Self, ...]:
        """The entries of a list's `data`."""
        entries = objects(answer.json.get("data"))
        return tuple(cls(answer, f"/data/{place}", each) for place, each in entries)

    @classmethod
    def inside(cls, answer: CreatedResource, name: str) -> tuple[Self, ...]:
        """What stands in a member, where that is an object."""
        held = members(answer.json.get(name))
        return (cls(answer, f"/{name}", held),) if held else ()

    def seconds(self, name: str) -> int | None:
        """One of its times, in Unix seconds."""
        return whole(self.json.get(name))

    def violates(
        self,
        pointer: str,
        message: str,
        *,
        expected: Jsonable = None,
        actual: Jsonable = None,
        reason: str = "",
        level: Level | None = None,
    ) -> Violation:
        """A violation at a pointer into the thing."""
        return self.answer.violates(
            f"{self.at}{pointer}", message, expected=expected, actual=actual, reason=reason, level=level
        )
