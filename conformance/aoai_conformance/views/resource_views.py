"""One thing that an answer shows: all of it, an entry of its list, or what stands in one of its members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from aoai_conformance.json_access import members, objects, whole
from aoai_conformance.rule import Place
from aoai_conformance.views.flows import CreatedResource
from aoai_model.verdict import Violation


@dataclass(frozen=True, slots=True)
class ResourceView(Place):
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

    def locate(self, violation: Violation) -> Violation:
        """Return the violation at its pointer in the whole response."""
        return self.answer.locate(replace(violation, pointer=f"{self.at}{violation.pointer}"))
