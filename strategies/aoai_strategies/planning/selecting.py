"""Selecting: which cases of a plan are sent, in which order, so that none lacks what it takes from another.

Cases stand or fall in units: the steps of one scenario, or one case alone. Whoever keeps some of a plan's
units (a budget, the profile smoke, a shard) keeps what they take from with them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from aoai_model.case import Case

#: How many requests the profile smoke sends for a document at most.
SMOKE_REQUESTS = 25
#: What the profile smoke takes, in this order and for each operation in turn: the ends of case ids.
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
#: Of these one stands for all operations, so that a document of many still has room for others.
_ONCE = frozenset({"/authentication:wrong-key"})


def units_of(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """Cases that stand or fall together: the steps of one scenario, or one case."""
    unit: list[Case] = []
    for case in cases:
        if unit and not _together(unit[0], case):
            yield unit
            unit = []
        unit.append(case)
    if unit:
        yield unit


def with_sources_first(cases: Sequence[Case], make: Callable[[str], Case | None]) -> list[Case]:
    """The cases, each after those that it takes from; what is not among them comes from `make`, by its id.

    A case that takes from nothing that can be made stays where it is.
    """
    unit_of = {case.id: unit for unit in units_of(cases) for case in unit}
    ordered: dict[str, Case] = {}
    begun: set[str] = set()

    def put(unit: Sequence[Case]) -> None:
        if unit[0].id in begun:
            return
        begun.add(unit[0].id)
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


def kept_with_sources(cases: Sequence[Case], wanted: Collection[str]) -> list[Case]:
    """The cases with these ids, in plan order, with what they take from and the rest of their scenarios."""
    unit_of = {case.id: unit for unit in units_of(cases) for case in unit}
    kept = {
        case.id
        for name in wanted
        if name in unit_of
        for unit in _closed(unit_of[name], unit_of)
        for case in unit
    }
    return [case for case in cases if case.id in kept]


def smoke(cases: Sequence[Case], room: int = SMOKE_REQUESTS) -> list[Case]:
    """At most `room` cases, spread over the operations, with what they take from."""
    units = list(units_of(cases))
    selection = _Selection(units, lambda requests, _: requests <= room)
    for ending in _SMOKE:
        for unit in units:
            name = unit[0].scenario.scenario if unit[0].scenario is not None else unit[0].id
            if name.endswith(ending) and selection.take(unit) and ending in _ONCE:
                break
    return selection.of(cases)


def cut(cases: Sequence[Case], max_requests: int | None, max_tokens: int | None) -> list[Case]:
    """The cases that a budget allows for: base cases first, then everything in plan order while it fits."""
    if max_requests is None and max_tokens is None:
        return list(cases)

    def fits(requests: int, tokens: int) -> bool:
        return (max_requests is None or requests <= max_requests) and (
            max_tokens is None or tokens <= max_tokens
        )

    units = list(units_of(cases))
    selection = _Selection(units, fits)
    for unit in sorted(units, key=lambda unit: unit[0].origin != "base"):
        selection.take(unit)
    return selection.of(cases)


class _Selection:
    """Takes units of a plan with what they take from, as long as a budget has room for all of it."""

    def __init__(self, units: Iterable[list[Case]], fits: Callable[[int, int], bool]) -> None:
        self._unit_of = {case.id: unit for unit in units for case in unit}
        self._fits = fits
        self._kept: set[str] = set()
        self._requests = 0
        self._tokens = 0

    def take(self, unit: list[Case]) -> bool:
        """Keep a unit and what it takes from; false where it is kept already, or does not fit."""
        if unit[0].id in self._kept:
            return False
        new = [one for one in _closed(unit, self._unit_of) if one[0].id not in self._kept]
        cases = [case for one in new for case in one]
        requests = self._requests + len(cases)
        tokens = self._tokens + sum(case.prompt_tokens + case.completion_tokens for case in cases)
        if not self._fits(requests, tokens):
            return False
        self._requests, self._tokens = requests, tokens
        self._kept |= {case.id for case in cases}
        return True

    def of(self, cases: Iterable[Case]) -> list[Case]:
        """Those of the cases that were taken, in their order."""
        return [case for case in cases if case.id in self._kept]


def _closed(unit: list[Case], unit_of: dict[str, list[Case]]) -> list[list[Case]]:
    """A unit and all units that it takes from, directly or not."""
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
    """The ids of the cases that a unit takes from, each once."""
    return list(dict.fromkeys(taken.source for case in unit for taken in case.takes if taken.case))


def _together(one: Case, other: Case) -> bool:
    return (
        one.scenario is not None
        and other.scenario is not None
        and one.scenario.scenario == other.scenario.scenario
    )
