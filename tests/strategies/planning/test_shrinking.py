from __future__ import annotations

from aoai_model.case import Case, Edit, Expectation, Point
from aoai_model.serialization import Json
from aoai_specs.document import Document, Operation
from aoai_strategies.planning.shrinking import shrink, simpler
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import apply_edits, body_value
from aoai_strategies.requests.forms import admits


def case_of(operation: Operation, body: Json, expect: Expectation = "accept") -> Case:
    edits = (Edit("", body),)
    point = Point("generated:valid-001", "generated", expect, "must", "", "Generated.", edits)
    base = RequestBuilder(operation).request()
    return Case(
        "chat/generated-001",
        str(operation.document.name),
        operation.id,
        operation.kind,
        apply_edits(base, edits),
        expect,
        (point,),
        "generated",
        base,
    )


BIG: Json = {
    "messages": [
        {"role": "system", "content": "Be brief and do as you are told."},
        {"role": "user", "content": [{"type": "text", "text": "Count to a hundred."}]},
    ],
    "temperature": 1.25,
    "n": 3,
    "stop": ["one", "two"],
    "user": "user-17",
}


def test_shrinks_a_valid_request_to_the_field_that_fails(chat: Operation) -> None:
    def fails(case: Case) -> bool:
        body = body_value(case.request.body)
        return isinstance(body, dict) and isinstance(body.get("stop"), list)

    smallest = shrink(case_of(chat, BIG), fails, operation=chat)
    body = body_value(smallest.request.body)
    assert isinstance(body, dict)
    assert set(body) == {"messages", "stop"}
    assert len(body["stop"]) == 1
    assert admits(chat, body)


def test_an_invalid_request_stays_invalid(chat: Operation) -> None:
    assert isinstance(BIG, dict)
    broken: Json = {**BIG, "temperature": 9.5}
    seen: list[bool] = []

    def fails(case: Case) -> bool:
        seen.append(admits(chat, body_value(case.request.body)))
        return True

    smallest = shrink(case_of(chat, broken, "reject"), fails, operation=chat)
    assert not any(seen)
    assert not admits(chat, body_value(smallest.request.body))
    assert len(str(smallest.request.body)) < 100


def test_a_case_that_cannot_shrink_is_returned_unchanged(chat: Operation) -> None:
    case = case_of(chat, BIG)
    assert shrink(case, lambda _: False, operation=chat) == case


def test_sends_at_most_the_given_number_of_attempts(chat: Operation) -> None:
    sent: list[Case] = []

    def fails(case: Case) -> bool:
        sent.append(case)
        return False

    shrink(case_of(chat, BIG), fails, attempts=7)
    assert len(sent) == 7


def test_no_simpler_case_is_the_case_itself(chat: Operation) -> None:
    case = case_of(chat, BIG)
    for smaller in simpler(case):
        assert smaller.request != case.request
        assert smaller.points[0].edits == (Edit("", body_value(smaller.request.body)),)


def test_forms_shrink_too_and_keep_their_file(document: Document) -> None:
    operation = document.operation("Transcriptions_Create")
    base = RequestBuilder(operation).request()
    value = body_value(base.body)
    assert isinstance(value, dict)
    case = case_of(operation, {**value, "prompt": "hello there", "language": "en"})
    smallest = shrink(case, lambda _: True, operation=operation)
    assert body_value(smallest.request.body) == value


def test_removes_a_choice_together_with_its_tools(chat: Operation) -> None:
    tools: Json = [{"type": "function", "function": {"name": "look_up"}}]
    named: Json = {"type": "function", "function": {"name": "look_up"}}
    body: Json = {
        "messages": [{"role": "user", "content": "Hi."}],
        "tools": tools,
        "tool_choice": named,
        "parallel_tool_calls": True,
        "logprobs": True,
        "top_logprobs": 2,
        "stream": True,
        "stream_options": {"include_usage": True},
    }

    def is_sensible(found: Json) -> bool:
        assert isinstance(found, dict)
        return (
            (bool(found.get("tools")) or not {"tool_choice", "parallel_tool_calls"} & found.keys())
            and (found.get("logprobs") is True or "top_logprobs" not in found)
            and (found.get("stream") is True or "stream_options" not in found)
        )

    smaller = [body_value(one.request.body) for one in simpler(case_of(chat, body), operation=chat)]
    assert all(map(is_sensible, smaller))
    assert any("tools" not in found for found in smaller if isinstance(found, dict))


def test_a_call_is_removed_together_with_its_results(chat: Operation) -> None:
    call: Json = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages: list[Json] = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "5"},
    ]
    whole: Json = {"messages": messages, "n": 2}
    smallest = shrink(case_of(chat, whole), lambda case: "'n'" in str(case.request.body), operation=chat)
    body = body_value(smallest.request.body)
    assert isinstance(body, dict)
    assert isinstance(body["messages"], list)
    assert len(body["messages"]) == 1


def test_an_invalid_request_stays_invalid_for_the_same_reason(chat: Operation) -> None:
    assert isinstance(BIG, dict)
    broken: Json = {**BIG, "temperature": 9.5}
    smallest = shrink(case_of(chat, broken, "reject"), lambda _: True, operation=chat)
    body = body_value(smallest.request.body)
    assert isinstance(body, dict)
    assert set(body) == {"messages", "temperature"}
