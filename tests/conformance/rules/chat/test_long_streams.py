"""Long streams: chunks that differ only in their texts are read once, and judged like all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any

import examples_calls
import examples_streams
import pytest
from chat_by_hand import (
    FILTER_NOTE,
    PREAMBLE,
    Example,
    beginning,
    chunk,
    document,
    ending,
    fragment,
    opening,
    operation,
    piece,
    streamed,
    text_choice,
    text_chunk,
    usage,
    verdicts,
    written,
)

from aoai_conformance.chunks import Chunk
from aoai_conformance.exchange import Exchange
from aoai_conformance.views.exchange_views import Stream
from aoai_conformance.views.free_values import is_free_text
from aoai_model import event_forms
from aoai_model.exchange import Response

_CHUNK = "#/components/schemas/createChatCompletionStreamResponse"


def stream_of(*contents: str) -> Stream:
    shown = Stream.of(
        streamed([beginning(), *(chunk(piece(each)) for each in contents), ending()]), operation()
    )
    assert shown is not None
    return shown


def contents(chunks: Iterator[Chunk]) -> list[Any]:
    return [each.json["choices"][0]["delta"].get("content") for each in chunks]


def test_a_condition_is_tested_once_for_each_form() -> None:
    tested: list[int] = []

    def has_content(chunk: Chunk) -> bool:
        tested.append(chunk.index)
        return bool(chunk.choices[0]["delta"].get("content"))

    found = stream_of("a", "b", "c").response_chunks.where(has_content)
    assert (contents(found), tested) == (["a", "b", "c"], [0, 1, 4])


def test_chunks_are_found_from_a_place_on_and_backwards() -> None:
    chunks = stream_of("a", "b", "c").response_chunks
    assert contents(chunks.where(lambda chunk: chunk.choices, since=3)) == ["c", None]
    last = chunks.last_where(lambda chunk: chunk.choices[0]["finish_reason"] is None)
    assert last is not None
    assert (last.index, contents(iter([last]))) == (3, ["c"])
    assert chunks.last_where(lambda chunk: chunk.usage) is None


def test_chunks_are_a_sequence() -> None:
    chunks = stream_of("a", "b").chunks
    assert (len(chunks), contents(iter(chunks)), contents(iter(chunks[1:3]))) == (
        4,
        ["", "a", "b", None],
        ["a", "b"],
    )
    assert chunks[-1].index == 3


@pytest.mark.parametrize(
    ("pointer", "is_free"),
    [
        ("/choices/0/delta/content", True),
        ("/choices/3/delta/tool_calls/0/function/arguments", True),
        ("/choices/0/finish_reason", False),
        ("/object", False),
        ("/obfuscation", True),
    ],
)
def test_a_text_is_free_if_no_schema_looks_at_it(pointer: str, *, is_free: bool) -> None:
    assert is_free_text(document(), _CHUNK, pointer) is is_free


def _streams() -> Iterator[Exchange]:
    words = [chunk(piece(each)) for each in ("One", " two", ' "three"', "\n", " four")]
    yield streamed([beginning(), *words, ending()])
    yield streamed([PREAMBLE, beginning(), *words, FILTER_NOTE, *words, ending(), FILTER_NOTE, *words])
    yield streamed([beginning(), *words, *({**each, "created": 7} for each in words), ending()])
    yield streamed([beginning(), *({**each, "extra": 1, "usage": usage()} for each in words), ending()])
    yield streamed([beginning(), *words, ending(), *words, ending(finish_reason="length")])
    yield streamed([chunk(piece(each, index)) for each in "abcde" for index in (0, 1)])
    yield streamed([*words, {"error": {"message": "It broke."}}, *words])
    yield streamed([beginning(), *words, "{", ending()], complete=False)
    yield streamed([chunk(piece(each, role="user")) for each in "abc"] + [chunk(piece(1)), ending()])
    yield streamed(b"\xef\xbb\xbf" + written([beginning(), *words, ending()]).replace(b"\n", b"\r\n"))
    yield streamed(b"odd: 1\n\nbad\n\n" + written(words) + b'data: \xff\n\n{"error": {"message": "x"}}\n')
    calls = [chunk(piece(tool_calls=[fragment(0, each)])) for each in ('{"a', '":', "1}")]
    yield streamed([beginning(), chunk(piece(tool_calls=[opening()])), *calls, ending(0, "tool_calls")])
    texts = [text_chunk(text_choice(each, finish_reason=None)) for each in ("a", "b", "c", "")]
    yield streamed([*texts, text_chunk(text_choice("d"))], kind="completions")


EXAMPLES: list[Example] = [*examples_streams.EXAMPLES, *examples_calls.EXAMPLES]


def test_sharing_forms_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    exchanges = [*_streams(), *filter(_is_stream, (each.failing for each in EXAMPLES))]
    shared = [verdicts(each) for each in exchanges]
    monkeypatch.setattr(event_forms, "_LONGEST_SHARED", -1)
    apart = [verdicts(each) for each in map(_again, exchanges)]
    for one, other in zip(shared, apart, strict=True):
        assert one == other


def _is_stream(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.events is not None


def _again(exchange: Exchange) -> Exchange:
    """Return the exchange with a response of which nothing is known yet."""
    response = exchange.response
    assert response is not None
    bare = Response(**{each.name: getattr(response, each.name) for each in fields(Response)})
    return Exchange(exchange.case, exchange.request, bare)


def test_further_chunks_of_a_form_cost_few_calls(
    count_calls: Callable[[], AbstractContextManager[Any]],
) -> None:
    def cost(length: int) -> int:
        exchange = streamed([beginning(), *(chunk(piece(f"word {at}")) for at in range(length)), ending()])
        with count_calls() as work:
            verdicts(exchange)
        return int(work.calls)

    cost(10)
    assert cost(1010) - cost(10) < 80 * 1000
