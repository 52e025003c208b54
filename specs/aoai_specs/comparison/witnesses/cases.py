"""Dividing what a value must and must not satisfy into cases without alternatives.

A literal says that a value satisfies a schema of one of two descriptions, or that it does not. A case has the
forms that a value of one JSON type satisfies, and the single keywords that it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aoai_specs.comparison.witnesses.form import Form, Key, Mentions
from aoai_specs.comparison.witnesses.forms import Forms


class Literal(NamedTuple):
    """Whether a value satisfies a schema; `side` is the description."""

    side: int
    key: Key
    positive: bool


class Refusal(NamedTuple):
    """A keyword that a value does not satisfy: its name, the argument that matters, the schema, the side."""

    what: str
    argument: Any
    form: Form
    side: int


class Alternative(NamedTuple):
    """One of several ways to go on."""

    literals: tuple[Literal, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class Case:
    """What a value of one type satisfies and what not.

    `known` is what the first description mentions, and the members of the schemas of the other one.
    """

    kind: str
    forms: list[tuple[int, Form]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    known: Mentions = field(default_factory=Mentions)
    relaxed: bool = False
    wanted: int = 1


class ExhaustedError(Exception):
    """The limit of steps is reached."""


class UnsupportedError(Exception):
    """A pattern is not understood, or too complex."""


@dataclass(slots=True, eq=False, repr=False)
class _State:
    waiting: list[Literal]
    literals: set[Literal]
    #: The keys of the literals of each side: first those that are not positive, then the others.
    keys: tuple[tuple[list[Key], list[Key]], ...]
    forms: list[tuple[int, Form]]
    refusals: list[Refusal]
    choices: list[list[Alternative]]
    relaxed: bool = False

    def copy(self) -> _State:
        return _State(
            list(self.waiting),
            set(self.literals),
            tuple([(list(refused), list(allowed)) for refused, allowed in self.keys]),
            list(self.forms),
            list(self.refusals),
            list(self.choices),
            self.relaxed,
        )

    def follow(self, alternative: Alternative) -> None:
        """Add what an alternative requires."""
        self.waiting += alternative.literals
        self.refusals += alternative.refusals


class Cases:
    """Divides literals into cases. `same` says whether two schemas of the two descriptions are identical."""

    def __init__(self, forms: tuple[Forms, Forms], same: Callable[[Key, Key], bool], steps: int) -> None:
        self._forms = forms
        self._same = same
        self._unions: dict[tuple[Key, int, bool], list[list[Alternative]]] = {}
        self.steps = steps

    def of(self, goals: Iterable[Literal], kind: str, *, strictly: bool) -> Iterator[Case]:
        """Yield the cases of a type. A relaxed division does not exclude the other branches of `oneOf`."""
        goals = list(goals)
        if any(kind not in self._forms[side].form(key).possible for side, key, positive in goals if positive):
            return
        start = _State(goals, set(), (([], []), ([], [])), [], [], [])
        for state in self._divide(start, kind, strictly=strictly):
            yield Case(kind, state.forms, state.refusals, relaxed=state.relaxed)

    def spend(self, steps: int = 1) -> None:
        """Count steps. Raises ExhaustedError if there are none left."""
        self.steps -= steps
        if self.steps <= 0:
            raise ExhaustedError

    def _divide(self, state: _State, kind: str, *, strictly: bool) -> Iterator[_State]:
        while self._take_all(state, kind, strictly=strictly):
            choice = self._next_choice(state, kind)
            if choice is None:
                yield state
                return
            if not choice:
                return
            for alternative in choice[:-1]:
                further = state.copy()
                further.follow(alternative)
                yield from self._divide(further, kind, strictly=strictly)
            state.follow(choice[-1])

    def _take_all(self, state: _State, kind: str, *, strictly: bool) -> bool:
        """Add all waiting literals to a state; return whether it is still possible."""
        while state.waiting:
            literal = state.waiting.pop(0)
            if literal in state.literals:
                continue
            self.spend()
            if not self._take(literal, state, kind, strictly=strictly):
                return False
        return True

    def _next_choice(self, state: _State, kind: str) -> list[Alternative] | None:
        """Remove the choice with the fewest possible alternatives from a state and return it."""
        best: tuple[int, list[Alternative]] | None = None
        left: list[list[Alternative]] = []
        for choice in state.choices:
            if _is_made(choice, state.literals):
                continue
            possible = [each for each in choice if self._is_left(each, state, kind)]
            left.append(possible)
            if best is None or len(possible) < best[0]:
                best = (len(possible), possible)
        if best is None:
            state.choices = []
            return None
        state.choices = [each for each in left if each is not best[1]]
        return best[1]

    def _is_left(self, alternative: Alternative, state: _State, kind: str) -> bool:
        """Whether nothing in a state excludes an alternative."""
        for literal in alternative.literals:
            if not self._is_possible(literal, state, kind):
                return False
        for refusal in alternative.refusals:  # noqa: SIM110 - a generator for each alternative takes longer
            if self._is_required(refusal, state):
                return False
        return True

    def _is_possible(self, literal: Literal, state: _State, kind: str) -> bool:
        form = self._forms[literal.side].form(literal.key)
        if literal.positive:
            if kind not in form.possible:
                return False
        elif form.fixed is True:
            return False
        return not self._contradicts(literal, state)

    def _is_required(self, refusal: Refusal, state: _State) -> bool:
        """Whether a schema that is known to apply requires for a part what a refusal excludes."""
        held = _PARTS.get(refusal.what)
        if held is None:
            return False
        for side, form in state.forms:
            if side == refusal.side:
                continue
            key, other = held(refusal.argument, refusal.form, form)
            if other is not None and self._same(*((key, other) if refusal.side == 0 else (other, key))):
                return True
        return False

    def _contradicts(self, literal: Literal, state: _State) -> bool:
        side, key, positive = literal
        if (side, key, not positive) in state.literals:
            return True
        others = state.keys[1 - side][not positive]
        if not others:
            return False
        if side == 0:
            return any(self._same(key, other) for other in others)
        return any(self._same(other, key) for other in others)

    def _take(self, literal: Literal, state: _State, kind: str, *, strictly: bool) -> bool:
        """Add a literal to a state; return whether it is still possible."""
        form = self._forms[literal.side].form(literal.key)
        if form.fixed is not None:
            return form.fixed == literal.positive
        if self._contradicts(literal, state):
            return False
        state.literals.add(literal)
        state.keys[literal.side][literal.positive].append(literal.key)
        if kind == "null" and form.nullable:
            return literal.positive
        if literal.positive:
            if kind not in form.kinds:
                return False
            state.forms.append((literal.side, form))
            self._require(form, literal.side, state, kind, strictly=strictly)
            return True
        if kind not in form.kinds:
            return True
        alternatives = list(self._violations(form, literal.side, kind))
        if len(alternatives) == 1:
            state.waiting += alternatives[0].literals
            state.refusals += alternatives[0].refusals
        elif alternatives:
            state.choices.append(alternatives)
        return bool(alternatives)

    def _require(self, form: Form, side: int, state: _State, kind: str, *, strictly: bool) -> None:
        state.waiting += (Literal(side, key, True) for key in form.all_of)
        if form.excluded is not None:
            state.waiting.append(Literal(side, form.excluded, False))
        if form.any_of or form.one_of:
            state.choices += self._branches(form, side, strictly=strictly)
            state.relaxed = state.relaxed or (not strictly and len(form.one_of) > 1)
        if form.condition is not None:
            when, then, otherwise = form.condition.when, form.condition.then, form.condition.otherwise
            state.choices.append(
                [
                    Alternative((Literal(side, when, positive), *([Literal(side, key, True)] if key else [])))
                    for positive, key in ((True, then), (False, otherwise))
                ]
            )
        if kind == "object":
            for name, key in form.dependents.items():
                state.choices.append(
                    [
                        Alternative((), (Refusal("absent", name, form, side),)),
                        Alternative((Literal(side, key, True),)),
                    ]
                )

    def _branches(self, form: Form, side: int, *, strictly: bool) -> list[list[Alternative]]:
        """Return the choices of a form, one for each of its unions."""
        key = (form.key, side, strictly)
        if key not in self._unions:
            choices = [[Alternative((Literal(side, each, True),)) for each in group] for group in form.any_of]
            if form.one_of:
                choices.append(list(_exactly_one(form.one_of, side, strictly=strictly)))
            self._unions[key] = choices
        return self._unions[key]

    def _violations(self, form: Form, side: int, kind: str) -> Iterator[Alternative]:
        """Yield the ways in which a value of a type that a form allows violates it."""
        for what, argument in _violated(form, kind):
            yield Alternative((), (Refusal(what, argument, form, side),))
        for key in form.all_of:
            yield Alternative((Literal(side, key, False),))
        for group in form.any_of:
            yield Alternative(tuple(Literal(side, key, False) for key in group))
        if form.one_of:
            yield Alternative(tuple(Literal(side, key, False) for key in form.one_of))
            for index, key in enumerate(form.one_of):
                for other in form.one_of[index + 1 :]:
                    yield Alternative((Literal(side, key, True), Literal(side, other, True)))
        if form.excluded is not None:
            yield Alternative((Literal(side, form.excluded, True),))
        if form.condition is not None:
            when, then, otherwise = form.condition.when, form.condition.then, form.condition.otherwise
            for positive, chosen in ((True, then), (False, otherwise)):
                if chosen is not None:
                    yield Alternative((Literal(side, when, positive), Literal(side, chosen, False)))
        if kind == "object":
            for name, key in form.dependents.items():
                yield Alternative((Literal(side, key, False),), (Refusal("present", name, form, side),))


def _exactly_one(branches: tuple[Key, ...], side: int, *, strictly: bool) -> Iterator[Alternative]:
    """Yield the ways to satisfy one branch, and `strictly` no other one."""
    for key in branches:
        if branches.count(key) == 1:
            others = (Literal(side, each, False) for each in branches if each != key) if strictly else ()
            yield Alternative((Literal(side, key, True), *others))


def _is_made(choice: list[Alternative], literals: set[Literal]) -> bool:
    """Whether literals imply one of the alternatives."""
    for each in choice:  # noqa: SIM110 - a generator for each choice takes longer
        if not each.refusals and literals.issuperset(each.literals):
            return True
    return False


def _property(argument: Any, _: Form, form: Form) -> tuple[Key, Key | None]:
    name, key = argument
    return key, form.properties.get(name)


def _pattern(argument: Any, _: Form, form: Form) -> tuple[Key, Key | None]:
    pattern, key = argument
    return key, form.patterned.get(pattern)


def _items(argument: Any, refusing: Form, form: Form) -> tuple[Key, Key | None]:
    return argument, form.items if len(form.prefix) <= len(refusing.prefix) else None


#: How to find the schema of a part in a refusal and the one that another form applies to the same part.
_PARTS: dict[str, Callable[[Any, Form, Form], tuple[Key, Key | None]]] = {
    "property": _property,
    "patterned": _pattern,
    "items": _items,
}


def _violated(form: Form, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield the keywords of a form that a value of a type can violate by itself."""
    if form.values is not None:
        yield "values", form.values
    if kind == "number":
        if form.whole:
            yield "whole", None
        if form.low is not None:
            yield "low", form.low
        if form.high is not None:
            yield "high", form.high
        if form.multiple is not None:
            yield "multiple", form.multiple
    if kind in form.lengths:
        least, most = form.lengths[kind]
        if least > 0:
            yield "least", least
        if most is not None:
            yield "most", most
    if kind == "string" and form.pattern is not None:
        yield "pattern", form.pattern
    if kind == "array":
        yield from _violated_by_items(form)
    if kind == "object":
        yield from _violated_by_properties(form)


def _violated_by_items(form: Form) -> Iterator[tuple[str, Any]]:
    if form.unique:
        yield "unique", None
    for index, key in enumerate(form.prefix):
        yield "item", (index, key)
    if form.items is not None:
        yield "items", form.items
    if form.contains is not None:
        if form.contains.least > 0:
            yield "contains", form.contains
        if form.contains.most is not None:
            yield "most contains", form.contains
    if form.unevaluated_items is not None:
        yield "unevaluated items", form.unevaluated_items


def _violated_by_properties(form: Form) -> Iterator[tuple[str, Any]]:
    for name in form.required:
        yield "absent", name
    for name, needed in form.needs.items():
        for other in needed:
            yield "need", (name, other)
    for name, key in form.properties.items():
        yield "property", (name, key)
    for pattern, key in form.patterned.items():
        yield "patterned", (pattern, key)
    if form.additional is not None:
        yield "additional", form.additional
    if form.names is not None:
        yield "names", form.names
    if form.unevaluated_properties is not None:
        yield "unevaluated properties", form.unevaluated_properties
