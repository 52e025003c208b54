"""Exchanges and scenarios with the verdict of each rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import applicable_ids, judge, judge_scenario
from aoai_conformance.judging.point_states import find_point_states
from aoai_conformance.quirks.quirks import QuirkTable, known_quirks
from aoai_conformance.rule import Rule, deciding_rules
from aoai_model.case import Case
from aoai_model.verdict import PointsShown, Verdict
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError


@dataclass(frozen=True, slots=True)
class JudgedExchange:
    """An exchange, the verdict of each rule, and the states of its points."""

    exchange: Exchange
    verdicts: tuple[Verdict, ...]
    shown: PointsShown | None = None


@dataclass(frozen=True, slots=True)
class JudgedScenario:
    """Exchanges that belong together, by the names of their steps, and the verdict of each rule."""

    scenario: str
    kind: str
    steps: Mapping[str, Exchange]
    verdicts: tuple[Verdict, ...]


Judged: TypeAlias = JudgedExchange | JudgedScenario


@dataclass(frozen=True, slots=True)
class StepGroup:
    """Exchanges of one scenario, before they are judged."""

    scenario: str
    kind: str
    steps: Mapping[str, Exchange]


Part: TypeAlias = Exchange | StepGroup


class PartJudge(Protocol):
    """What judges parts of a run, such as `Judge`."""

    def __call__(self, part: Part) -> Judged:
        """Judge an exchange or a scenario by each rule."""

    def operation_of(self, case: Case) -> Operation:
        """Return the operation of a case."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges by a set of rules, with the operations of some documents; quirks pass. Pure.

    `promised` has the capabilities that each kind of operation supports according to the user.
    """

    documents: Mapping[str, Document]
    rules: Sequence[Rule]
    quirks: QuirkTable = field(default_factory=known_quirks)
    promised: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __call__(self, part: Part) -> Judged:
        """Judge an exchange or a scenario by each rule.

        If judging itself fails, which is a defect of this project, each rule is inconclusive.
        """
        try:
            return self._judged(part)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - one exchange must not end a run, nor blame the server
            return self._undecided(part, f"Judging raised {type(error).__name__}: {str(error)[:200]}")

    def _judged(self, part: Part) -> Judged:
        if isinstance(part, Exchange):
            operation = self.operation_of(part.case)
            part = self.with_promises(part)
            verdicts = tuple(judge(part, operation, self.rules, self.quirks))
            return JudgedExchange(
                part, verdicts, find_point_states(part, operation, self._deciding(part, verdicts))
            )
        operation = self.operation_of(next(iter(part.steps.values())).case)
        verdicts = tuple(judge_scenario(part.kind, part.steps, operation, self.rules, self.quirks))
        return JudgedScenario(part.scenario, part.kind, part.steps, verdicts)

    def with_promises(self, exchange: Exchange) -> Exchange:
        """Return an exchange with the capabilities that the user promises for its kind of operation."""
        if exchange.case.kind not in self.promised:
            return exchange
        return replace(exchange, promised=self.promised[exchange.case.kind])

    def _undecided(self, part: Part, why: str) -> Judged:
        case = part.case if isinstance(part, Exchange) else next(iter(part.steps.values())).case
        operation = self.operation_of(case)
        kind = None if isinstance(part, Exchange) else part.kind
        verdicts = tuple(
            Verdict(id_, "inconclusive", note=why) for id_ in applicable_ids(self.rules, operation, kind)
        )
        if isinstance(part, Exchange):
            return JudgedExchange(part, verdicts, PointsShown("not_shown", "not judged", message=why))
        return JudgedScenario(part.scenario, part.kind, part.steps, verdicts)

    def _deciding(self, exchange: Exchange, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Return the verdicts of the rules about acceptance, regardless of the user's choice of rules."""
        deciding = deciding_rules()
        found = {verdict.rule_id: verdict for verdict in verdicts}
        missing = [rule for rule in deciding if rule.id not in found]
        if missing:
            judged = judge(exchange, self.operation_of(exchange.case), missing)
            found |= {verdict.rule_id: verdict for verdict in judged}
        return [found[rule.id] for rule in deciding]

    def operation_of(self, case: Case) -> Operation:
        """Return the operation of a case."""
        return self.documents[case.document].operation(case.operation)
