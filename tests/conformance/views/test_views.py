"""What the views show of an exchange, in any form."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from chat_by_hand import (
    CHUNKS,
    FILTER_NOTE,
    PREAMBLE,
    beginning,
    body,
    call,
    calls_streamed,
    choice,
    chunk,
    document,
    ending,
    fragment,
    named,
    opening,
    operation,
    piece,
    plain,
    streamed,
    text_choice,
    text_chunk,
    token,
    tool,
    usage,
    written,
)

from aoai_conformance.exchange import Exchange
from aoai_conformance.formats.parameter_schemas import find_first_error
from aoai_conformance.json_access import dig, whole
from aoai_conformance.judging.schema_bodies import SchemaBody
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.drift import drift
from aoai_conformance.views.exchange_views import JsonReply, Refusal, Stream
from aoai_conformance.views.responses import ChatReply, CompletionReply, TextReply


def answer(exchange: Exchange) -> ChatReply:
    shown = ChatReply.of(exchange, operation())
    assert shown is not None
    return shown


def stream(exchange: Exchange) -> Stream:
    shown = Stream.of(exchange, operation(exchange.case.kind))
    assert shown is not None
    return shown


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", {"a": [{"b/c": None}]}),
        ("/a/0/b~1c", None),
        ("/a/1", "nothing"),
        ("/a/-1", "nothing"),
        ("/a/x", "nothing"),
        ("/a/0/b~1c/d", "nothing"),
    ],
)
def test_dig_never_raises(pointer: str, found: Any) -> None:
    assert dig({"a": [{"b/c": None}]}, pointer, "nothing") == found


def test_whole_distinguishes_integers_from_other_values() -> None:
    assert [whole(each) for each in (1, 1.0, 1.5, True, "1", None, float("nan"), 1e999)] == [
        *(1, 1, None, None, None, None, None, None)
    ]


def test_a_streamed_response_is_assembled_like_a_plain_one() -> None:
    assembled = answer(
        streamed([PREAMBLE, *CHUNKS, chunk(usage=usage())], stream_options={"include_usage": True})
    )
    assert assembled.streamed
    (only,) = assembled.choices
    assert (only.index, only.content, only.refusal, only.finish_reason) == (0, "Apple, pear.", None, "stop")
    assert only.message["role"] == "assistant"
    assert assembled.usage == usage()
    assert assembled.body["id"] == "chatcmpl-1"
    assert assembled.body["prompt_filter_results"] == PREAMBLE["prompt_filter_results"]


def test_choices_are_distinguished_by_their_index() -> None:
    chunks = [
        chunk(piece("a", 1, role="assistant"), piece("b", 0, role="assistant")),
        chunk(piece("c", 1)),
        ending(1, "length"),
        ending(0),
    ]
    seen = [(each.index, each.content, each.finish_reason) for each in answer(streamed(chunks, n=2)).choices]
    assert seen == [(0, "b", "stop"), (1, "ac", "length")]


def test_tool_calls_are_joined_by_their_index() -> None:
    exchange = calls_streamed(
        [opening(1, "paint", "call_b", '{"col'), opening(0, "look", "call_a")],
        [fragment(1, 'our": "red"}'), fragment(0, "{}")],
    )
    seen = [
        (each.id, each.type, each.name, each.arguments) for each in answer(exchange).choices[0].tool_calls
    ]
    assert seen == [
        ("call_a", "function", "look", "{}"),
        ("call_b", "function", "paint", '{"colour": "red"}'),
    ]


def test_a_function_call_is_joined() -> None:
    pieces = [{"name": "look", "arguments": ""}, {"arguments": "{"}, {"arguments": "}"}]
    chunks = [chunk(piece(None, function_call=each)) for each in pieces]
    joined = answer(streamed([*chunks, ending(0, "function_call")])).choices[0]
    assert joined.function_call == {"name": "look", "arguments": "{}"}


def test_probabilities_are_joined() -> None:
    chunks = [
        chunk(piece("A", logprobs={"content": [token("A")], "refusal": None})),
        chunk(piece("b", logprobs=None)),
        chunk(piece("c", logprobs={"content": [token("c")], "refusal": None})),
    ]
    joined = answer(streamed([*chunks, ending()])).choices[0].logprobs
    assert [each["token"] for each in joined["content"]] == ["A", "c"]
    assert joined["refusal"] is None


def test_a_note_of_the_filter_adds_results_only() -> None:
    joined = answer(streamed([*CHUNKS[:-1], FILTER_NOTE, CHUNKS[-1]])).choices[0]
    assert joined.finish_reason == "stop"
    assert joined.raw["content_filter_results"] == FILTER_NOTE["choices"][0]["content_filter_results"]


def test_a_note_of_the_filter_after_the_end_adds_nothing() -> None:
    assert answer(streamed([*CHUNKS, FILTER_NOTE])).choices[0].raw == answer(streamed()).choices[0].raw


def test_a_completion_is_assembled() -> None:
    chunks = [text_chunk(text_choice("a", finish_reason=None)), text_chunk(text_choice("b"))]
    shown = CompletionReply.of(streamed(chunks, kind="completions"), operation("completions"))
    assert shown is not None
    assert [each.text for each in shown.choices] == ["ab"]
    assert shown.prompts == ("Two fruits are",)


def test_a_violation_of_a_streamed_choice_points_into_its_last_chunk() -> None:
    (only,) = answer(streamed()).choices
    violation = only.violates("/message/content", "It is bad.")
    assert (violation.pointer, violation.chunk) == ("/choices/0/delta/content", 3)


@pytest.mark.parametrize(
    "cut",
    [
        streamed([*CHUNKS[:2], {"error": {"code": "500", "message": "It broke."}}], done=False),
        streamed([*CHUNKS[:2], "oops", *CHUNKS[2:]]),
        streamed(CHUNKS[:2], done=False, complete=False),
        streamed(written(CHUNKS, done=False).removesuffix(b"\n\n")),
    ],
)
def test_a_truncated_response_has_no_content(cut: Exchange) -> None:
    with pytest.raises(Inconclusive):
        ChatReply.of(cut, operation())


def test_a_done_without_its_blank_line_truncates_nothing() -> None:
    assert len(answer(streamed(written(CHUNKS).removesuffix(b"\n"))).choices) == 1


def test_a_stream_distinguishes_chunks_done_and_unreadable_events() -> None:
    shown = stream(streamed([*CHUNKS, "[1]", "{", " [DONE] ", ""]))
    assert [each.index for each in shown.chunks] == [0, 1, 2, 3]
    assert [each.data for each in shown.unreadable] == ["[1]", "{", ""]
    assert [each.index for each in shown.done_events] == [6, 8]


def test_an_error_object_ends_the_response() -> None:
    broken = {"error": {"code": "500", "message": "It broke."}}
    shown = stream(streamed([CHUNKS[0], broken, CHUNKS[1]]))
    assert shown.error is not None
    assert shown.error.index == 1
    assert [each.index for each in shown.response_chunks] == [0]


@pytest.mark.parametrize(
    "exchange",
    [
        plain(b""),
        plain(b"null"),
        plain(b"[]"),
        plain(b"<html>"),
        plain({"choices": {}}),
        plain({"choices": None}),
        plain(status=400),
        plain(expect="reject"),
    ],
)
def test_an_unsuccessful_response_is_not_a_reply(exchange: Exchange) -> None:
    assert ChatReply.of(exchange, operation()) is None
    assert TextReply.of(exchange, operation()) is None


def test_views_of_status() -> None:
    assert Refusal.of(plain(status=503), operation()) is not None
    assert Refusal.of(plain(), operation()) is None
    assert JsonReply.of(plain(), operation()) is not None
    assert JsonReply.of(plain(status=404), operation()) is None
    assert JsonReply.of(streamed(), operation()) is None


@pytest.mark.parametrize(
    ("sent", "name", "value"),
    [
        ({}, "n", 1),
        ({"n": None}, "n", 1),
        ({"n": 3.0}, "n", 3),
        ({"n": 0}, "n", None),
        ({"n": True}, "n", None),
        ({}, "limit", None),
        ({"max_tokens": 5}, "limit", 5),
        ({"max_tokens": None, "max_completion_tokens": 7}, "limit", 7),
        ({"max_tokens": "5"}, "limit", None),
        ({"max_tokens": 0}, "limit", None),
        ({"stop": "a"}, "stops", ("a",)),
        ({"stop": ["a", "", 3]}, "stops", ("a",)),
        ({"stop": None}, "stops", ()),
        ({}, "tool_choice", "none"),
        ({"tools": [tool()]}, "tool_choice", "auto"),
        ({"tools": [tool()], "tool_choice": "required"}, "tool_choice", "required"),
        ({"tools": [tool()], "tool_choice": named()}, "tool_choice", None),
        ({"tools": [tool()], "tool_choice": named()}, "named_tool", "look"),
        ({"tools": [tool()], "tool_choice": named("other")}, "named_tool", None),
    ],
)
def test_requested_options(sent: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(answer(plain(**sent)), name) == value


def test_malformed_choices_are_left_out() -> None:
    seen = body()
    seen["choices"] = [None, 3, [], choice(tool_calls=[None, call(), 7])]
    (only,) = answer(plain(seen)).choices
    assert only.place == 3
    assert [each.place for each in only.tool_calls] == [1]


# --- nulls and drift ---


def described(exchange: Exchange) -> SchemaBody:
    shown = SchemaBody.of(exchange, operation(exchange.case.kind))
    assert shown is not None
    return shown


def test_null_for_a_required_field_breaks_the_schema() -> None:
    (part,) = described(plain(body(id=None, system_fingerprint=None))).parts.distinct
    assert [each.pointer for each in part.errors] == ["/id"]
    assert part.undeclared_nulls == ["/system_fingerprint"]


def test_null_that_the_schema_allows_is_not_drift() -> None:
    (part,) = described(plain(body(choice(None, refusal="No.")))).parts.distinct
    assert (list(part.errors), part.undeclared_nulls) == ([], [])


def test_drift_is_found_at_every_depth_and_once() -> None:
    seen = body(choice(extra={"deep": 1}, tool_calls=[call(colour="red")]), tier="x")
    pointer = "#/components/schemas/createChatCompletionResponse"
    found = [each.pointer for each in drift(document(), pointer, seen)]
    assert found == [
        "/choices/0/message/extra",
        "/choices/0/message/tool_calls/0/colour",
        "/tier",
    ]


def test_a_free_object_has_no_drift() -> None:
    pointer = "#/components/schemas/FunctionParameters"
    assert list(drift(document(), pointer, {"anything": {"at": "all"}})) == []


# --- schemas of requests ---


@pytest.mark.parametrize(
    ("value", "schema", "found"),
    [
        ({}, {"required": ["a"]}, ""),
        ({"a": {"b/c": 1}}, {"properties": {"a": {"properties": {"b/c": {"type": "string"}}}}}, "/a/b~1c"),
        ({}, {"type": "object"}, None),
        ({}, {"type": "no such"}, None),
        ({}, {"$ref": "#/nowhere"}, None),
        ({}, {"$ref": "https://example.com/schema"}, None),
        ({}, {"$ref": "#"}, None),
        ({"a": "x"}, {"properties": {"a": {"pattern": "("}}}, None),
        ({}, True, None),
        ({}, None, None),
    ],
)
def test_parameters_are_judged_only_by_schemas(value: Any, schema: Any, found: str | None) -> None:
    error = find_first_error(value, schema)
    assert (None if error is None else error[0]) == found


def test_an_embedding_is_read_in_either_form() -> None:
    from aoai_conformance.views.responses import Embedding

    packed = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()
    assert Embedding(0, 0, packed).vector == Embedding(0, 0, [0.5, -1]).vector == (0.5, -1.0)
    assert Embedding(0, 0, "?").vector is None


def test_a_first_event_alone_has_no_content() -> None:
    assert answer(streamed([chunk(piece(None, role="assistant")), ending()])).choices[0].content is None
    assert answer(streamed([beginning(), ending()])).choices[0].content == ""


def test_fragments_without_an_index_are_distinguished_by_their_ids() -> None:
    first = {"id": "call_a", "function": {"name": "look", "arguments": ""}}
    second = {"id": "call_b", "function": {"name": "look", "arguments": ""}}
    rest = {"function": {"arguments": "{}"}}
    (only,) = answer(calls_streamed(first, rest, second, rest)).choices
    assert [(each.id, each.arguments) for each in only.tool_calls] == [("call_a", "{}"), ("call_b", "{}")]
