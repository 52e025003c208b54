"""Report one defect once: a rule that depends on an invalid part of a response is not applicable.

The rules in `FOUNDATIONS` check whether a response matches its description at all. If one of them finds a
place invalid, every other rule that reads this place would report the same defect in other words. It is not
applicable instead, and its note names the rule and the place that it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from aoai_conformance.observation import Examination
from aoai_model.exchange import Response
from aoai_model.verdict import Violation
from aoai_reports.results.findings import LEVELS, generalise

#: The rules that take precedence over all others. Each waits for those before it.
FOUNDATIONS = ("ERROR-001", "AUDIO-001", "AUDIO-002", "SCHEMA-001", "SCHEMA-002")
HEADER = "header:"
#: If more places than this are invalid, they are merged by kind.
MOST_BROKEN = 200
#: A violation of these rules makes the whole body invalid.
_OF_ANOTHER_KIND = frozenset({"ERROR-001", "AUDIO-001", "AUDIO-002"})


@dataclass(frozen=True, slots=True)
class Broken:
    """A place of a response that one rule found invalid."""

    rule: str
    origin: int
    pointer: str
    streamed: bool
    strength: int

    @classmethod
    def of(cls, rule: str, response: Response, violation: Violation) -> Broken:
        """Return the place of a violation; `strength` is the rank of its level, 0 for a MUST."""
        streamed = response.events is not None
        pointer = generalise(violation.pointer) if streamed else violation.pointer
        if rule in _OF_ANOTHER_KIND:
            pointer = ""
        return cls(rule, id(response), pointer, streamed, LEVELS.index(violation.level or "must"))

    def __str__(self) -> str:
        return f"waits for {self.rule} at {self.pointer or 'the whole body'}"

    def gives_way_to(self, other: Broken) -> bool:
        """Whether another rule with a stronger level also found this place invalid."""
        return self.strength > other.strength and _is_at_or_below(other.pointer, self.pointer)

    def anywhere(self) -> Broken:
        """Return the same place with each index replaced by a wildcard."""
        return replace(self, pointer=generalise(self.pointer), streamed=True)


def condense(broken: Iterable[Broken]) -> tuple[Broken, ...]:
    """Return the invalid places, merged into fewer and wider ones if there are very many.

    First each index becomes a wildcard; if that is not enough, the whole body counts as invalid.
    """
    exact = tuple(dict.fromkeys(broken))
    if len(exact) <= MOST_BROKEN:
        return exact
    anywhere = tuple(dict.fromkeys(each.anywhere() for each in exact))
    if len(anywhere) <= MOST_BROKEN:
        return anywhere
    return tuple(dict.fromkeys(replace(each, pointer="") for each in anywhere))


class Foundations:
    """The places that are known to be invalid in the judged responses."""

    def __init__(self, broken: Iterable[Broken] = ()) -> None:
        self.broken = condense(broken)
        self._are_streamed = tuple({each.streamed for each in self.broken})
        self._order = {each: at for at, each in enumerate(self.broken)}
        self._at: dict[tuple[bool, str], list[Broken]] = {}
        self._around: dict[tuple[bool, str], list[Broken]] = {}
        self._entries: dict[tuple[bool, str], list[Broken]] = {}
        for each in self.broken:
            self._at.setdefault((each.streamed, each.pointer), []).append(each)
            self._entries.setdefault((each.streamed, _entry_of(each.pointer)), []).append(each)
            for pointer in _ancestors(each.pointer):
                self._around.setdefault((each.streamed, pointer), []).append(each)
        self._origins = frozenset(each.origin for each in self.broken)
        self._touched: dict[tuple[int, str], tuple[tuple[Broken, ...], tuple[Broken, ...]]] = {}

    def at(self, origin: int, pointer: str, value: Any) -> Iterable[Broken]:
        """Return the invalid places of a response that a read of the value at a pointer touches.

        Scalar elements of a list are read with the list.
        """
        if origin not in self._origins:
            return ()
        place = (origin, pointer)
        touched = self._touched.get(place)
        if touched is None:
            self._touched[place] = touched = (
                tuple(each for each in self._holding(pointer) if each.origin == origin),
                tuple(each for each in self._broken_around(pointer) if each.origin == origin),
            )
        held, around = touched
        if not isinstance(value, list) or not around:
            return held
        leaves = [each for each in around if _is_leaf(value, self._comparable(each, pointer), each.pointer)]
        return (*held, *leaves)

    def awaited(self, rule: str, violation: Violation, examination: Examination) -> Broken | None:
        """Return the invalid place that causes a violation; None if it is a separate defect.

        A violation of a stronger level than that of the invalid place does not wait.
        """
        pointer = violation.pointer
        whole = not pointer and rule not in FOUNDATIONS
        if not self.broken or pointer.startswith(HEADER) or (whole and examination.beyond_body):
            return None
        strength = LEVELS.index(violation.level or "must")
        found = [] if whole else self._holding(pointer)
        near = [each for each in self._near(pointer) if each in examination.read]
        return self._first(each for each in (*found, *near) if each.strength <= strength)

    def missed(self, examination: Examination) -> Broken | None:
        """Return the invalid place that a probe without violations has read, and so could not judge."""
        if examination.beyond_body or not examination.read:
            return None
        return next((each for each in self.broken if each in examination.read), None)

    def _first(self, broken: Iterable[Broken]) -> Broken | None:
        return min(broken, key=self._order.__getitem__, default=None)

    def _holding(self, pointer: str) -> list[Broken]:
        """Return the invalid places at or around a pointer."""
        return [
            each
            for streamed, comparable in self._forms(pointer)
            for above in _ancestors(comparable)
            for each in self._at.get((streamed, above), ())
        ]

    def _broken_around(self, pointer: str) -> list[Broken]:
        """Return the invalid places at or below a pointer."""
        return [each for form in self._forms(pointer) for each in self._around.get(form, ())]

    def _near(self, pointer: str) -> list[Broken]:
        """Return the invalid places that may cause a violation at a pointer: below it, or beside it."""
        beside = [
            each
            for streamed, comparable in self._forms(pointer)
            for each in self._entries.get((streamed, _entry_of(comparable)), ())
        ]
        return [*self._broken_around(pointer), *beside]

    def _forms(self, pointer: str) -> list[tuple[bool, str]]:
        """Return the pointer in each form used for comparisons here."""
        return [(streamed, generalise(pointer) if streamed else pointer) for streamed in self._are_streamed]

    @staticmethod
    def _comparable(broken: Broken, pointer: str) -> str:
        return generalise(pointer) if broken.streamed else pointer


def _ancestors(pointer: str) -> Iterator[str]:
    """Yield the pointer and its ancestors, up to that of the whole body."""
    yield pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _is_leaf(holder: list[Any], pointer: str, inner: str) -> bool:
    """Whether a pointer directly below a list is that of a scalar element."""
    above, _, step = inner.rpartition("/")
    if above != pointer or inner == pointer:
        return False
    if step == "*":
        return any(not isinstance(each, dict | list) for each in holder)
    at = int(step) if step.isascii() and step.isdigit() and len(step) < 10 else len(holder)
    return at < len(holder) and not isinstance(holder[at], dict | list)


def _is_at_or_below(pointer: str, other: str) -> bool:
    return pointer == other or pointer.startswith(f"{other}/")


def _entry_of(pointer: str) -> str:
    """Return the smallest unit that contains a pointer: an entry of a list, or a member of the body."""
    steps = pointer.split("/")
    end = next((at for at, step in enumerate(steps) if step == "*" or step.isdigit()), 1)
    return "/".join(steps[: end + 1])
