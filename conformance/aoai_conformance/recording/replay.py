"""Send a recorded case again and compare the violations.

The request is sent byte for byte, except for values taken from earlier responses: the resources that it
depends on (a file, an upload) are created again, and their new ids replace the old ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from aoai_conformance.engine.attempts import Limits
from aoai_conformance.engine.client import Client
from aoai_conformance.engine.placeholders import MissingValueError, has_ended, read_placeholder
from aoai_conformance.engine.send_order import repeat_case
from aoai_conformance.engine.unit_sender import FIRST_PAUSE, LONGEST_PAUSE
from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange, Part, StepGroup
from aoai_conformance.recording.converted import restore_placeholders
from aoai_conformance.recording.curl import curl_line
from aoai_conformance.recording.rebuild import lines_to_resend, recorded_values, replace_values
from aoai_conformance.recording.record_lines import exchange_line, scenario_line
from aoai_conformance.recording.recorded import as_sent, case_of, exchange_of
from aoai_conformance.recording.replay_target import recorded_base_paths, recorded_headers
from aoai_conformance.rule import Rule
from aoai_conformance.target.targets import Target
from aoai_model.case import Case, PlannedRequest
from aoai_model.verdict import Violation
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import place_of
from aoai_specs.document import Document
from aoai_specs.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Comparison:
    """The violations of both runs, compared by rule, place and reason.

    `failure` is a sentence that says why there is no response, or None.
    """

    still: tuple[Violation, ...]
    gone: tuple[Violation, ...]
    new: tuple[Violation, ...]
    failure: str | None
    curl: tuple[str, ...]


def lines_of(record: Record, case_id: str) -> tuple[ExchangeLine, ...]:
    """Return the line of a case with those of the other steps of its scenario. Raises UnknownNameError."""
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
    """Send the requests of some lines again, with those they depend on, and compare the violations.

    Raises ConformanceError if the record lacks a request that they depend on.
    """
    documents = tuple(documents)
    record = restore_placeholders(record, documents)
    wanted = {line.planned_case for line in lines}
    by_case = {line.case: line for line in record.exchanges}
    lines = [by_case[line.case] for line in lines]
    named = {str(document.name): document for document in documents}
    base_paths = {name: target.base_path(document.base_path) for name, document in named.items()}
    recorded_paths = recorded_base_paths(record, documents, base_paths)
    if target.chosen_base_path is None:
        base_paths = recorded_paths
    exchanges: list[Exchange] = []
    async with Client(target, base_paths, limits=Limits(seconds=seconds)) as client:
        resending = _Resending(record, client, recorded_paths)
        for line in lines_to_resend(record, lines):
            try:
                again = await resending.send(line)
            except MissingValueError as error:
                return Comparison((), (), (), str(error), _curl_lines(lines))
            if line.case in wanted:
                exchanges += again
    if all(line.is_throttled for line in lines):
        exchanges = [each.split()[0] for each in exchanges if each.throttled is not None]
    step = exchanges[0].case.scenario if exchanges else None
    exchanges = exchanges if step is None else link_earlier(exchanges)
    parts: list[Part] = [*exchanges]
    if step is not None:
        steps = {each.case.scenario.step: each for each in exchanges if each.case.scenario is not None}
        parts.append(StepGroup(step.id, step.kind, steps))
    now = _entries(map(Judge(named, rules), parts))
    then = _recorded_entries(record, lines, {rule.id for rule in rules})
    failure = next((each.failure.message for each in exchanges if each.failure is not None), None)
    return Comparison(
        still=tuple(entry for key, entry in now.items() if key in then),
        gone=() if failure else tuple(entry for key, entry in then.items() if key not in now),
        new=tuple(entry for key, entry in now.items() if key not in then),
        failure=failure,
        curl=_curl_lines(lines),
    )


def _curl_lines(lines: Iterable[ExchangeLine]) -> tuple[str, ...]:
    """Render the recorded requests as curl command lines; those in the record are not trusted."""
    return tuple(curl_line(exchange_of(line).request) for line in lines)


class _Resending:
    """Sends recorded requests again with the ids of newly created resources."""

    def __init__(self, record: Record, client: Client, base_paths: Mapping[str, str]) -> None:
        self._record = record
        self._client = client
        self._base_paths = base_paths
        self._root_path = urlsplit(record.header.target).path.rstrip("/")
        self._added = {name.lower() for name in recorded_headers(record)}
        self._last: dict[str, Exchange] = {}

    async def send(self, line: ExchangeLine) -> list[Exchange]:
        """Send the request of a line and return its exchanges: several if it is repeated until it ends.

        Raises MissingValueError if an earlier response lacks a value that the request takes.
        """
        case = case_of(line)
        request = as_sent(case, line, self._base_paths[line.document], self._root_path).request
        planned = {name: value for name, value in request.headers.items() if name.lower() not in self._added}
        request = replace(request, headers=planned)
        then = recorded_values(self._record, line)
        now = {then[taken]: str(read_placeholder(taken, self._last.get(taken.source))) for taken in then}
        request = replace_values(request, now)
        exchanges = [await self._sent(case, request)]
        until = line.until if line.derived is None else None
        pause = FIRST_PAUSE
        while until is not None and not has_ended(exchanges[-1], until) and len(exchanges) < until.attempts:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            exchanges.append(await self._sent(repeat_case(case, len(exchanges)), request))
        self._last[line.case] = exchanges[-1]
        return exchanges

    async def _sent(self, case: Case, request: PlannedRequest) -> Exchange:
        sent = await self._client.send(replace(case, request=request, takes=()))
        return replace(sent, case=case)


def _entries(judged: Iterable[Judged]) -> dict[tuple[str, str, str], Violation]:
    violations: list[Violation] = []
    for each in judged:
        line = exchange_line(each)[0] if isinstance(each, JudgedExchange) else scenario_line(each)[0]
        violations += line.violations
    return _by_key(violations)


def _recorded_entries(
    record: Record, lines: Sequence[ExchangeLine], rules: set[str]
) -> dict[tuple[str, str, str], Violation]:
    violations = [entry for line in lines for entry in line.violations]
    scenario = lines[0].scenario
    if scenario is not None:
        violations += [
            entry for line in record.scenarios if line.scenario == scenario.id for entry in line.violations
        ]
    return _by_key(entry for entry in violations if entry.rule in rules)


def _by_key(entries: Iterable[Violation]) -> dict[tuple[str, str, str], Violation]:
    keyed: dict[tuple[str, str, str], Violation] = {}
    for entry in entries:
        keyed.setdefault((entry.rule, place_of(entry), entry.reason), entry)
    return keyed
