"""The order in which cases are sent: units of cases, what others take values from, and repetitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from aoai_conformance.engine.isolation.isolation import OperationKey
from aoai_model.case import Case, Derivation


def group_cases(cases: Iterable[Case]) -> list[list[Case]]:
    """Group the cases by scenario, each group at the place of its first case."""
    units: list[list[Case]] = []
    of_scenario: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case.scenario is None:
            units.append([case])
            continue
        key = (case.document, case.scenario.id)
        if key not in of_scenario:
            of_scenario[key] = []
            units.append(of_scenario[key])
        of_scenario[key].append(case)
    return units


def find_sources(units: Iterable[Sequence[Case]]) -> set[str]:
    """Return the ids of the cases that later cases take values from."""
    seen: set[str] = set()
    sources: set[str] = set()
    for case in (case for unit in units for case in unit):
        sources |= {taken.source for taken in case.takes} & seen
        seen.add(case.id)
    return sources


def find_minimal_requests(units: Iterable[Sequence[Case]]) -> set[OperationKey]:
    """Return the operations whose minimal request is their first case."""
    first: dict[OperationKey, Case] = {}
    for case in (case for unit in units for case in unit):
        if case.origin != "preparation":
            first.setdefault((case.document, case.operation), case)
    return {key for key, case in first.items() if case.origin == "base"}


def find_searched(units: Sequence[Sequence[Case]]) -> list[int]:
    """Return the indexes of the units in which defects are isolated: packed cases and what precedes them.

    A defect that an earlier request of the same operation shows is not isolated again.
    """
    last: dict[OperationKey, int] = {}
    for index, unit in enumerate(units):
        for case in unit:
            if case.origin == "packed" and len(case.points) > 1:
                last[case.document, case.operation] = index
    return [
        index
        for index, unit in enumerate(units)
        if any(index <= last.get((case.document, case.operation), -1) for case in unit)
    ]


def find_first(units: Sequence[Sequence[Case]]) -> set[int]:
    """Return the indexes of the units that are sent first: those that others wait for, and long ones."""
    sources, searched = find_sources(units), {*find_searched(units)}
    return {
        index
        for index, unit in enumerate(units)
        if index in searched
        or len(unit) > 1
        or any(case.id in sources or case.until is not None or case.origin == "base" for case in unit)
    }


def repeat_case(case: Case, number: int) -> Case:
    """Return the case as its `number`th repetition."""
    step = case.scenario
    if step is not None:
        step = replace(step, step=f"{step.step}/again-{number:02}")
    derived = Derivation(case.id, "repeated")
    return replace(case, id=f"{case.id}/again-{number:02}", scenario=step, derived=derived)
