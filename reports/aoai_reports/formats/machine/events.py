"""The results of a run as a stream of events: one JSON object on each line."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_model.serialization import Json
from aoai_model.verdict import Violation
from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.record.evidence import shortened, storable
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Identity, fingerprint_of, place_of
from aoai_reports.results.summary import Summary

EVENTS_SCHEMA = "aoai-conformance/events/v1"


def events_text(summary: Summary, record: Record) -> str:
    """The events as NDJSON, as described by schemas/events-v1.json.

    The first event describes the run. Then there is one for each exchange and each scenario in the order of
    the plan, and one for each cause, the most harmful first. The last event is the verdict.
    """
    return "".join(json_text(storable(event), indent=None) for event in _events(summary, record))


def _events(summary: Summary, record: Record) -> Iterator[dict[str, Json]]:
    header = record.header
    yield {
        "type": "run",
        "schema": EVENTS_SCHEMA,
        "tool": header.tool,
        "started": header.started,
        "target": header.target,
        "surface": header.surface,
        "documents": list(header.documents),
        "profile": header.profile,
        "seed": header.seed,
    }
    for line in record.exchanges:
        yield _exchange(line)
    for scenario in record.scenarios:
        yield {
            "type": "scenario",
            "scenario": scenario.scenario,
            "kind": scenario.kind,
            "cases": list(scenario.cases),
            **_judged(scenario, streamed=False),
        }
    for cause in summary.causes:
        yield {"type": "cause", **cause.to_json()}
    yield {
        "type": "verdict",
        "verdict": summary.verdict,
        "doubts": list(summary.doubts),
        "requests": summary.requests,
        "seconds": summary.seconds,
        "tokens": summary.tokens.to_json(),
        "violations": {level: len(summary.at(level)) for level in ("must", "should", "may")},
        "known": len(summary.known),
        "points": {"planned": summary.planned_points, "shown": summary.shown_points},
    }


def _exchange(line: ExchangeLine) -> dict[str, Json]:
    response = line.response
    streamed = response is not None and response.events is not None
    return {
        "type": "exchange",
        "case": line.case,
        "kind": line.kind,
        "origin": line.origin,
        "expect": line.expect,
        "points": [point.id for point in line.points],
        "method": line.request.method,
        "url": line.request.url,
        "status": None if response is None else response.status,
        "failure": None if line.failure is None else line.failure.kind,
        "seconds": None if response is None else response.ended,
        "streamed": streamed,
        **_judged(line, streamed=streamed),
    }


def _judged(line: ExchangeLine | ScenarioLine, *, streamed: bool) -> dict[str, Json]:
    return {
        "document": line.document,
        "operation": line.operation,
        "judged": not line.unjudged,
        "verdicts": dict(line.verdicts),
        "violations": [_violation(each, line, streamed=streamed) for each in line.violations],
    }


def _violation(violation: Violation, line: ExchangeLine | ScenarioLine, *, streamed: bool) -> Json:
    place = place_of(violation, streamed=streamed)
    identity = Identity(violation.rule, line.document, line.operation, place, violation.reason)
    return {
        "rule": violation.rule,
        "level": violation.level or "must",
        "point": violation.point,
        "pointer": violation.pointer,
        "chunk": violation.chunk,
        "reason": violation.reason,
        "message": violation.message,
        "expected": shortened(violation.expected),
        "actual": shortened(violation.actual),
        "fingerprint": fingerprint_of(identity),
    }
