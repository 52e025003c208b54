"""Collect what the lines of a record show in one pass, for summaries and reports.

A collector keeps what it needs of the lines, whatever their number, and can be joined with those of other
parts of the record. The result depends neither on how the lines are divided nor on the order of joining: what
comes first is decided by places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self, TypeAlias, TypeVar, cast

from aoai_reports.record.lines import ExchangeLine, ScenarioLine

#: Names a part of a record; parts are ordered by their names. All names have values of the same types.
PartName: TypeAlias = tuple[str | int, ...]


class Place(NamedTuple):
    """Where a line is: exchanges before scenarios, then by part, then by number in the part."""

    is_scenario: bool
    part: PartName
    number: int


class Collector:
    """Collects what some lines show. Subclasses are created without arguments and can be pickled."""

    __slots__ = ()

    def add_exchange(self, line: ExchangeLine, place: Place, /) -> None:
        """Add an exchange; lines may come in any order."""

    def add_scenario(self, line: ScenarioLine, steps: Sequence[ExchangeLine], place: Place, /) -> None:
        """Add a scenario; `steps` are the exchanges of its cases if it has violations, otherwise empty."""

    def join(self, other: Self) -> None:
        """Add what another collector has of other lines; `other` must not be used afterwards."""
        raise NotImplementedError


Kind = TypeVar("Kind", bound=Collector)


class Digest:
    """Collectors of several kinds that are filled in one pass. Its size does not grow with the lines."""

    __slots__ = ("_collectors", "part")

    def __init__(self, kinds: Iterable[type[Collector]], part: PartName = ()) -> None:
        self.part = part
        self._collectors: dict[type[Collector], Collector] = {kind: kind() for kind in kinds}

    def add_exchange(self, line: ExchangeLine, number: int) -> None:
        """Add the exchange with a number in this part."""
        place = Place(False, self.part, number)
        for each in self._collectors.values():
            each.add_exchange(line, place)

    def add_scenario(self, line: ScenarioLine, steps: Sequence[ExchangeLine], number: int) -> None:
        """Add the scenario with a number in this part, with the exchanges of its cases."""
        place = Place(True, self.part, number)
        for each in self._collectors.values():
            each.add_scenario(line, steps, place)

    def join(self, other: Digest) -> None:
        """Add what another digest has of other lines; `other` must not be used afterwards."""
        for kind, each in other._collectors.items():
            mine = self._collectors.get(kind)
            if mine is None:
                self._collectors[kind] = each
            else:
                mine.join(each)

    def has(self, kind: type[Collector]) -> bool:
        """Whether the digest has a collector of a kind."""
        return kind in self._collectors

    def of(self, kind: type[Kind]) -> Kind:
        """Return the collector of a kind. Raises KeyError if the digest has none."""
        return cast("Kind", self._collectors[kind])

    def __getstate__(self) -> tuple[PartName, dict[type[Collector], Collector]]:
        return self.part, self._collectors

    def __setstate__(self, state: tuple[PartName, dict[type[Collector], Collector]]) -> None:
        self.part, self._collectors = state


def join_digests(digests: Iterable[Digest]) -> Digest:
    """Join the digests of the parts of a record, or of several; the order does not matter."""
    whole = Digest(())
    for each in digests:
        whole.join(each)
    return whole


def digest_lines(
    exchanges: Iterable[ExchangeLine], scenarios: Iterable[ScenarioLine], kinds: Iterable[type[Collector]]
) -> Digest:
    """Return the digest of the lines of a record, in one pass over each."""
    digest = Digest(kinds)
    scenarios = list(scenarios)
    cases = {case for line in scenarios if line.violations for case in line.cases}
    by_case: dict[str, ExchangeLine] = {}
    for number, line in enumerate(exchanges):
        digest.add_exchange(line, number)
        if line.case in cases:
            by_case[line.case] = line
    for number, scenario in enumerate(scenarios):
        digest.add_scenario(scenario, steps_of(scenario, by_case), number)
    return digest


def steps_of(scenario: ScenarioLine, by_case: dict[str, ExchangeLine]) -> tuple[ExchangeLine, ...]:
    """Return the exchanges of a scenario with violations, of those given by their cases."""
    if not scenario.violations:
        return ()
    return tuple(by_case[case] for case in scenario.cases if case in by_case)
