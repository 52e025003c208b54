"""Sends what a record holds of one case once more, byte for byte, and judges the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aoai_conformance.client import Client, Limits
from aoai_conformance.exchange import Exchange
from aoai_conformance.record_lines import exchange_line, scenario_line
from aoai_conformance.recorded import as_sent, case_of
from aoai_conformance.rule import Rule
from aoai_conformance.runner import Judge, Judged, JudgedExchange, Part, Together
from aoai_conformance.targets import Target
from aoai_reports.findings import place_of
from aoai_reports.record import ExchangeLine, Record, ViolationEntry
from aoai_specs.document import Document
from aoai_specs.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was violated then, and what is now; the same defect is told by rule, place and reason.

    `failure` is the sentence that says why there is no answer, where there is none.
    """

    still: tuple[ViolationEntry, ...]
    gone: tuple[ViolationEntry, ...]
    new: tuple[ViolationEntry, ...]
    failure: str | None
    curl: tuple[str, ...]


def lines_of(record: Record, case_id: str) -> tuple[ExchangeLine, ...]:
    """The line of a case, with those of the other steps of its scenario. Raises UnknownNameError."""
    found = next((line for line in record.exchanges if line.case == case_id), None)
    if found is None:
        raise UnknownNameError("case", case_id, (line.case for line in record.exchanges))
    if found.scenario is None:
        return (found,)
    scenario = found.scenario.id
    return tuple(line for line in record.exchanges if line.scenario and line.scenario.id == scenario)


async def replay(
    record: Record,
    lines: Sequence[ExchangeLine],
    *,
    target: Target,
    documents: Iterable[Document],
    rules: Sequence[Rule],
    seconds: float,
) -> Comparison:
    """Send the requests of some lines again, one after the other, and compare what is violated."""
    named = {str(document.name): document for document in documents}
    base_paths = {name: document.base_path for name, document in named.items()}
    exchanges: list[Exchange] = []
    async with Client(target, base_paths, limits=Limits(seconds=seconds)) as client:
        for line in lines:
            case = case_of(line)
            sent = await client.send(as_sent(case, line, base_paths[line.document]))
            exchanges.append(replace(sent, case=case))
    parts: list[Part] = [*exchanges]
    step = exchanges[0].case.scenario
    if step is not None:
        steps = {each.case.scenario.step: each for each in exchanges if each.case.scenario is not None}
        parts.append(Together(step.scenario, step.kind, steps))
    now = _entries(map(Judge(named, rules), parts))
    then = _recorded_entries(record, lines, {rule.id for rule in rules})
    failure = next((each.failure.message for each in exchanges if each.failure is not None), None)
    return Comparison(
        still=tuple(entry for key, entry in now.items() if key in then),
        gone=() if failure else tuple(entry for key, entry in then.items() if key not in now),
        new=tuple(entry for key, entry in now.items() if key not in then),
        failure=failure,
        curl=tuple(line.curl for line in lines),
    )


def _entries(judged: Iterable[Judged]) -> dict[tuple[str, str, str], ViolationEntry]:
    violations: list[ViolationEntry] = []
    for each in judged:
        line = exchange_line(each)[0] if isinstance(each, JudgedExchange) else scenario_line(each)[0]
        violations += line.violations
    return _by_key(violations)


def _recorded_entries(
    record: Record, lines: Sequence[ExchangeLine], rules: set[str]
) -> dict[tuple[str, str, str], ViolationEntry]:
    violations = [entry for line in lines for entry in line.violations]
    scenario = lines[0].scenario
    if scenario is not None:
        violations += [
            entry for line in record.scenarios if line.scenario == scenario.id for entry in line.violations
        ]
    return _by_key(entry for entry in violations if entry.rule in rules)


def _by_key(entries: Iterable[ViolationEntry]) -> dict[tuple[str, str, str], ViolationEntry]:
    keyed: dict[tuple[str, str, str], ViolationEntry] = {}
    for entry in entries:
        keyed.setdefault((entry.rule, place_of(entry), entry.reason), entry)
    return keyed
