"""Each rule about flows passes the valid flow and reports the invalid one."""

from __future__ import annotations

import json
from dataclasses import replace

import examples_audio
import examples_audio_streams
import examples_data_sources
import examples_details
import examples_operations
import examples_stored
import examples_transcribed
import pytest
from flows_by_hand import FlowExample, Sent, changed, document, exchanges

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.quirks.quirks import quirks_seen
from aoai_conformance.rule import rule_named, rules
from aoai_conformance.views.scenarios import ScenarioView
from aoai_model.verdict import Verdict, Violation
from claims import for_each

EXAMPLES: list[FlowExample] = [
    *examples_stored.EXAMPLES,
    *examples_operations.EXAMPLES,
    *examples_audio.EXAMPLES,
    *examples_transcribed.EXAMPLES,
    *examples_audio_streams.EXAMPLES,
    *examples_data_sources.EXAMPLES,
    *examples_details.EXAMPLES,
]
TOPICS = {
    *(
        "files",
        "uploads",
        "batches",
        "batch_descriptions",
        "batch_results",
        "lists",
        "flow_refusals",
        "returned_resources",
    ),
    *("image_operations", "ingestion", "catalogues", "model_inference"),
    *("upload_files", "file_lists", "new_resources", "moments", "list_entries", "deployed_models"),
    *("batch_errors", "batch_progress", "batch_lines", "ingestion_ends", "image_results", "named_models"),
    *("speech", "chat_audio", "predictions", "streamed_speech", "usage_details"),
    *("word_times", "segment_figures", "transcript_formats"),
    *("extension_chat", "extension_streams", "extension_pairs"),
}

claims = for_each(
    EXAMPLES, group=lambda each: rule_named(each.rule).topic, name=lambda each: f"{each.rule}: {each.claim}"
)


def verdicts(kind: str, steps: dict[str, Exchange]) -> list[Verdict]:
    found: list[Verdict] = []
    for exchange in steps.values():
        operation = document(exchange.case.document).operation(exchange.case.operation)
        found += judge(exchange, operation, rules())
    first = next(iter(steps.values())).case
    found += judge_scenario(kind, steps, document(first.document).operation(first.operation), rules())
    return found


def violations(found: list[Verdict], rule: str | None = None) -> list[tuple[str, Violation]]:
    return [
        (each.rule_id, violation)
        for each in found
        for violation in each.violations
        if rule in (None, each.rule_id)
    ]


@claims
def test_a_rule_reports_the_defect(example: FlowExample) -> None:
    steps = exchanges(example.kind, changed(example.steps, example.step, example.change))
    reported = violations(verdicts(example.kind, steps), example.rule)
    assert reported
    assert all(violation.message.endswith(".") for _, violation in reported)
    if example.reason is not None:
        assert example.reason in {violation.reason for _, violation in reported}


#: The verdicts on valid flows, which many examples share and which live as long as this module.
_VALID: dict[tuple[str, int], list[Verdict]] = {}


def verdicts_on_valid(kind: str, steps: list[Sent]) -> list[Verdict]:
    key = (kind, id(steps))
    if key not in _VALID:
        _VALID[key] = verdicts(kind, exchanges(kind, steps))
    return _VALID[key]


@claims
def test_a_rule_passes_valid_examples(example: FlowExample) -> None:
    found = verdicts_on_valid(example.kind, example.steps)
    assert "pass" in {each.outcome for each in found if each.rule_id == example.rule}
    assert not violations(found, example.rule)


FLOWS = {(example.kind, id(example.steps)): example for example in EXAMPLES}.values()


@for_each(FLOWS, group=lambda each: each.kind, name=lambda each: f"the valid flow of {each.rule}")
def test_no_rule_reports_a_valid_flow(flow: FlowExample) -> None:
    reported = violations(verdicts_on_valid(flow.kind, flow.steps))
    assert [each for each in reported if each[1].level != "may"] == []


