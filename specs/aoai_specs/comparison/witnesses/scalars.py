"""Numbers that satisfy some bounds and violate others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from aoai_specs.comparison.witnesses.cases import Case

#: How many multiples are tried from either end of a range.
_MOST_MULTIPLES = 40


def numbers(case: Case) -> Iterator[float]:
    """Yield numbers of a case; the numbers that some keyword refuses are among them."""
    low, high = _range(case)
    steps = [Fraction(repr(form.multiple)) for _, form in case.forms if form.multiple is not None]
    if any(form.whole for _, form in case.forms):
        steps.append(Fraction(1))
    if steps:
        step = steps[0]
        for other in steps[1:]:
            step = _common_multiple(step, other)
        yield from map(_plain, _multiples(low, high, step))
    else:
        yield from map(_plain, _between(case, low, high))


def _range(case: Case) -> tuple[Fraction | None, Fraction | None]:
    lows = [form.low.value for _, form in case.forms if form.low is not None]
    highs = [form.high.value for _, form in case.forms if form.high is not None]
    for refusal in case.refusals:
        if refusal.what == "low":
            highs.append(refusal.argument.value)
        elif refusal.what == "high":
            lows.append(refusal.argument.value)
    return (
        max((Fraction(repr(each)) for each in lows), default=None),
        min((Fraction(repr(each)) for each in highs), default=None),
    )


def _common_multiple(one: Fraction, other: Fraction) -> Fraction:
    denominator = math.lcm(one.denominator, other.denominator)
    return Fraction(math.lcm(int(one * denominator), int(other * denominator)), denominator)


def _multiples(low: Fraction | None, high: Fraction | None, step: Fraction) -> Iterator[Fraction]:
    first = None if low is None else math.ceil(low / step)
    last = None if high is None else math.floor(high / step)
    if first is None and last is None:
        first = 0
    seen: set[int] = set()
    for count in range(_MOST_MULTIPLES):
        for index in (
            first + count if first is not None else None,
            last - count if last is not None else None,
        ):
            if index is None or index in seen:
                continue
            if (last is None or index <= last) and (first is None or index >= first):
                seen.add(index)
                yield index * step
    if first == 0 and last is None and low is None:
        yield from (-index * step for index in range(1, 4))


def _between(case: Case, low: Fraction | None, high: Fraction | None) -> Iterator[Fraction]:
    if low is not None and high is not None:
        if low > high:
            return
        parts = (Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(3, 8), Fraction(5, 7))
        yield from (low + (high - low) * part for part in parts)
        whole = math.ceil(low)
        yield from (Fraction(each) for each in range(whole, min(math.floor(high), whole + 20) + 1))
        return
    start = low if low is not None else high if high is not None else Fraction(0)
    sign = -1 if low is None and high is not None else 1
    steps = [Fraction(refusal.argument).limit_denominator(1000) for refusal in case.refusals
             if refusal.what == "multiple"]  # fmt: skip
    for step in (Fraction(1), *steps):
        for part in (0, 1, 2, 3, Fraction(1, 2), Fraction(3, 2), Fraction(1, 4), Fraction(3, 8), 7, 11, 20):
            yield start + sign * part * step
    whole = math.floor(start) if sign < 0 else math.ceil(start)
    yield from (Fraction(whole + sign * index) for index in range(12))


def _plain(value: Fraction) -> float:
    return int(value) if value.denominator == 1 else float(value)
