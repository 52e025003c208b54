"""What is judged, exchanges alone and in scenarios, and how it comes out: with what each rule says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging import Verdict, judge, judge_scenario
from aoai_conformance.quirks import QuirkTable, known_quirks
from aoai_conformance.rule import Rule
from aoai_specs.document import Document, Operation
from aoai_strategies.case import Case


@dataclass(frozen=True, slots=True)
class JudgedExchange:
    """An exchange and what each rule says of it."""

    exchange: Exchange
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class JudgedScenario:
    """Exchanges that belong together, by the names of their steps, and what each rule says of them."""

    scenario: str
    kind: str
    steps: Mapping[str, Exchange]
    verdicts: tuple[Verdict, ...]


Judged: TypeAlias = JudgedExchange | JudgedScenario


@dataclass(frozen=True, slots=True)
class Together:
    """Exchanges of one scenario, before they are judged."""

    scenario: str
    kind: str
    steps: Mapping[str, Exchange]


Part: TypeAlias = Exchange | Together


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges by some rules, with the operations of some documents; quirks are let pass. Pure."""

    documents: Mapping[str, Document]
    rules: Sequence[Rule]
    quirks: QuirkTable = field(default_factory=known_quirks)

    def __call__(self, part: Part) -> Judged:
        """What each rule says of an exchange or a scenario."""
        if isinstance(part, Exchange):
            operation = self.operation_of(part.case)
            return JudgedExchange(part, tuple(judge(part, operation, self.rules, self.quirks)))
        operation = self.operation_of(next(iter(part.steps.values())).case)
        verdicts = tuple(judge_scenario(part.kind, part.steps, operation, self.rules, self.quirks))
        return JudgedScenario(part.scenario, part.kind, part.steps, verdicts)

    def operation_of(self, case: Case) -> Operation:
        """The operation that a case is about."""
        return self.documents[case.document].operation(case.operation)
