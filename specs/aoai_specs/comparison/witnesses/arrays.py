"""Arrays that satisfy some keywords and violate others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from typing import NamedTuple

from aoai_specs.comparison.witnesses.cases import Case, Literal
from aoai_specs.comparison.witnesses.form import Form, equal
from aoai_specs.comparison.witnesses.seeker import Seeker

_LONGEST = 40
_MOST_REFUSED = 5
_MOST_ASSIGNMENTS = 200
_MOST_WAYS = 40


class _Count(NamedTuple):
    """How many items must (`least`) and may (`most`) satisfy a literal."""

    literal: Literal
    least: int
    most: int | None


@dataclass(slots=True, eq=False, repr=False)
class _Plan:
    least: int = 0
    most: int | None = None
    at: dict[int, list[Literal]] = field(default_factory=dict)
    #: Literals for any one item from an index on.
    somewhere: list[tuple[int, Literal]] = field(default_factory=list)
    counts: list[_Count] = field(default_factory=list)
    #: How many values are refused as a whole.
    refused: int = 0
    different: bool = False
    repeated: bool = False


def arrays(case: Case, seeker: Seeker) -> Iterator[list[object]]:
    """Yield arrays of a case."""
    plan = _plan(case)
    if plan.least > _LONGEST:
        seeker.cut()
        return
    tuples = max((len(form.prefix) for _, form in case.forms), default=0)
    starts = [range(start, max(tuples, start) + 1) for start, _ in plan.somewhere]
    for chosen in product(*starts):
        at = {index: list(literals) for index, literals in plan.at.items()}
        for index, (_, literal) in zip(chosen, plan.somewhere, strict=True):
            at.setdefault(index, []).append(literal)
        yield from _of_places(case, plan, at, seeker)


def _plan(case: Case) -> _Plan:
    plan = _Plan()
    for side, form in case.forms:
        low, high = form.lengths.get("array", (0, None))
        _limit(plan, low, high)
        plan.different = plan.different or form.unique
        if form.contains is not None:
            literal = Literal(side, form.contains.key, True)
            plan.counts.append(_Count(literal, form.contains.least, form.contains.most))
    for what, argument, form, side in case.refusals:
        if what == "least":
            _limit(plan, 0, argument - 1)
        elif what == "most":
            _limit(plan, argument + 1, None)
        elif what == "values":
            plan.refused += sum(isinstance(each, list) for each in argument)
        elif what == "unique":
            plan.repeated = True
        elif what == "item":
            index, key = argument
            plan.at.setdefault(index, []).append(Literal(side, key, False))
        elif what == "items":
            plan.somewhere.append((len(form.prefix), Literal(side, argument, False)))
        elif what == "unevaluated items":
            start = len(form.prefix)
            plan.somewhere.append((start, Literal(side, argument, False)))
        elif what == "contains":
            plan.counts.append(_Count(Literal(side, argument.key, True), 0, argument.least - 1))
        elif what == "most contains":
            plan.counts.append(_Count(Literal(side, argument.key, True), argument.most + 1, None))
    return plan


def _limit(plan: _Plan, low: int, high: int | None) -> None:
    plan.least = max(plan.least, low)
    if high is not None:
        plan.most = high if plan.most is None else min(plan.most, high)


def _of_places(
    case: Case, plan: _Plan, at: dict[int, list[Literal]], seeker: Seeker
) -> Iterator[list[object]]:
    least = max([plan.least, *(index + 1 for index in at), *(each.least for each in plan.counts)])
    last = least + sum(each.least for each in plan.counts) + (2 if plan.repeated else 0)
    tuples = max((len(form.prefix) for _, form in case.forms), default=0)
    last = max(last, tuples + 1) if plan.counts or plan.repeated else last
    last += min(plan.refused + case.wanted - 1, _MOST_REFUSED)
    if plan.most is not None:
        last = min(last, plan.most)
    if last > _LONGEST:
        seeker.cut()
        last = _LONGEST
    own = max([tuples, *(index + 1 for index in at)])
    for length in range(least, last + 1):
        base = [[*at.get(index, ()), *_applied(case, index)] for index in range(length)]
        for tried, counted in enumerate(_assignments(plan.counts, length, own)):
            if tried > _MOST_ASSIGNMENTS:
                seeker.cut()
                break
            slots = [frozenset([*goals, *more]) for goals, more in zip(base, counted, strict=True)]
            yield from _built(slots, plan, seeker)


def _applied(case: Case, index: int) -> Iterator[Literal]:
    evaluated = False
    for side, form in case.forms:
        if index < len(form.prefix):
            evaluated = True
            yield Literal(side, form.prefix[index], True)
        elif form.items is not None:
            yield Literal(side, form.items, True)
        evaluated = evaluated or "items" in form.present
    for side, form in case.forms:
        if form.unevaluated_items is not None and not _evaluates(form, index) and not evaluated:
            yield Literal(side, form.unevaluated_items, True)


def _evaluates(form: Form, index: int) -> bool:
    return index < len(form.prefix) or "items" in form.present


def _assignments(counts: list[_Count], length: int, own: int) -> Iterator[list[list[Literal]]]:
    """Yield, for each way to satisfy the counts, the literals of each item.

    Items from the index `own` on are interchangeable.
    """
    for chosen in product(*(list(islice(_ways(each, length, own), _MOST_WAYS)) for each in counts)):
        slots: list[list[Literal]] = [[] for _ in range(length)]
        for way in chosen:
            for slot, literal in zip(slots, way, strict=True):
                if literal is not None:
                    slot.append(literal)
        yield slots


def _ways(count: _Count, length: int, own: int) -> Iterator[list[Literal | None]]:
    other = None if count.most is None else count.literal._replace(positive=False)
    last = count.least if count.most is None else min(count.most, length)
    for number in range(count.least, last + 1):
        for matching in _choices(number, length, own):
            yield [count.literal if index in matching else other for index in range(length)]


def _choices(number: int, length: int, own: int) -> Iterator[set[int]]:
    """Yield sets of indexes: any of the first ones, and of the interchangeable ones the first or the last."""
    own = min(own, length)
    for inside in range(max(0, number - (length - own)), min(number, own) + 1):
        rest = number - inside
        for chosen in combinations(range(own), inside):
            yield {*chosen, *range(own, own + rest)}
            if 0 < rest < length - own:
                yield {*chosen, *range(length - rest, length)}


def _built(slots: list[frozenset[Literal]], plan: _Plan, seeker: Seeker) -> Iterator[list[object]]:
    if plan.repeated:
        if plan.different:
            return
        for one, other in combinations(range(len(slots)), 2):
            both = list(slots)
            both[one] = both[other] = slots[one] | slots[other]
            yield from _values(both, seeker)
        return
    if plan.different:
        yield from _different(slots, seeker)
    else:
        yield from _values(slots, seeker, plan.refused + 1)


def _values(slots: list[frozenset[Literal]], seeker: Seeker, wanted: int = 1) -> Iterator[list[object]]:
    found = []
    for goals in slots:
        answers = seeker.answers(goals, wanted)
        if not answers:
            return
        found.append(answers)
    yield [answers[0] for answers in found]
    for index, answers in enumerate(found):
        for answer in answers[1:]:
            yield [answer if place == index else each[0] for place, each in enumerate(found)]


def _different(slots: list[frozenset[Literal]], seeker: Seeker) -> Iterator[list[object]]:
    wanted = len(slots) + 1
    options = [seeker.answers(goals, wanted) for goals in slots]

    def fill(index: int, chosen: list[object]) -> Iterator[list[object]]:
        if index == len(options):
            yield list(chosen)
            return
        for option in options[index]:
            if not any(equal(option, each) for each in chosen):
                yield from fill(index + 1, [*chosen, option])

    yield from fill(0, [])
