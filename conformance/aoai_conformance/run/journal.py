"""Write exchanges to the record as they arrive, with their place in the plan, before they are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.unit_sender import Sender
from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judged import Judged, JudgedExchange, StepGroup
from aoai_conformance.recording.record_lines import (
    exchange_line,
    pending_exchange_line,
    pending_scenario_line,
    scenario_line,
)
from aoai_conformance.redaction.lines import judgement_without_secrets, without_secrets
from aoai_conformance.redaction.secrets import Redactor
from aoai_model.case import Case
from aoai_model.exchange import FailureKind
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.record.writer import RecordWriter

#: Document and case id.
CaseKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class NotingSender:
    """A sender that passes on every exchange as soon as it arrives."""

    sender: Sender
    note: Callable[[Exchange], None]

    @property
    def budget(self) -> Budget:
        """What may still be sent."""
        return self.sender.budget

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send the case, pass the exchange on and return it."""
        exchange = await self.sender.send(case, patience)
        self.note(exchange)
        return exchange

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """Return the exchange of a case that is not sent; it is not passed on."""
        return self.sender.unsent(case, why, kind)


def _ignore(_line: ExchangeLine | ScenarioLine) -> None:
    pass


@dataclass(slots=True)
class Journal:
    """The record of a run in progress: what arrived and what was judged.

    `places` maps each planned case to its place in the plan; a derived case has the place of its source.
    `redactor` removes secrets that only appear in joined texts that rules quote. Exchanges are kept in memory
    until they are judged. `on_judged` receives each line with verdicts, without secrets.
    """

    writer: RecordWriter
    redactor: Callable[[], Redactor] = Redactor
    places: Mapping[CaseKey, int] = field(default_factory=dict)
    on_judged: Callable[[ExchangeLine | ScenarioLine], None] = _ignore
    _waiting: dict[CaseKey, Exchange] = field(default_factory=dict)
    _derived: dict[CaseKey, int] = field(default_factory=dict)

    def arrived(self, exchange: Exchange) -> None:
        """Write an exchange that was sent, and the 429 response that it had before."""
        if exchange.attempts:
            for part in exchange.split():
                self.writer.write_arrival(pending_exchange_line(part, self._place(part.case)))
                self._waiting[_key(part.case)] = part

    def reused(self, exchange: Exchange) -> None:
        """Note an exchange that the record holds already and that is still to be judged."""
        for part in exchange.split():
            self._waiting[_key(part.case)] = part

    def whole(self, together: StepGroup) -> None:
        """Write that all steps of a scenario have arrived."""
        first = next(iter(together.steps.values())).case
        self.writer.write_arrival(pending_scenario_line(together, self._place(first)))

    def judged(self, judged: Judged) -> None:
        """Write a judged exchange or scenario."""
        if isinstance(judged, JudgedExchange):
            exchange, idle = exchange_line(judged)
            exchange = judgement_without_secrets(exchange, self.redactor())
            self.writer.write_exchange(exchange, not_applicable=idle)
            self.on_judged(exchange)
            self._waiting.pop(_key(judged.exchange.case), None)
        else:
            scenario, idle = scenario_line(judged)
            scenario = without_secrets(scenario, self.redactor())
            self.writer.write_scenario(scenario, not_applicable=idle)
            self.on_judged(scenario)

    def left(self) -> Iterator[Exchange]:
        """Yield planned exchanges that were not judged, in plan order, linked to earlier steps."""
        placed = [(self._place(each.case), each) for each in self._waiting.values()]
        ordered = [each for place, each in sorted(placed, key=lambda pair: pair[0]) if place]
        scenarios: dict[tuple[str, str], list[Exchange]] = {}
        for each in ordered:
            if each.case.scenario is not None:
                scenarios.setdefault((each.case.document, each.case.scenario.id), []).append(each)
        steps = {_key(each.case): each for steps in scenarios.values() for each in link_earlier(steps)}
        yield from (steps.get(_key(each.case), each) for each in ordered)

    def _place(self, case: Case) -> int:
        place = self.places.get(_key(case))
        if place is None and case.derived is not None:
            source = case.document, case.derived.case
            place = self._derived[_key(case)] = self.places.get(source, self._derived.get(source, 0))
        return place or 0


def number_cases(cases: Iterable[Case]) -> dict[CaseKey, int]:
    """Number the cases of a plan from 1; the cases of a scenario share the number of the first."""
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
