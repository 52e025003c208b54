"""Causes and events as JSON, and the published schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aoai_reports.formats.json import summary_text
from aoai_reports.formats.machine.causes import causes_text
from aoai_reports.formats.machine.events import events_text
from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.formats.machine.schemas import find_schema, published_schemas
from aoai_reports.record.reader import Record
from aoai_reports.record.writer import line_bytes
from aoai_reports.report_formats import RUN_REPORTS
from aoai_reports.results.summary import summarize
from aoai_specs.errors import UnknownNameError

RECORDS = ["conformant", "nonconformant", "interrupted"]


def errors(schema: str, data: object) -> list[str]:
    validator = Draft202012Validator(json.loads(find_schema(schema).text))
    return [error.message for error in validator.iter_errors(data)]


def events_of(record: Record) -> list[dict[str, Any]]:
    return [json.loads(line) for line in events_text(summarize(record), record).splitlines()]


@pytest.mark.parametrize("name", RECORDS)
def test_summary_causes_and_events_match_their_schemas(build: Any, name: str) -> None:
    record = getattr(build, name)()
    summary = summarize(record)
    assert errors("summary", json.loads(summary_text(summary))) == []
    assert errors("causes", json.loads(causes_text(summary, record))) == []
    assert [errors("events", event) for event in events_of(record) if errors("events", event)] == []
    assert errors("record", json.loads(line_bytes(record.header))) == []


def test_hostile_text_matches_them_too(poisoned: Record) -> None:
    assert errors("causes", json.loads(causes_text(summarize(poisoned), poisoned))) == []
    assert [errors("events", event) for event in events_of(poisoned) if errors("events", event)] == []


@pytest.mark.parametrize("schema", ["summary", "causes", "events"])
def test_the_schemas_reject_other_members(build: Any, schema: str) -> None:
    record = build.nonconformant()
    data = json.loads(
        RUN_REPORTS["json" if schema == "summary" else "causes"].render(summarize(record), record)
    )
    if schema == "events":
        (data,) = [event for event in events_of(record) if event["type"] == "verdict"]
    assert errors(schema, data) == []
    assert errors(schema, {**data, "another": 1}) != []
    if schema == "causes":
        data["causes"][0]["another"] = 1
        assert errors(schema, data) != []


def test_each_cause_has_its_violations_as_in_the_summary(build: Any) -> None:
    record = build.nonconformant()
    summary = summarize(record)
    public = summary.to_json()
    causes = json.loads(causes_text(summary, record))["causes"]
    assert [{k: v for k, v in cause.items() if k != "entries"} for cause in causes] == public["causes"]
    entries = [entry for cause in causes for entry in cause["entries"]]
    assert sorted(map(repr, entries)) == sorted(map(repr, json.loads(json.dumps(public["violations"]))))


def test_events_begin_with_the_run_and_end_with_the_verdict(build: Any) -> None:
    record = build.nonconformant()
    summary, events = summarize(record), events_of(record)
    types = [event["type"] for event in events]
    assert types == [
        "run",
        *["exchange"] * len(record.exchanges),
        *["scenario"] * len(record.scenarios),
        *["cause"] * len(summary.causes),
        "verdict",
    ]
    assert events[-1]["verdict"] == "nonconformant"
    assert [event["case"] for event in events if event["type"] == "exchange"] == [
        line.case for line in record.exchanges
    ]


def test_a_violation_in_an_event_has_the_fingerprint_of_the_summary(build: Any) -> None:
    record = build.nonconformant()
    listed = {
        violation["fingerprint"]
        for event in events_of(record)
        if event["type"] in ("exchange", "scenario")
        for violation in event["violations"]
    }
    assert listed == {each["fingerprint"] for each in summarize(record).to_json()["violations"]}


def test_the_schema_of_a_cause_is_the_same_in_every_schema() -> None:
    summary, causes, events = (json.loads(find_schema(name).text) for name in ("summary", "causes", "events"))
    cause = summary["properties"]["causes"]["items"]
    assert causes["$defs"]["cause"]["properties"] == cause["properties"]
    assert causes["$defs"]["cause"]["required"] == cause["required"]
    assert causes["$defs"]["violation"] == summary["properties"]["violations"]["items"]
    event = events["$defs"]["cause"]
    assert event["properties"] == {"type": {"const": "cause"}, **cause["properties"]}
    assert event["required"] == ["type", *cause["required"]]


@pytest.mark.parametrize("schema", published_schemas().values(), ids=lambda each: each.id)
def test_each_schema_is_valid_and_says_what_it_describes(schema: Any) -> None:
    data = json.loads(schema.text)
    Draft202012Validator.check_schema(data)
    assert data["$id"] == f"urn:aoai-conformance:{schema.name}:v{schema.version}"
    assert schema.title
    assert schema.identifier in schema.text


def test_a_schema_is_found_by_name_id_and_identifier() -> None:
    assert find_schema("record").id == "record-v2"
    assert find_schema("record-v1").id == "record-v1"
    assert find_schema("aoai-conformance/summary/v1").id == "summary-v1"
    with pytest.raises(UnknownNameError, match="did you mean 'causes-v1'"):
        find_schema("cause")


@pytest.mark.parametrize(
    "text", ["##vso[task.complete]", "##[error]", "a ##\u200bv\ufe0fso[x", "###[x", "#\u200b#[x", "##", "#["]
)
def test_json_contains_no_command_and_stays_the_same(text: str) -> None:
    written = json_text({"a": text, text: [text]})
    assert json.loads(written) == {"a": text, text: [text]}
    visible = "".join(character for character in written if character.isascii())
    assert "##[" not in visible
    assert "##vso[" not in visible
