"""Objects that satisfy some keywords and violate others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from aoai_specs.comparison.witnesses.cases import Case, Literal, Refusal
from aoai_specs.comparison.witnesses.form import Form
from aoai_specs.comparison.witnesses.membership import fits, schemas_for
from aoai_specs.comparison.witnesses.seeker import Seeker
from aoai_specs.comparison.witnesses.texts import matching

_MOST_PROPERTIES = 60
_MOST_NAMES = 80
_FRESH = ("extra", "other", "further")


@dataclass(slots=True, eq=False, repr=False)
class _Plan:
    least: int = 0
    most: int | None = None
    present: dict[str, list[Literal]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    #: How many values are refused as a whole.
    refused: int = 0
    #: Refusals that concern any one property.
    somewhere: list[Refusal] = field(default_factory=list)


def objects(case: Case, seeker: Seeker) -> Iterator[dict[str, object]]:
    """Yield objects of a case."""
    plan = _plan(case, seeker)
    if plan is None or (plan.most is not None and plan.least > plan.most):
        return
    if plan.least > _MOST_PROPERTIES:
        seeker.cut()
        return
    names = _Names(case, seeker)
    options = [list(names.fitting(refusal)) for refusal in plan.somewhere]
    for chosen in product(*options):
        present = {name: list(literals) for name, literals in plan.present.items()}
        for name, literal in chosen:
            present.setdefault(name, []).extend([literal] if literal is not None else [])
        yield from _built(case, plan, present, names, seeker)


def _plan(case: Case, seeker: Seeker) -> _Plan | None:
    plan = _Plan()
    for _, form in case.forms:
        low, high = form.lengths.get("object", (0, None))
        _limit(plan, low, high)
        for name in form.required:
            plan.present.setdefault(name, [])
    for refusal in case.refusals:
        what, argument, form, side = refusal
        if what == "least":
            _limit(plan, 0, argument - 1)
        elif what == "most":
            _limit(plan, argument + 1, None)
        elif what == "values":
            plan.refused += sum(isinstance(each, dict) for each in argument)
        elif what == "absent":
            plan.absent.add(argument)
        elif what == "present":
            plan.present.setdefault(argument, [])
        elif what == "need":
            plan.present.setdefault(argument[0], [])
            plan.absent.add(argument[1])
        elif what == "property":
            name, key = argument
            if not _is_asked(name, Literal(side, key, False), form, case, seeker):
                return None
            plan.present.setdefault(name, []).append(Literal(side, key, False))
        elif what in ("patterned", "additional", "names", "unevaluated properties"):
            plan.somewhere.append(refusal)
    return plan


def _limit(plan: _Plan, low: int, high: int | None) -> None:
    plan.least = max(plan.least, low)
    if high is not None:
        plan.most = high if plan.most is None else min(plan.most, high)


def _is_asked(name: str, literal: Literal, form: Form, case: Case, seeker: Seeker) -> bool:
    """Whether a property counts: the first description mentions it, or the other one never allows it.

    That an open object may already have a property which is only now described does not count.
    """
    if literal.side == seeker.first or case.known.rest or name in case.known.names:
        return True
    if form.key not in case.known.members:
        return True
    if any(fits(pattern, name) for pattern in case.known.patterns):
        return True
    return not seeker.answers(frozenset([literal._replace(positive=True)]))


class _Names:
    """The names that the properties of a case may have."""

    def __init__(self, case: Case, seeker: Seeker) -> None:
        self._case = case
        self._seeker = seeker
        self._declared: dict[str, None] = {}
        self.named = [Literal(side, form.names, True) for side, form in case.forms if form.names is not None]

    @cached_property
    def pool(self) -> list[str]:
        """The declared names, names that match each pattern, and some others."""
        patterns: dict[str, None] = {}
        declared, names, seeker = self._declared, self.named, self._seeker
        forms = [form for _, form in self._case.forms]
        for form in (*forms, *(refusal.form for refusal in self._case.refusals)):
            declared.update(dict.fromkeys(form.properties))
            declared.update(dict.fromkeys(form.required))
            patterns.update(dict.fromkeys(form.patterned))
        fresh = [*matching(list(patterns))] if patterns else []
        fresh += [name for name in _FRESH if name not in declared]
        if names:
            fresh += seeker.names(frozenset(names), 6)
        return list(dict.fromkeys([*declared, *fresh]))[:_MOST_NAMES]

    def fitting(self, refusal: Refusal) -> Iterator[tuple[str, Literal | None]]:
        """Yield the names with which a refusal may be met, and what their values must satisfy."""
        what, argument, form, side = refusal
        if what == "names":
            goals = frozenset([Literal(side, argument, False), *self.named])
            yield from ((name, None) for name in self._seeker.names(goals, 3))
            yield from ((name, None) for name in self.pool if not self._seeker.allows(side, argument, name))
            return
        for name in self.pool:
            if what == "patterned":
                pattern, key = argument
                fit = fits(pattern, name)
            else:
                key = argument
                fit = not schemas_for_name(form, name)
            literal = Literal(side, key, False)
            if fit and (name not in self._declared or _is_known(name, literal, self._case, self._seeker)):
                yield name, literal

    def permitted(self, name: str) -> bool:
        """Whether the schemas of property names allow a name."""
        return all(self._seeker.allows(side, key, name) for side, key, _ in self.named)


def _is_known(name: str, literal: Literal, case: Case, seeker: Seeker) -> bool:
    if literal.side == seeker.first or case.known.rest or name in case.known.names:
        return True
    return any(fits(pattern, name) for pattern in case.known.patterns) or not seeker.is_mentioned(name, case)


def schemas_for_name(form: Form, name: str) -> bool:
    """Whether a form names a property, directly or by a pattern."""
    return name in form.properties or any(fits(pattern, name) for pattern in form.patterned)


def _built(
    case: Case, plan: _Plan, present: dict[str, list[Literal]], names: _Names, seeker: Seeker
) -> Iterator[dict[str, object]]:
    if not _complete(case, present, plan) or not all(map(names.permitted, present)):
        return
    found: dict[str, list[object]] = {}
    for name, literals in sorted(present.items(), key=lambda each: not each[1]):
        goals = frozenset([*literals, *_applied(case, name)])
        answers = seeker.answers(goals, plan.refused + 1)
        if not answers:
            return
        found[name] = answers
    if len(found) < plan.least:
        spare = (
            name
            for name in (*names.pool, *(f"extra{index}" for index in range(plan.least)))
            if name not in found and name not in plan.absent and names.permitted(name)
        )
        while len(found) < plan.least:
            extra = next(spare, None)
            if extra is None:
                return
            more: dict[str, list[Literal]] = {extra: []}
            if _complete(case, more, plan) and more.keys() - found.keys() == {extra}:
                answers = seeker.answers(frozenset(_applied(case, extra)))
                if answers:
                    found[extra] = answers
    base = {name: answers[0] for name, answers in found.items()}
    yield base
    for name, answers in found.items():
        for answer in answers[1:]:
            yield {**base, name: answer}
    yield from _larger(case, plan, base, names, seeker)


def _larger(
    case: Case, plan: _Plan, base: dict[str, object], names: _Names, seeker: Seeker
) -> Iterator[dict[str, object]]:
    """Yield objects with one more property, for callers that need several."""
    if plan.most is not None and len(base) >= plan.most:
        return
    for name in names.pool:
        if name in base or name in plan.absent or not names.permitted(name):
            continue
        more: dict[str, list[Literal]] = {name: []}
        if _complete(case, more, plan) and more.keys() <= {*base, name}:
            for answer in seeker.answers(frozenset(_applied(case, name))):
                yield {**base, name: answer}


def _complete(case: Case, present: dict[str, list[Literal]], plan: _Plan) -> bool:
    """Add the properties that others need; return whether none of them must be absent."""
    waiting = list(present)
    while waiting:
        name = waiting.pop()
        for _, form in case.forms:
            for needed in form.needs.get(name, ()):
                if needed not in present:
                    present[needed] = []
                    waiting.append(needed)
    return not plan.absent & present.keys() and (plan.most is None or len(present) <= plan.most)


def _applied(case: Case, name: str) -> Iterator[Literal]:
    evaluated: set[int] = set()
    for side, form in case.forms:
        for key in schemas_for(form, name):
            yield Literal(side, key, True)
        if schemas_for_name(form, name) or "additionalProperties" in form.present:
            evaluated.add(side)
    for side, form in case.forms:
        if form.unevaluated_properties is not None and side not in evaluated:
            yield Literal(side, form.unevaluated_properties, True)