def test_every_rule_about_flows_has_an_example() -> None:
    flows = {each.id for each in rules() if issubclass(each.view, ScenarioView) and each.topic in TOPICS}
    shown = {example.rule for example in EXAMPLES}
    assert {each.id for each in rules() if each.topic in TOPICS} | flows == shown
    assert all(rule_named(each) for each in shown)


PUT = examples_stored.put()
ASKED = {"expect": "any", "point": "api-version:missing", "document": "azure-openai@2025-01-01-preview"}


@pytest.mark.parametrize(
    ("sent", "quirk"),
    [
        (replace(PUT, status=201), "upload-answered-201"),
        (replace(PUT, status=200), "upload-answered-200"),
        (Sent("file-list", examples_stored.listed(), **ASKED), "version-not-needed"),  # type: ignore[arg-type]
        (
            Sent("file-list", {"error": {"code": "404", "message": "No."}}, status=404, **ASKED),  # type: ignore[arg-type]
            "version-needed",
        ),
    ],
)
def test_it_is_noted_which_of_two_descriptions_is_followed(sent: Sent, quirk: str) -> None:
    exchange = sent.exchange()
    operation = document(sent.document).operation(exchange.case.operation)
    assert quirk in {each.id for each in quirks_seen(exchange, operation)}
    named = {each.rule_id: each for each in judge(exchange, operation, rules()) if quirk in each.quirks}
    assert named
    assert {each.outcome for each in named.values()} == {"pass"}


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        (replace(PUT, status=202), "DESCRIPTIONS-001"),
        (Sent("file-list", {}, status=500, **ASKED), "DESCRIPTIONS-002"),  # type: ignore[arg-type]
    ],
)
def test_what_neither_description_allows_is_reported(sent: Sent, rule: str) -> None:
    exchange = sent.exchange()
    operation = document(sent.document).operation(exchange.case.operation)
    assert violations(judge(exchange, operation, rules()), rule)


def test_an_object_created_since_may_appear_in_a_list() -> None:
    pages = [
        examples_stored.page("b-1", more=False),
        examples_stored.page("b-2", more=False, after="b-1"),
    ]
    assert violations(verdicts("flow.lists", exchanges("flow.lists", pages)), "LISTS-005") == []


def test_a_time_that_no_description_requires_is_only_noted_as_missing() -> None:
    steps = changed(examples_stored.BATCHES, 3, {"answer.completed_at": None})
    found = violations(verdicts("flow.batches", exchanges("flow.batches", steps)), "BATCHES-008")
    assert {violation.level for _, violation in found} == {"may"}


@pytest.mark.parametrize(("interval", "outcome"), [(60, "pass"), (60.0, "pass"), ("60", "not_applicable")])
def test_an_interval_is_a_number_in_any_form(interval: object, outcome: str) -> None:
    """As text it is no number to the schema: that is reported there, and only there."""
    first, *others = changed(
        examples_operations.STARTED, 0, {"answer.dataRefreshIntervalInMinutes": interval}
    )
    asked = {**(first.sent or {}), "dataRefreshIntervalInMinutes": 60}
    steps = [replace(first, sent=asked), *others]
    found = verdicts("flow.ingestion", exchanges("flow.ingestion", steps))
    assert violations(found, "INGESTION-002") == []
    assert outcome in {each.outcome for each in found if each.rule_id == "INGESTION-002"}


def test_a_line_of_results_may_contain_unicode_line_separators() -> None:
    said = examples_stored.result("two", body=examples_stored.answer("One.\u2028Two.\x85Three."))
    lines = "".join(
        json.dumps(each, ensure_ascii=False) + "\r\n" for each in (said, examples_stored.result("one"))
    )
    steps = changed(examples_stored.BATCHES, 5, {"answer": lines.encode()})
    assert violations(verdicts("flow.batches", exchanges("flow.batches", steps))) == []


def test_an_error_file_is_not_an_error_sent_as_a_success() -> None:
    line = b'{"custom_id": "one", "response": null, "error": {"code": "BadRequest", "message": "No."}}\n'
    steps = changed(examples_stored.BATCHES, 6, {"answer": line})
    assert violations(verdicts("flow.batches", exchanges("flow.batches", steps)), "ERROR-010") == []
