"""One defect, one entry: a rule waits for the rule that found the place broken which it rests on.

A few rules say whether a response is what its description says at all. Where one of them finds a place
broken, every other rule that looks at this place would say the same once more, in other words. So it is not
applicable there, and its verdict names the rule and the place that it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aoai_conformance.examining import Examination, Place
from aoai_conformance.exchange import Response
from aoai_conformance.rule import Violation
from aoai_reports.findings import LEVELS, generalised

#: The rules that others wait for. One of them waits for those before it.
FOUNDATIONS = ("ERROR-001", "AUDIO-001", "AUDIO-002", "SCHEMA-001", "SCHEMA-002")
HEADER = "header:"
#: What these rules find broken is the whole body.
_OF_ANOTHER_KIND = frozenset({"ERROR-001", "AUDIO-001", "AUDIO-002"})


@dataclass(frozen=True, slots=True)
class Broken:
    """A place of a response that one rule found broken."""

    rule: str
    origin: int
    pointer: str
    streamed: bool
    strength: int

    @classmethod
    def of(cls, rule: str, response: Response, violation: Violation) -> Broken:
        """The place of a violation; level by level, `strength` is 0 for a must."""
        streamed = response.events is not None
        pointer = generalised(violation.pointer) if streamed else violation.pointer
        if rule in _OF_ANOTHER_KIND:
            pointer = ""
        return cls(rule, id(response), pointer, streamed, LEVELS.index(violation.level or "must"))

    def __str__(self) -> str:
        return f"waits for {self.rule} at {self.pointer or 'the whole body'}"

    def gives_way_to(self, other: Broken) -> bool:
        """Whether another rule found this broken as well, and binds more strongly."""
        return self.strength > other.strength and _is_at_or_below(other.pointer, self.pointer)

    def holds(self, pointer: str) -> bool:
        """Whether a place of the same response is this one, or is inside it."""
        return _is_at_or_below(self._comparable(pointer), self.pointer)

    def was_read(self, places: Iterable[Place]) -> bool:
        """Whether this is among the places that a probe has read."""
        return any(origin == self.origin and self.holds(pointer) for origin, pointer in places)

    def is_near(self, pointer: str) -> bool:
        """Whether a violation at this pointer may come of it: it is around this place, or beside it."""
        pointer = self._comparable(pointer)
        return _is_at_or_below(self.pointer, pointer) or _thing(self.pointer) == _thing(pointer)

    def _comparable(self, pointer: str) -> str:
        return generalised(pointer) if self.streamed else pointer


class Foundations:
    """What is known to be broken in the responses that are being judged."""

    def __init__(self, broken: Iterable[Broken] = ()) -> None:
        self.broken = tuple(broken)

    def awaited(self, rule: str, violation: Violation, examination: Examination) -> Broken | None:
        """The broken place that a violation of a rule comes of; None where it is a defect of its own.

        What binds more strongly than the rule that found the place broken does not wait.
        """
        whole = not violation.pointer and rule not in FOUNDATIONS
        if violation.pointer.startswith(HEADER) or (whole and examination.beyond_body):
            return None
        places = examination.places or ()
        for broken in self.broken:
            if broken.strength > LEVELS.index(violation.level or "must"):
                continue
            if not whole and broken.holds(violation.pointer):
                return broken
            if broken.is_near(violation.pointer) and broken.was_read(places):
                return broken
        return None

    def missed(self, examination: Examination) -> Broken | None:
        """The broken place that a probe without violations has read, and so could not judge."""
        if examination.beyond_body:
            return None
        places = examination.places or ()
        return next((each for each in self.broken if each.was_read(places)), None)


def _is_at_or_below(pointer: str, other: str) -> bool:
    return pointer == other or pointer.startswith(f"{other}/")


def _thing(pointer: str) -> str:
    """The smallest thing of its own that a pointer is in: an entry of a list, or a member of the body."""
    steps = pointer.split("/")
    end = next((at for at, step in enumerate(steps) if step == "*" or step.isdigit()), 1)
    return "/".join(steps[: end + 1])
