"""The requests that a recorded request depends on, and the values that it took from their responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from aoai_conformance.engine.placeholders import read_placeholder
from aoai_conformance.recording.recorded import exchange_of
from aoai_model.case import Placeholder, PlannedRequest, RawBody
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_specs.errors import ConformanceError


def lines_to_resend(record: Record, lines: Sequence[ExchangeLine]) -> tuple[ExchangeLine, ...]:
    """Return the lines and all earlier lines that they take values from, each once, in sending order.

    A line that repeats another one is represented by the first. Raises ConformanceError if the record lacks
    a line that one of them takes a value from.
    """
    by_case = {line.case: line for line in record.exchanges}
    ordered: dict[str, ExchangeLine] = {}

    def add(line: ExchangeLine) -> None:
        first = by_case.get(line.planned_case, line)
        if first.case in ordered:
            return
        for placeholder in first.takes:
            if not placeholder.case:
                continue
            source = by_case.get(placeholder.source)
            if source is None:
                raise ConformanceError(
                    f"Cannot send {line.case} again: it depends on {placeholder.source}, which is not in "
                    "the record."
                )
            add(source)
        ordered.setdefault(first.case, first)

    for line in lines:
        add(line)
    return tuple(ordered.values())


def recorded_values(record: Record, line: ExchangeLine) -> dict[Placeholder, str]:
    """Return the values that a line took when it was recorded.

    Raises MissingValueError if the recorded response has no such value.
    """
    found: dict[Placeholder, str] = {}
    for placeholder in line.takes:
        if placeholder.case:
            lines = [each for each in record.exchanges if each.planned_case == placeholder.source]
            found[placeholder] = str(read_placeholder(placeholder, exchange_of(lines[-1]) if lines else None))
    return found


def replace_values(request: PlannedRequest, values: Mapping[str, str]) -> PlannedRequest:
    """Return the request with every occurrence of the old values replaced by the new ones."""
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
