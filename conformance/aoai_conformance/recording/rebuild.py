"""What a recorded request builds on: the earlier requests that have to be sent again before it, and for what.

A record holds no marks, only what was sent. The plan that it was made from says which value comes from which
answer; the record says what the value was then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import quote

from aoai_conformance.engine.placeholders import read_placeholder
from aoai_conformance.recording.recorded import exchange_of
from aoai_conformance.run.choices import Choices, chosen_operations, chosen_plans, sent_plans
from aoai_model.case import Case, Placeholder, PlannedRequest, RawBody
from aoai_reports.record.lines import ExchangeLine, planned_id
from aoai_reports.record.reader import Record
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_strategies.planning.capabilities import Capabilities
from aoai_strategies.planning.planning import DEEP_EXAMPLES


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One line to be sent again, with the case that was planned for it; None where no plan has it."""

    line: ExchangeLine
    planned: Case | None


def rebuilt(
    record: Record, lines: Sequence[ExchangeLine], documents: Sequence[Document]
) -> tuple[Rebuilt, ...]:
    """The lines with all those before them that they take values from, each once, in the order of sending.

    A line that repeats another until something has ended is left out: the other is repeated anew. Raises
    ConformanceError where the record does not have what one of them builds on.
    """
    planned = _Planned(record, documents)
    by_case = {line.case: line for line in record.exchanges}
    ordered: dict[str, Rebuilt] = {}

    def put(line: ExchangeLine) -> None:
        first = by_case.get(planned_id(line.case), line)
        if first.case in ordered:
            return
        case = planned.case_of(first.case)
        for taken in () if case is None else case.takes:
            if not taken.case:
                continue
            source = by_case.get(taken.source)
            if source is None:
                raise ConformanceError(
                    f"{line.case} cannot be sent again: the record lacks {taken.source}, which it builds on."
                )
            put(source)
        ordered.setdefault(first.case, Rebuilt(first, case))

    for line in lines:
        put(line)
    return tuple(ordered.values())


def values_then(record: Record, planned: Case) -> dict[Placeholder, str]:
    """What a case took when it was recorded. Raises NothingToTakeError where there was nothing to take."""
    found: dict[Placeholder, str] = {}
    for taken in planned.takes:
        if taken.case:
            lines = [line for line in record.exchanges if planned_id(line.case) == taken.source]
            found[taken] = str(read_placeholder(taken, exchange_of(lines[-1]) if lines else None))
    return found


def exchanged(request: PlannedRequest, values: Mapping[str, str]) -> PlannedRequest:
    """The request with each of the old values, wherever it stands, replaced by its new one."""
    pairs = sorted(((old, new) for old, new in values.items() if old), key=lambda pair: -len(pair[0]))

    def text(value: str) -> str:
        for old, new in pairs:
            value = value.replace(old, new)
        return value

    path = request.path
    for old, new in pairs:
        path = path.replace(quote(old, safe=""), quote(new, safe=""))
    body = request.body
    if isinstance(body, RawBody):
        content = body.content
        for old, new in pairs:
            content = content.replace(old.encode(), new.encode())
        body = RawBody(content, body.content_type)
    return replace(
        request,
        path=path,
        query={name: text(value) for name, value in request.query.items()},
        headers={name: text(value) for name, value in request.headers.items()},
        body=body,
    )


class _Planned:
    """The cases of the plan that a record was made from; generated ones only when one is asked for."""

    def __init__(self, record: Record, documents: Sequence[Document]) -> None:
        self._record = record
        self._documents = documents
        self._cases: dict[bool, dict[str, Case]] = {}

    def case_of(self, case_id: str) -> Case | None:
        """The planned case of an id, or of the id that it was made from: a half, or a simpler one."""
        for whole in (False, True):
            cases = self._planned(generated=whole)
            name = case_id
            while name:
                if name in cases:
                    return cases[name]
                name = name.rpartition("/")[0]
        return None

    def _planned(self, *, generated: bool) -> dict[str, Case]:
        if generated not in self._cases:
            self._cases[generated] = {case.id: case for case in self._cases_of(generated=generated)}
        return self._cases[generated]

    def _cases_of(self, *, generated: bool) -> Iterable[Case]:
        header = self._record.header
        if generated and header.profile != "deep":
            return ()
        options = header.options
        operations = options.get("operations")
        examples = options.get("examples", DEEP_EXAMPLES)
        choices = Choices(
            profile=header.profile,
            operations=tuple(map(str, operations)) if isinstance(operations, list) else (),
            seed=header.seed,
            examples=cast("int", examples) if generated else 0,
        )
        idle = set(header.not_configured)
        plans = chosen_plans(
            choices, chosen_operations(choices, self._documents), lambda each: each.id not in idle
        )
        documents = {str(document.name): document for document in self._documents}
        sent = sent_plans(plans, documents, capabilities=Capabilities.from_json(header.capabilities))
        return (case for each in sent for case in each.plan.cases)
