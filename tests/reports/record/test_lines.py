"""Lines of a record read back as they were written, and match the published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aoai_model.case import Derivation, DerivationKind, Placeholder, Point, PollCondition, ScenarioStep
from aoai_model.exchange import Event, FailureKind, Request, Response, TransportFailure
from aoai_model.verdict import Tokens, Violation
from aoai_reports.record.evidence import RecordError
from aoai_reports.record.lines import (
    ExchangeLine,
    Footer,
    Header,
    Planned,
    QuirkFacts,
    RuleCounts,
    RuleFacts,
    ScenarioLine,
)
from aoai_reports.record.schema import RECORD, RECORD_V1, schema_text
from aoai_reports.record.writer import line_bytes, utc_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
COUNTS = st.integers(0, 10**12)
SECONDS = st.floats(0, 10**6)
INSTANTS = st.datetimes(timezones=st.just(UTC)).map(utc_text)
LEVELS = st.sampled_from(["must", "should", "may"])
EXPECTATIONS = st.sampled_from(["accept", "reject", "any"])
JSONS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
HEADERS = st.lists(st.tuples(NAMES, TEXTS), max_size=3).map(tuple)
VERDICTS = st.dictionaries(NAMES, st.sampled_from(["pass", "violation", "inconclusive"]), max_size=3)


def tuples(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


TOKENS = st.builds(Tokens, COUNTS, COUNTS)
POINTS = st.builds(
    lambda name, **facts: Point(name, name.partition(":")[0], **facts),
    NAMES,
    expect=EXPECTATIONS,
    level=LEVELS,
    clause=TEXTS,
)
VIOLATIONS = st.builds(
    Violation,
    TEXTS,
    TEXTS,
    JSONS,
    JSONS,
    TEXTS,
    st.none() | TEXTS,
    st.none() | COUNTS,
    LEVELS,
    rule=NAMES,
)
EVENTS = st.builds(
    Event,
    TEXTS,
    st.binary(max_size=20),
    SECONDS,
    st.booleans(),
    TEXTS,
    st.none() | TEXTS,
    st.none() | COUNTS,
)


def numbered(events: tuple[Event, ...]) -> tuple[Event, ...]:
    return tuple(replace(event, index=index) for index, event in enumerate(events))


RESPONSES = st.builds(
    Response,
    st.integers(-1, 999),
    HEADERS,
    st.binary(max_size=40),
    st.none() | tuples(EVENTS).map(numbered),
    SECONDS,
    SECONDS,
    st.booleans(),
)
EXCHANGES = st.builds(
    ExchangeLine,
    case=NAMES,
    document=TEXTS,
    operation=TEXTS,
    kind=TEXTS,
    origin=TEXTS,
    expect=EXPECTATIONS,
    scenario=st.none() | st.builds(ScenarioStep, TEXTS, TEXTS, TEXTS),
    points=tuples(POINTS),
    takes=tuples(st.builds(Placeholder, TEXTS, TEXTS, TEXTS)),
    until=st.none() | st.builds(PollCondition, TEXTS, tuples(TEXTS), COUNTS),
    derived=st.none() | st.builds(Derivation, NAMES, st.sampled_from(get_args(DerivationKind))),
    request=st.builds(Request, TEXTS, TEXTS, HEADERS, st.binary(max_size=40)),
    response=st.none() | RESPONSES,
    failure=st.none() | st.builds(TransportFailure, st.sampled_from(get_args(FailureKind)), TEXTS),
    attempts=COUNTS,
    verdicts=VERDICTS,
    violations=tuples(VIOLATIONS),
    notes=tuples(TEXTS),
    quirks=tuples(TEXTS),
    curl=TEXTS,
    tokens=TOKENS,
)
SCENARIOS = st.builds(
    ScenarioLine,
    scenario=NAMES,
    kind=TEXTS,
    document=TEXTS,
    operation=TEXTS,
    cases=tuples(TEXTS),
    verdicts=VERDICTS,
    violations=tuples(VIOLATIONS),
    notes=tuples(TEXTS),
)
HEADER_LINES = st.builds(
    Header,
    tool=NAMES,
    started=INSTANTS,
    target=NAMES,
    documents=tuples(TEXTS),
    surface=TEXTS,
    profile=TEXTS,
    seed=st.integers(-(10**15), 10**15),
    options=st.dictionaries(TEXTS, JSONS, max_size=3),
    rules=st.dictionaries(NAMES, st.builds(RuleFacts, LEVELS, TEXTS, TEXTS, TEXTS), max_size=3),
    planned=st.builds(Planned, COUNTS, st.dictionaries(TEXTS, tuples(TEXTS), max_size=3)),
    not_configured=tuples(TEXTS),
    quirks=st.dictionaries(NAMES, st.builds(QuirkFacts, TEXTS, TEXTS), max_size=2),
)
FOOTERS = st.builds(
    Footer,
    ended=INSTANTS,
    seconds=SECONDS,
    interrupted=st.booleans(),
    requests=COUNTS,
    tokens=TOKENS,
    rules=st.dictionaries(NAMES, st.builds(RuleCounts, COUNTS, COUNTS, COUNTS, COUNTS), max_size=3),
)


@pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.whole_selftest)])
def test_a_line_reads_back_as_it_was_written(count: int) -> None:
    @settings(max_examples=count, deadline=None)
    @given(st.one_of(HEADER_LINES, EXCHANGES, SCENARIOS, FOOTERS))
    def reads_back(line: Any) -> None:
        raw = line_bytes(line)
        assert raw.count(b"\n") == 1
        data = json.loads(raw)
        assert type(line).from_json(data) == line
        assert line_bytes(type(line).from_json(data)) == raw

    reads_back()


@settings(max_examples=40, deadline=None)
@given(st.one_of(HEADER_LINES, EXCHANGES, SCENARIOS, FOOTERS))
def test_a_line_is_valid_under_the_published_schema_as_a_whole(line: Any) -> None:
    jsonschema.Draft202012Validator(json.loads(schema_text(RECORD))).validate(json.loads(line_bytes(line)))


def test_the_published_schemas_are_schemas() -> None:
    for name in (RECORD, RECORD_V1, "summary-v1.json"):
        jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


def test_the_exchange_line_has_the_published_members(build: Any) -> None:
    line = json.loads(line_bytes(build.exchange()))
    assert list(line) == [
        "type",
        "case",
        "document",
        "operation",
        "kind",
        "origin",
        "expect",
        "scenario",
        "points",
        "request",
        "response",
        "failure",
        "attempts",
        "verdicts",
        "violations",
        "notes",
        "quirks",
        "curl",
        "tokens",
    ]
    assert list(json.loads(line_bytes(build.header()))) == [
        "type",
        "schema",
        "tool",
        "started",
        "target",
        "documents",
        "surface",
        "profile",
        "seed",
        "options",
        "rules",
        "planned",
        "not_configured",
    ]
    assert list(json.loads(line_bytes(build.footer()))) == [
        "type",
        "ended",
        "seconds",
        "interrupted",
        "requests",
        "tokens",
        "rules",
    ]
    assert list(Violation("/id", "no id", clause="c").to_json()) == [
        "rule",
        "level",
        "pointer",
        "message",
        "expected",
        "actual",
        "reason",
        "point",
        "chunk",
        "clause",
    ]


def test_bytes_that_are_not_text_are_stored_in_base64(build: Any) -> None:
    request = replace(build.exchange().request, body=b"\xff\x00\xfe")
    line = replace(build.exchange(), request=request)
    assert json.loads(line_bytes(line))["request"]["body"] == {"base64": "/wD+"}
    assert ExchangeLine.from_json(json.loads(line_bytes(line))).request.body == b"\xff\x00\xfe"


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", {"\udfff": ["\ud800"]}, 10**300], ids=repr
)
def test_values_that_json_cannot_represent_do_not_stop_a_run(build: Any, value: Any) -> None:
    line = build.broken("c", build.violation(actual=value))
    assert ExchangeLine.from_json(json.loads(line_bytes(line))).case == "c"


def test_a_nesting_bomb_does_not_stop_a_run(build: Any) -> None:
    bomb: Any = []
    for _ in range(50_000):
        bomb = [bomb]
    assert b"nested too deeply" in line_bytes(build.broken("c", build.violation(actual=bomb)))


def test_a_line_that_violates_the_schema_is_not_written(build: Any) -> None:
    with pytest.raises(RecordError, match="/expect"):
        line_bytes(build.exchange(expect="perhaps"))
