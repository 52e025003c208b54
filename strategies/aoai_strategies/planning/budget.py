"""Cuts a plan to a budget: the least valuable cases go first, evenly across the operations.

Each operation offers one case of each row of `VALUES`, then the others, in the order of the rows. The
operation with the fewest requests so far takes its next case that fits, with those it takes values from. An
operation whose minimal request does not fit gets nothing, since the other responses would prove nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from aoai_model.case import Case
from aoai_strategies.planning.selecting import Selection, units_of

#: Keywords that limit a value.
_LIMITS = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    }
)
_TYPES = frozenset({"type", "nullable", "oneOf", "anyOf", "allOf", "discriminator", "format", "pattern"})

Predicate: TypeAlias = Callable[[Case], bool]


def _tests(keywords: frozenset[str]) -> Predicate:
    """Whether a case tests an invalid value for one of these keywords, and nothing else."""
    return lambda case: (
        case.origin == "point"
        and any(point.constraint.rpartition(".")[2] in keywords for point in case.points)
    )


#: What a case is worth, most valuable first: the first row that matches counts.
VALUES: tuple[tuple[str, Predicate], ...] = (
    ("minimal request", lambda case: case.origin == "base"),
    ("many valid values", lambda case: case.origin == "packed" and case.expect == "accept"),
    ("comparison or flow", lambda case: case.scenario is not None),
    ("required field", _tests(frozenset({"required"}))),
    ("limit", _tests(_LIMITS)),
    ("enumeration", _tests(frozenset({"enum", "const"}))),
    ("protocol", lambda case: case.origin == "protocol"),
    ("type", _tests(_TYPES)),
    ("combination", lambda case: case.origin == "point"),
    ("any response is allowed", lambda case: case.origin != "generated"),
    ("generated request", lambda case: case.origin == "generated"),
)


class Room(Protocol):
    """What a budget has left."""

    def take(self, cases: Sequence[Case]) -> bool:
        """Reserve what the cases need together; return False and reserve nothing if that is too much."""


@dataclass(slots=True)
class PlanBudget:
    """At most this many requests and tokens, as the plan estimates them; None is unlimited."""

    requests: int | None = None
    tokens: int | None = None

    @property
    def is_unlimited(self) -> bool:
        """Whether every plan fits."""
        return self.requests is None and self.tokens is None

    def take(self, cases: Sequence[Case]) -> bool:
        """Reserve the requests and tokens of the cases; return False if they do not fit."""
        requests = len(cases)
        tokens = sum(case.prompt_tokens + case.completion_tokens for case in cases)
        if (self.requests is not None and requests > self.requests) or (
            self.tokens is not None and tokens > self.tokens
        ):
            return False
        self.requests = None if self.requests is None else self.requests - requests
        self.tokens = None if self.tokens is None else self.tokens - tokens
        return True


def value_of(case: Case) -> int:
    """The place of a case in `VALUES`: 0 for the most valuable cases."""
    return next(place for place, (_, matches) in enumerate(VALUES) if matches(case))


def cut(cases: Sequence[Case], room: Room) -> list[Case]:
    """The cases that fit, in plan order: evenly from each operation, the most valuable first.

    The requests of a scenario stay together, and a case is selected only with those that it takes values
    from. The same cases and the same room give the same selection.
    """
    units = list(units_of(cases))
    selection = Selection(units, room.take)
    waiting = [iter(_by_value(own)) for own in _by_operation(units)]
    turns = [(0, place) for place in range(len(waiting))]
    while turns:
        requests, place = heapq.heappop(turns)
        taken = _take_next(waiting[place], selection)
        if taken:
            heapq.heappush(turns, (requests + taken, place))
    return selection.of(cases)


def _take_next(units: Iterator[list[Case]], selection: Selection) -> int:
    """Select the next unit that fits; return how many cases that added, 0 if none is left."""
    for unit in units:
        taken = selection.take(unit)
        if taken:
            return taken
        if unit[0].origin == "base" and not selection.has(unit):
            return 0
    return 0


def _by_operation(units: Iterable[list[Case]]) -> list[list[list[Case]]]:
    """The units of each operation but preparations, in plan order; a flow belongs to that of its points."""
    found: dict[tuple[str, str], list[list[Case]]] = {}
    for unit in units:
        if unit[0].origin == "preparation":
            continue  # selected with the cases that need it
        about = next((case for case in unit if case.points), unit[0])
        found.setdefault((about.document, about.operation), []).append(unit)
    return list(found.values())


def _by_value(units: Iterable[list[Case]]) -> list[list[Case]]:
    """The units by value, after the first one of each row; generated ones are last."""
    seen: set[int] = set()
    ranked: list[tuple[bool, int, list[Case]]] = []
    for unit in units:
        value = min(map(value_of, unit))
        is_first = value not in seen and value < len(VALUES) - 1
        seen.add(value)
        ranked.append((not is_first, value, unit))
    return [unit for _, _, unit in sorted(ranked, key=lambda each: each[:2])]
