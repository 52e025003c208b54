"""Writes what arrives into the record at once, with its place in the plan; judging comes later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from aoai_conformance.engine.client import Budget
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.runner import Sender
from aoai_conformance.exchange import Exchange, in_order
from aoai_conformance.judging.judged import Judged, JudgedExchange, StepGroup
from aoai_conformance.recording.record_lines import arrival_line, exchange_line, scenario_line, whole_line
from aoai_conformance.redaction.lines import judgement_without_secrets, without_secrets
from aoai_conformance.redaction.secrets import Redactor
from aoai_model.case import Case
from aoai_model.exchange import FailureKind
from aoai_reports.record.writer import RecordWriter

#: Document and case id.
CaseKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class NotingSender:
    """A sender that notes every exchange as soon as it is there."""

    sender: Sender
    note: Callable[[Exchange], None]

    @property
    def budget(self) -> Budget:
        """What may still be sent."""
        return self.sender.budget

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send the case, note the exchange and give it."""
        exchange = await self.sender.send(case, patience)
        self.note(exchange)
        return exchange

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """The exchange of a case that is not sent: nothing arrived, so nothing is noted."""
        return self.sender.unsent(case, why, kind)


@dataclass(slots=True)
class Journal:
    """The record of a run under way: what arrived, and what was judged.

    `places` has the place of each planned case; what is sent beyond the plan has that of the case for which
    it is sent. `redactor` removes the secrets that only come together in what the rules quote. Exchanges are
    held only until they are judged.
    """

    writer: RecordWriter
    redactor: Callable[[], Redactor] = Redactor
    places: Mapping[CaseKey, int] = field(default_factory=dict)
    _waiting: dict[CaseKey, Exchange] = field(default_factory=dict)
    _derived: dict[CaseKey, int] = field(default_factory=dict)

    def arrived(self, exchange: Exchange) -> None:
        """Write an exchange that was sent, and what it was turned away with before."""
        if exchange.attempts:
            for part in exchange.apart:
                self.writer.write_arrival(arrival_line(part, self._place(part.case)))
                self._waiting[_key(part.case)] = part

    def whole(self, together: StepGroup) -> None:
        """Write that the steps of a scenario are all there."""
        first = next(iter(together.steps.values())).case
        self.writer.write_arrival(whole_line(together, self._place(first)))

    def judged(self, judged: Judged) -> None:
        """Write what the rules say of an exchange or a scenario."""
        if isinstance(judged, JudgedExchange):
            exchange, idle = exchange_line(judged)
            exchange = judgement_without_secrets(exchange, self.redactor())
            self.writer.write_exchange(exchange, not_applicable=idle)
            self._waiting.pop(_key(judged.exchange.case), None)
        else:
            scenario, idle = scenario_line(judged)
            self.writer.write_scenario(without_secrets(scenario, self.redactor()), not_applicable=idle)

    def left(self) -> Iterator[Exchange]:
        """What arrived for the plan and was not judged, in plan order, steps with those before them."""
        placed = [(self._place(each.case), each) for each in self._waiting.values()]
        ordered = [each for place, each in sorted(placed, key=lambda pair: pair[0]) if place]
        scenarios: dict[tuple[str, str], list[Exchange]] = {}
        for each in ordered:
            if each.case.scenario is not None:
                scenarios.setdefault((each.case.document, each.case.scenario.id), []).append(each)
        steps = {_key(each.case): each for steps in scenarios.values() for each in in_order(steps)}
        yield from (steps.get(_key(each.case), each) for each in ordered)

    def _place(self, case: Case) -> int:
        place = self.places.get(_key(case))
        if place is None and case.derived is not None:
            source = case.document, case.derived.case
            place = self._derived[_key(case)] = self.places.get(source, self._derived.get(source, 0))
        return place or 0


def places_of(cases: Iterable[Case]) -> dict[CaseKey, int]:
    """The place of each case in a plan, counted from 1; the cases of a scenario share that of the first."""
    places: dict[CaseKey, int] = {}
    of_scenario: dict[tuple[str, str], int] = {}
    for number, case in enumerate(cases, 1):
        place = number
        if case.scenario is not None:
            place = of_scenario.setdefault((case.document, case.scenario.id), number)
        places[_key(case)] = place
    return places


def _key(case: Case) -> CaseKey:
    return case.document, case.id
