"""The record of a run: its lines, the writer and the reader.

A record is NDJSON: the header, then exchanges and scenarios, then the footer. schemas/record-v1.json
describes each line; both the writer and the reader hold every line to it.
"""

from __future__ import annotations

from aoai_reports.record.evidence import Json, RecordError
from aoai_reports.record.lines import (
    CarriedPoint,
    ExchangeLine,
    Expectation,
    Footer,
    Header,
    Headers,
    Level,
    Line,
    Outcome,
    Planned,
    PointsShown,
    QuirkFacts,
    RecordedDefect,
    RecordedEvent,
    RecordedFailure,
    RecordedRequest,
    RecordedResponse,
    RuleCounts,
    RuleFacts,
    ScenarioLine,
    StepOf,
    Tokens,
    ViolationEntry,
)
from aoai_reports.record.reader import Record, read_record
from aoai_reports.record.writer import RecordWriter, line_bytes, utc_text

__all__ = [
    "CarriedPoint",
    "ExchangeLine",
    "Expectation",
    "Footer",
    "Header",
    "Headers",
    "Json",
    "Level",
    "Line",
    "Outcome",
    "Planned",
    "PointsShown",
    "QuirkFacts",
    "Record",
    "RecordError",
    "RecordWriter",
    "RecordedDefect",
    "RecordedEvent",
    "RecordedFailure",
    "RecordedRequest",
    "RecordedResponse",
    "RuleCounts",
    "RuleFacts",
    "ScenarioLine",
    "StepOf",
    "Tokens",
    "ViolationEntry",
    "line_bytes",
    "read_record",
    "utc_text",
]
