"""Searching for a value that one schema allows and another does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from aoai_specs.comparison.witnesses.arrays import arrays
from aoai_specs.comparison.witnesses.cases import Case, Cases, ExhaustedError, Literal, UnsupportedError
from aoai_specs.comparison.witnesses.form import TYPES, Key, Mentions, equal, kind_of
from aoai_specs.comparison.witnesses.forms import Forms
from aoai_specs.comparison.witnesses.membership import Membership
from aoai_specs.comparison.witnesses.objects import objects
from aoai_specs.comparison.witnesses.scalars import numbers
from aoai_specs.comparison.witnesses.texts import TooLongError, texts

#: The limit of values inside each other.
_DEEPEST = 12
#: The steps that building values of a type counts for.
_COSTS = {"array": 3, "object": 4}
_MOST_CANDIDATES = 400


class Finding(NamedTuple):
    """The result of a search: a witness, or none and whether that proves that there is none."""

    found: bool
    proved: bool
    example: Any = None

    @property
    def possible(self) -> bool:
        """Whether there may be a witness."""
        return self.found or not self.proved


class Search:
    """Searches for values that the schemas of one side (`first`) allow and those of the other do not."""

    def __init__(
        self,
        forms: tuple[Forms, Forms],
        first: int,
        same: Callable[[Key, Key], bool],
        steps: int,
    ) -> None:
        self.first = first
        #: Values that satisfy schemas of one side, wherever they were asked for.
        self._samples: dict[frozenset[Literal], list[object]] = {}
        self._forms = forms
        self._members = (Membership(forms[0]), Membership(forms[1]))
        self._cases = Cases(forms, same, steps)
        self._answers: dict[frozenset[Literal], tuple[list[object], int]] = {}
        self._stack: list[frozenset[Literal]] = []
        self._loops = 0
        self._cut = False

    @property
    def steps(self) -> int:
        """The number of steps that are left."""
        return self._cases.steps

    def witness(self, allowing: tuple[Key, ...], refusing: tuple[Key, ...] | None) -> Finding:
        """Return a value that all schemas of the first side allow and not all of the other side.

        Without schemas of the other side, any value that the first side allows is returned.
        """
        basis = [Literal(self.first, key, True) for key in allowing]
        refused = [[]] if refusing is None else [[Literal(1 - self.first, key, False)] for key in refusing]
        try:
            for more in refused:
                goals = frozenset([*basis, *more])
                for value in self.answers(goals):
                    return Finding(found=True, proved=True, example=value)
        except (ExhaustedError, RecursionError):
            return Finding(found=False, proved=False)
        return Finding(found=False, proved=not self._cut)

    def answers(self, goals: frozenset[Literal], wanted: int = 1) -> list[object]:
        """Return values that satisfy all literals, as many as wanted if there are enough."""
        known = self._answers.get(goals)
        if known is not None and (known[1] >= wanted or len(known[0]) < known[1]):
            return known[0]
        if wanted == 1 and goals in self._samples:
            return self._samples[goals]
        if goals in self._stack:
            self._loops += 1  # a smallest witness does not contain another one of the same goals
            return []
        if len(self._stack) >= _DEEPEST:
            self.cut()
            return []
        loops = self._loops
        self._stack.append(goals)
        found = self._found(goals, wanted)
        self._stack.pop()
        if found or loops == self._loops or not self._stack:
            self._answers[goals] = (found, wanted)
        if found and all(literal.positive for literal in goals):
            self._samples[goals] = found
        return found

    def names(self, goals: frozenset[Literal], wanted: int) -> list[str]:
        """Return strings that satisfy all literals."""
        found: list[object] = []
        self._cases.spend()
        for case in self._cases.of(sorted(goals), "string", strictly=True):
            if self._collect(case, goals, found, wanted):
                break
        return [each for each in found if isinstance(each, str)]

    def allows(self, side: int, key: Key, value: object) -> bool:
        """Whether a schema of a side allows a value."""
        return self._members[side].allows(key, value)

    def is_mentioned(self, name: str, case: Case) -> bool:
        """Whether a schema of either side mentions a property of this name."""
        forms = [form for _, form in case.forms] + [refusal.form for refusal in case.refusals]
        return any(name in form.properties for form in forms)

    def cut(self) -> None:
        """Note that something was left out, so that failure proves nothing."""
        self._cut = True

    def _found(self, goals: frozenset[Literal], wanted: int) -> list[object]:
        found: list[object] = []
        ordered = sorted(goals)
        known: Mentions | None = None
        for kind in TYPES:
            for strictly in (False, True):
                relaxed = False
                for case in self._cases.of(ordered, kind, strictly=strictly):
                    case.wanted = wanted
                    if kind == "object":
                        known = case.known = known or self._known(goals)
                    relaxed = relaxed or case.relaxed
                    if self._collect(case, goals, found, wanted):
                        return found
                if not relaxed:
                    break
        return found

    def _collect(self, case: Case, goals: frozenset[Literal], found: list[object], wanted: int) -> bool:
        """Add the values of a case that satisfy all goals; return whether there are enough."""
        before, tried = len(found), 0
        self._cases.spend(_COSTS.get(case.kind, 1))
        for value in self._candidates(case):
            tried += 1
            self._cases.spend()
            if tried > _MOST_CANDIDATES:
                self.cut()
                break
            if any(equal(value, each) for each in found):
                continue
            if all(self._members[side].allows(key, value) == positive for side, key, positive in goals):
                found.append(value)
                if len(found) >= wanted:
                    return True
        if len(found) == before and not case.relaxed and self._is_approximate(case, tried):
            self.cut()
        return False

    def _is_approximate(self, case: Case, tried: int) -> bool:
        """Whether an unsuccessful case may still allow a value."""
        if any(form.values is not None for _, form in case.forms):
            return False
        if case.kind in ("array", "object"):
            forms = [form for _, form in case.forms] + [refusal.form for refusal in case.refusals]
            if any(form.unevaluated_items or form.unevaluated_properties for form in forms):
                return True
            return tried > 0
        return False

    def _candidates(self, case: Case) -> Iterator[object]:
        listed = next((form.values for _, form in case.forms if form.values is not None), None)
        if listed is not None:
            yield from (value for value in listed if kind_of(value) == case.kind)
        elif case.kind == "null":
            yield None
        elif case.kind == "boolean":
            yield from (False, True)
        elif case.kind == "number":
            yield from numbers(case)
        elif case.kind == "string":
            try:
                yield from texts(case)
            except (UnsupportedError, TooLongError):
                self.cut()
        elif case.kind == "array":
            yield from arrays(case, self)
        else:
            yield from objects(case, self)

    def _known(self, goals: frozenset[Literal]) -> Mentions:
        known = Mentions()
        for side, key, _ in goals:
            more = self._forms[side].mentions(key)
            if side != self.first:
                known.members |= more.members
            else:
                known.names |= more.names
                known.patterns |= more.patterns
                known.rest = known.rest or more.rest
        return known
