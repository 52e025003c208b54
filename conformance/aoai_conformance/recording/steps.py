"""Put the recorded exchanges of a scenario together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judged import StepGroup
from aoai_conformance.views.scenarios import BISECTED
from aoai_reports.record.lines import ScenarioLine

_BISECTED_STEPS = ("whole", "first", "second")


def link_scenarios(exchanges: Mapping[str, Exchange]) -> dict[str, Exchange]:
    """Return exchanges by case, those of scenarios with the earlier ones of the same scenario."""
    linked = dict(exchanges)
    for scenario in _scenarios(exchanges.values()):
        linked |= {step.case.id: step for step in link_earlier(scenario)}
    return linked


def group_steps(line: ScenarioLine, exchanges: Mapping[str, Exchange]) -> StepGroup | None:
    """Return the exchanges of a recorded scenario by step; None if there are none."""
    steps: dict[str, Exchange] = {}
    for place, case in enumerate(line.cases):
        exchange = exchanges.get(case)
        if exchange is None:
            continue
        if line.kind == BISECTED and place < len(_BISECTED_STEPS):
            steps[_BISECTED_STEPS[place]] = exchange
        elif exchange.case.scenario is not None:
            steps[exchange.case.scenario.step] = exchange
        else:
            steps[case] = exchange
    return StepGroup(line.scenario, line.kind, steps) if steps else None


def _scenarios(exchanges: Iterable[Exchange]) -> list[list[Exchange]]:
    """Group the exchanges by scenario, in sending order."""
    found: dict[tuple[str, str], list[Exchange]] = {}
    for exchange in exchanges:
        step = exchange.case.scenario
        if step is not None:
            found.setdefault((exchange.case.document, step.id), []).append(exchange)
    return list(found.values())
