"""Whatever a server sends, judging it neither raises nor gives up because a probe broke."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from chat_by_hand import (
    CHUNKS,
    COLOUR,
    FILTER_NOTE,
    PREAMBLE,
    body,
    call,
    chunk,
    completion,
    fragment,
    named,
    opening,
    operation,
    piece,
    plain,
    schema_format,
    scored,
    streamed,
    text_choice,
    text_chunk,
    token,
    tool,
    usage,
    verdicts,
    written,
)
from hypothesis import strategies as st

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge_scenario
from aoai_conformance.rule import rules
from aoai_conformance.rules import catalogue
from properties import given_examples

assert catalogue.MODULES  # imported before the clock of the first example runs

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "0", "stop", "length", "tool_calls", "assistant", "look", "{}", "[DONE]"])
    | st.text(st.characters(), max_size=6)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("choices", "usage", "index", "delta", "message", "content", "logprobs", "tool_calls"),
                    *("error", "code", "id", "created", "prompt_filter_results", "top_logprobs", "bytes"),
                    *("function", "arguments", "name", "finish_reason", "text", "data", "refusal", "role"),
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
REQUESTS: list[dict[str, Any]] = [
    {},
    {"n": 2, "max_tokens": 1, "stop": ["a"], "logprobs": True, "top_logprobs": 2, "seed": 1},
    {"tools": [tool(), tool("paint", COLOUR, strict=True)], "tool_choice": named("paint")},
    {"functions": [{"name": "look"}], "function_call": {"name": "look"}},
    {"response_format": schema_format(), "parallel_tool_calls": False, "data_sources": [{}]},
    {"response_format": {"type": "json_object"}, "tools": [tool()], "tool_choice": "required"},
    {"n": "two", "stop": 3, "tools": {"a": 1}, "tool_choice": [1], "logprobs": 3, "stream_options": 1},
    {
        "messages": ...,
        "response_format": None,
        "seed": 1.5,
        "max_tokens": {},
        "functions": [None, {"name": 1}],
    },
]
ASKED = {"stream_options": {"include_usage": True}}
RICH = body(
    scored(
        token("A", -0.5, [("A", -0.5), ("B", -1.5)]),
        tool_calls=[call("paint", {"colour": "red"})],
        function_call={"name": "look", "arguments": "{}"},
        content_filter_results={"hate": {"filtered": True, "severity": "safe"}},
        context={"citations": [{"content": "x"}]},
    ),
    usage=usage(9, 3, completion_tokens_details={"reasoning_tokens": 1}),
    prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {}}],
)
RICH_CHUNKS = [
    PREAMBLE,
    *CHUNKS[:3],
    chunk(piece(None, tool_calls=[opening(), fragment(0, "{}")], logprobs={"content": [token("A")]})),
    FILTER_NOTE,
    CHUNKS[3],
    chunk(usage=usage()),
]
TEXTS = [text_chunk(text_choice(" a", finish_reason=None)), text_chunk(text_choice("b"))]
given_few = given_examples(10, in_selftest=100)


def assert_no_probe_breaks(exchange: Exchange) -> None:
    for verdict in verdicts(exchange):
        assert "The probe raised" not in verdict.note, verdict
        for violation in verdict.violations:
            reported = [violation.pointer, violation.message, violation.expected, violation.actual]
            json.dumps(reported, allow_nan=False, ensure_ascii=False).encode()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for name, each in value.items():
            found += places(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            found += places(each, (*path, index))
    return found


@st.composite
def damaged(draw: st.DrawFn, value: Any) -> Any:
    """A value with one to three of its places replaced or removed."""
    whole = {"whole": copy.deepcopy(value)}
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([each for each in places(whole) if each]))
        holder: Any = whole
        for each in path:
            holder = holder[each]
        if draw(st.booleans()) and (isinstance(holder, list) or last != "whole"):
            del holder[last]
        else:
            holder[last] = draw(JSON)
    return whole["whole"]


@given_few(JSON, st.sampled_from(REQUESTS), st.sampled_from([200, 204, 400, 401, 404, 429, 500]))
def test_any_body(answer: Any, sent: dict[str, Any], status: int) -> None:
    for kind in ("chat", "completions"):
        asked = {**sent, "prompt": ["a"]} if kind == "completions" else sent
        assert_no_probe_breaks(plain(json.dumps(answer).encode(), kind=kind, status=status, **asked))


@given_few(damaged(RICH), st.sampled_from(REQUESTS))
def test_any_damaged_answer(answer: Any, sent: dict[str, Any]) -> None:
    assert_no_probe_breaks(plain(json.dumps(answer).encode(), **sent))


@given_few(
    damaged(completion()), st.sampled_from([{}, {"prompt": ["a", "b"], "n": 2, "echo": True, "logprobs": 2}])
)
def test_any_damaged_completion(answer: Any, sent: dict[str, Any]) -> None:
    assert_no_probe_breaks(plain(json.dumps(answer).encode(), kind="completions", **sent))


@given_few(damaged(RICH_CHUNKS), st.sampled_from([*REQUESTS, ASKED]))
def test_any_damaged_stream(chunks: Any, sent: dict[str, Any]) -> None:
    listed = chunks if isinstance(chunks, list) else [chunks]
    data = [json.dumps(each) for each in listed]
    assert_no_probe_breaks(streamed(data, **sent))


@given_few(damaged(TEXTS))
def test_any_damaged_stream_of_completions(chunks: Any) -> None:
    listed = chunks if isinstance(chunks, list) else [chunks]
    assert_no_probe_breaks(streamed([json.dumps(each) for each in listed], kind="completions"))


@given_few(st.lists(JSON, max_size=5), st.sampled_from(REQUESTS), st.booleans())
def test_any_stream(chunks: list[Any], sent: dict[str, Any], done: bool) -> None:
    data = [json.dumps(each) for each in chunks]
    assert_no_probe_breaks(streamed(data, done=done, **sent))


@given_few(st.binary(max_size=80), st.booleans())
def test_any_bytes(content: bytes, complete: bool) -> None:
    assert_no_probe_breaks(streamed(content, complete=complete))
    assert_no_probe_breaks(plain(content))
    whole = written(CHUNKS)
    cut = len(content) * 7 % len(whole)
    assert_no_probe_breaks(streamed(whole[:cut] + content + whole[cut:], complete=complete))


@given_few(damaged(RICH), damaged(RICH_CHUNKS))
def test_any_scenario(answer: Any, chunks: Any) -> None:
    data = [json.dumps(each) for each in (chunks if isinstance(chunks, list) else [chunks])]
    reported = plain(json.dumps(answer).encode(), seed=1)
    steps = {
        "plain": reported,
        "stream": streamed(data, seed=1),
        "first": reported,
        "second": plain(RICH, seed=1),
    }
    for kind in ("chat.same-seed", "chat.stream-against-plain"):
        notes = [each.note for each in judge_scenario(kind, steps, operation(), rules())]
        assert [note for note in notes if "The probe raised" in note] == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"choices": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"[" * 100_000,
        b'{"choices": [{"index": 1e999, "message": {"content": "\\ud800"}}], "created": 1e400}',
        b'{"id": NaN, "created": -Infinity, "choices": [{"index": 123456789012345678901234567890}]}',
        json.dumps(RICH).encode("utf-16"),
        b'{"choices": [], "choices": [{}]}',
    ],
    ids=["deep", "too deep", "odd numbers", "no numbers", "utf-16", "twice"],
)
def test_odd_bodies(content: bytes) -> None:
    assert_no_probe_breaks(plain(content))
    assert_no_probe_breaks(plain(content, status=400))
    assert_no_probe_breaks(streamed(b"data: " + content + b"\n\ndata: [DONE]\n\n"))


def test_a_long_broken_stream_is_judged_in_bounded_time() -> None:
    chunks = [chunk(piece(f" {number}"), created="now") for number in range(1000)]
    assert_no_probe_breaks(streamed([*chunks, CHUNKS[3]]))
