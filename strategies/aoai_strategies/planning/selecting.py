"""Selects and orders the cases of a plan so that each case follows those that it takes values from.

Cases are selected in units: the steps of one scenario, or a single case. A selection of units (for a budget,
the profile smoke, a shard) includes the units that they take values from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from aoai_model.case import Case

#: The most requests that the profile smoke sends for a document.
SMOKE_REQUESTS = 25
#: What the profile smoke selects, in this order and for each operation in turn: suffixes of case ids.
_SMOKE: tuple[str, ...] = (
    "/base",
    "/authentication:wrong-key",
    "/chat.stream-against-plain",
    "chat/messages.required:missing",
    "/accept-01",
    "/completions.stream-against-plain",
    "chat/temperature.maximum:above",
    "chat/authentication:wrong-key",
    "chat/api-version:unknown",
    "chat/deployment:unknown",
    "chat/body:malformed-json",
    "chat/stream_options:without-stream",
    "embeddings/input.required:missing",
    "images/n.maximum:above",
    "speech/voice.enum:outside",
    "transcription/file:empty",
    "file-upload/file.required:missing",
    "completions/best_of:with-stream",
    "/embeddings.float-against-base64",
    "/extension-chat.stream-against-plain",
    "/any-01",
    "/accept-02",
    "/body:malformed-json",
    "/api-version:unknown",
    "/path:unknown",
)
#: The profile smoke sends only one of each of these for all operations, to leave room for others.
_ONCE = frozenset({"/authentication:wrong-key"})


def units_of(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """The units of a plan: the steps of one scenario, or a single case."""
    unit: list[Case] = []
    for case in cases:
        if unit and not _same_scenario(unit[0], case):
            yield unit
            unit = []
        unit.append(case)
    if unit:
        yield unit


def order_sources_first(cases: Sequence[Case], make: Callable[[str], Case | None]) -> list[Case]:
    """Order the cases so that each follows those that it takes values from.

    `make` returns a missing case by its id, or None where it cannot be made; the case that needs it then
    stays in its place.
    """
    unit_of = {case.id: unit for unit in units_of(cases) for case in unit}
    ordered: dict[str, Case] = {}
    visited: set[str] = set()

    def put(unit: Sequence[Case]) -> None:
        if unit[0].id in visited:
            return
        visited.add(unit[0].id)
        own = {case.id for case in unit}
        for source in _sources(unit):
            if source in own:
                continue
            if source in unit_of:
                put(unit_of[source])
            elif source not in ordered and (made := make(source)) is not None:
                put([made])
        ordered.update((case.id, case) for case in unit)

    for unit in units_of(cases):
        put(unit)
    return list(ordered.values())


def select_with_sources(cases: Sequence[Case], ids: Collection[str]) -> list[Case]:
    """The cases with these ids, in plan order, with their sources and the rest of their scenarios."""
    unit_of = {case.id: unit for unit in units_of(cases) for case in unit}
    selected = {
        case.id
        for name in ids
        if name in unit_of
        for unit in _with_sources(unit_of[name], unit_of)
        for case in unit
    }
    return [case for case in cases if case.id in selected]


def smoke(cases: Sequence[Case], room: int = SMOKE_REQUESTS) -> list[Case]:
    """At most `room` cases, spread over the operations, with their sources."""
    units = list(units_of(cases))
    left = room

    def reserve(more: Sequence[Case]) -> bool:
        nonlocal left
        if len(more) > left:
            return False
        left -= len(more)
        return True

    selection = Selection(units, reserve)
    for ending in _SMOKE:
        for unit in units:
            name = unit[0].scenario.id if unit[0].scenario is not None else unit[0].id
            if name.endswith(ending) and selection.take(unit) and ending in _ONCE:
                break
    return selection.of(cases)


class Selection:
    """Selects units of a plan with their sources, as long as there is room for all of them.

    `reserve` returns whether there is room for further cases, and takes it.
    """

    def __init__(self, units: Iterable[list[Case]], reserve: Callable[[Sequence[Case]], bool]) -> None:
        self._unit_of = {case.id: unit for unit in units for case in unit}
        self._reserve = reserve
        self._selected: set[str] = set()

    def take(self, unit: list[Case]) -> int:
        """Select a unit with its sources; return how many cases that added, 0 if they do not fit."""
        if self.has(unit):
            return 0
        new = [one for one in _with_sources(unit, self._unit_of) if one[0].id not in self._selected]
        cases = [case for one in new for case in one]
        if not self._reserve(cases):
            return 0
        self._selected |= {case.id for case in cases}
        return len(cases)

    def has(self, unit: list[Case]) -> bool:
        """Whether a unit is selected."""
        return unit[0].id in self._selected

    def of(self, cases: Iterable[Case]) -> list[Case]:
        """Those of the cases that were selected, in their order."""
        return [case for case in cases if case.id in self._selected]


def _with_sources(unit: list[Case], unit_of: dict[str, list[Case]]) -> list[list[Case]]:
    """A unit and all its direct and indirect sources."""
    found: dict[str, list[Case]] = {}
    waiting = [unit]
    while waiting:
        one = waiting.pop()
        if one[0].id in found:
            continue
        found[one[0].id] = one
        waiting += [unit_of[source] for source in _sources(one) if source in unit_of]
    return list(found.values())


def _sources(unit: Iterable[Case]) -> list[str]:
    """The ids of the cases that a unit takes values from, each once."""
    return list(dict.fromkeys(each.source for case in unit for each in case.takes if each.case))


def _same_scenario(one: Case, other: Case) -> bool:
    return one.scenario is not None and other.scenario is not None and one.scenario.id == other.scenario.id
