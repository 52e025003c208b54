"""Answers from data sources: rules for all responses judge them too; their valid forms."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from examples_data_sources import (
    BOTH,
    END,
    EXTENSION,
    FOUND,
    SEARCHED,
    TOOL,
    WORDS,
    events,
    grounded,
    piece,
    streamed,
)
from flows_by_hand import NOW, Sent, changed, document, exchanges

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge, judge_scenario
from aoai_conformance.rule import rules
from aoai_model.verdict import Verdict, Violation

EARLIER = "azure-openai@2023-06-01-preview"
PAIRED = "extension-chat.stream-against-plain"


def verdicts(sent: Sent) -> list[Verdict]:
    exchange = sent.exchange()
    return judge(exchange, document(sent.document).operation(exchange.case.operation), rules())


def violations(sent: Sent) -> dict[str, Violation]:
    """The first violation of each rule."""
    return {each.rule_id: each.violations[0] for each in verdicts(sent) if each.violations}


def violations_found(sent: Sent) -> set[str]:
    """Return the rules violated above the level may."""
    return {id_ for id_, violation in violations(sent).items() if violation.level != "may"}


def of_two(steps: list[Sent]) -> dict[str, Verdict]:
    made: dict[str, Exchange] = exchanges(PAIRED, steps)
    operation = document(EXTENSION).operation(made["plain"].case.operation)
    return {each.rule_id: each for each in judge_scenario(PAIRED, made, operation, rules())}


def used(prompt: int, completion: int, total: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


SAFE = {"hate": {"filtered": False, "severity": "safe"}}
FILTERED = {"hate": {"filtered": True, "severity": "safe"}}


def noted(*results: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    listed = [{"prompt_index": number, "content_filter_results": each} for number, each in results]
    return {"prompt_annotations": listed}


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("META-001", {}, {"id": ""}),
        ("USAGE-001", {"usage": used(2, 1, 3)}, {"usage": used(2, 1, 4)}),
        ("USAGE-002", {"usage": used(2, 1, 3)}, {"usage": used(4, -1, 3)}),
        ("USAGE-006", {"usage": used(2, 1, 3)}, {"usage": used(0, 3, 3)}),
        ("FILTER-002", noted((0, SAFE)), noted((0, FILTERED))),
        ("FILTER-003", noted((1, SAFE), (0, SAFE)), noted((0, SAFE), (0, SAFE))),
        ("FILTER-003", noted((0, SAFE)), noted((-1, SAFE))),
        ("FILTER-003", noted((0, SAFE), (3, SAFE)), noted((1, SAFE))),
    ],
)
def test_rules_for_all_responses_judge_responses_from_data_sources(
    rule: str, right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    version = EARLIER if rule.startswith("FILTER") else EXTENSION

    def answered(more: dict[str, Any]) -> Sent:
        return Sent("extension-chat", {**grounded(), **more}, sent=SEARCHED[0].sent, document=version)

    assert rule not in violations(answered(right))
    assert "pass" in {each.outcome for each in verdicts(answered(right)) if each.rule_id == rule}
    assert rule in violations_found(answered(wrong))


@pytest.mark.parametrize(
    ("rule", "head"),
    [("META-001", {"id": ""}), ("EXTENSION-014", {"created": 0}), ("EXTENSION-014", {"created": -1})],
)
def test_an_invalid_id_or_time_is_reported_in_a_stream_too(rule: str, head: dict[str, Any]) -> None:
    assert rule in violations_found(streamed(events(TOOL, WORDS, END, **head)))


@pytest.mark.parametrize(
    ("rule", "content", "pointer"),
    [
        ("EXTENSION-003", events(TOOL, END), "/choices/0/messages"),
        (
            "EXTENSION-005",
            events(TOOL, piece("[doc9]", "assistant"), END),
            "/choices/0/messages/0/delta/content",
        ),
        ("EXTENSION-019", events(TOOL, piece("A fox."), END), "/choices/0/messages/0/delta/role"),
    ],
)
def test_a_defect_in_a_stream_is_reported_in_its_chunk(rule: str, content: bytes, pointer: str) -> None:
    found = violations(streamed(content))[rule]
    assert (found.pointer, found.chunk) == (pointer, int(rule != "EXTENSION-003"))


def test_usage_in_a_stream_adds_up() -> None:
    assert "USAGE-001" in violations_found(streamed(events(TOOL, WORDS, END, usage=used(1, 1, 9))))


def of_one_delta(*deltas: dict[str, Any], **last: Any) -> bytes:
    """A stream in the form of one delta to a choice."""
    head = {"id": "x-1", "object": "extensions.chat.completion.chunk", "created": NOW, "model": "m"}
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": delta, "end_turn": False, "finish_reason": None} for delta in deltas
    ]
    choices.append({"index": 0, "delta": {}, "end_turn": True, "finish_reason": "stop", **last})
    chunks = "".join(f"data: {json.dumps({**head, 'choices': [each]})}\n\n" for each in choices)
    return (chunks + "data: [DONE]\n\n").encode()


CONTEXT = {"messages": [{"role": "tool", "content": FOUND, "end_turn": False}]}
FIRST = {"role": "assistant", "context": CONTEXT}
PREAMBLE = {"id": "", "object": "", "created": 0, "model": "", "prompt_annotations": [], "choices": []}


@pytest.mark.parametrize(
    "content",
    [
        of_one_delta(FIRST, {"content": "A fox"}, {"content": " [doc1]."}),
        of_one_delta({"role": "assistant", "context": json.loads(FOUND)}, {"content": "A fox [doc1]."}),
        events(*({**each, "index": None} for each in (TOOL, WORDS, END))),
        events(*({k: v for k, v in each.items() if k != "index"} for each in (TOOL, WORDS, END))),
        events(TOOL, piece("", "assistant"), piece("A fox"), piece(" [doc1].", "assistant"), END, done=True),
        events(TOOL, piece("A", "assistant"), {"index": 1, "delta": {}, "end_turn": False}, END),
        f"data: {json.dumps(PREAMBLE)}\n\n".encode() + events(TOOL, WORDS, END, model="m"),
        events(TOOL, WORDS) + events(END, model="m"),
    ],
)
def test_each_form_of_a_stream_is_valid(content: bytes) -> None:
    assert violations_found(streamed(content)) <= {"SCHEMA-002", "SCHEMA-004"}
    assert not {id_ for id_ in violations(streamed(content)) if id_.startswith("EXTENSION")}


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("EXTENSION-007", of_one_delta({"role": "assistant"}, {"content": "A fox [doc1]."})),
        ("EXTENSION-005", of_one_delta(FIRST, {"content": "A fox [doc9]."})),
        ("EXTENSION-013", of_one_delta(FIRST, {"content": "A fox."}) + of_one_delta()),
        ("EXTENSION-016", of_one_delta(FIRST, {"content": "A fox."}, finish_reason="eos")),
        ("EXTENSION-019", of_one_delta({"context": CONTEXT}, {"role": "user", "content": "A fox."})),
    ],
)
def test_the_form_of_one_delta_is_judged_too(rule: str, content: bytes) -> None:
    if rule == "EXTENSION-013":
        content = content.replace(b"data: [DONE]\n\n", b"", 1)
    assert rule in violations_found(streamed(content))


@pytest.mark.parametrize(
    "more",
    [
        {"finish_reason": "length"},
        {"finish_reason": "content_filter"},
        {"finish_reason": None},
        {"messages": [], "message": {"role": "assistant", "content": "A fox.", "context": CONTEXT}},
    ],
)
def test_optional_members_of_a_choice_are_valid(more: dict[str, Any]) -> None:
    sent = copy.deepcopy(SEARCHED[0])
    assert not violations_found(changed([sent], 0, {"answer": grounded(**more)})[0])


def test_null_as_a_reason_is_noted_only() -> None:
    found = violations(changed(SEARCHED, 0, {"answer": grounded(finish_reason=None)})[0])
    assert found["EXTENSION-016"].level == "may"


def test_two_choices_are_one_too_many() -> None:
    choice = grounded()["choices"][0]
    body = {**grounded(), "choices": [choice, {**choice, "index": 1}]}
    assert violations_found(changed(SEARCHED, 0, {"answer": body})[0]) == {"EXTENSION-015"}


@pytest.mark.parametrize("reported", ["The fox is red [doc1].", "A tan fox [doc1].", "No."])
def test_a_different_wording_is_no_evidence_about_the_stream(reported: str) -> None:
    found = of_two(changed(BOTH, 1, {"answer": events(TOOL, piece(reported, "assistant"), END)}))
    assert found["EXTENSION-PAIR-001"].outcome == "inconclusive"
    assert found["EXTENSION-PAIR-003"].outcome == "inconclusive"


def test_another_search_may_find_other_documents() -> None:
    other = json.dumps({"citations": [{"content": "A hen."}], "intent": '["hens"]'})
    said = [{**TOOL, "delta": {"role": "tool", "content": other}}, WORDS, END]
    assert of_two(changed(BOTH, 1, {"answer": events(*said)}))["EXTENSION-PAIR-002"].outcome == "inconclusive"


def test_passages_of_one_document_are_not_separate_documents() -> None:
    passages = [{"content": f"Passage {place}.", "filepath": "foxes.md"} for place in range(3)]
    content = json.dumps({"citations": passages, "intent": "[]"})
    (sent,) = SEARCHED
    answer = grounded()
    answer["choices"][0]["messages"][0]["content"] = content
    assert "EXTENSION-010" not in violations_found(replace(sent, answer=answer))
