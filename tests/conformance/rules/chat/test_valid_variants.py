"""Valid variants of the usual responses: no rule reports them at must or should."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from chat_by_hand import (
    CHUNKS,
    COLOUR,
    CREATED,
    FILTER_NOTE,
    PREAMBLE,
    SAFE,
    beginning,
    body,
    call,
    calling,
    calls_streamed,
    choice,
    chunk,
    completion,
    dated,
    ending,
    fragment,
    levels,
    named,
    opening,
    piece,
    plain,
    reported,
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

from aoai_conformance.exchange import Exchange
from claims import holds_for_each

USED = chunk(usage=usage())
ASKED = {"stream_options": {"include_usage": True}}
NULLED = tuple({**each, "usage": None} for each in CHUNKS)
BYTES = written(CHUNKS)
OFFERED = {"tools": [tool("look"), tool("paint", COLOUR)]}


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name not in names}


def pretty(chunks: Iterable[Any]) -> bytes:
    """Each event's JSON over several data lines."""
    events = [
        "".join(f"data: {line}\n" for line in json.dumps(each, indent=1).splitlines()) for each in chunks
    ]
    return ("\n".join(events) + "\ndata: [DONE]\n\n").encode()


def blocks(*, by_choice: bool) -> list[dict[str, Any]]:
    """Two choices, one after the other or chunk by chunk."""
    of_each = [[beginning(index), chunk(piece("Apple.", index)), ending(index)] for index in (0, 1)]
    if by_choice:
        return [each for listed in of_each for each in listed]
    return [each for pair in zip(*of_each, strict=True) for each in pair]


VARIANTS: dict[str, Exchange] = {
    "a clock that is half a day off": dated(plain(), "Sat, 26 Oct 2024 15:33:20 GMT"),
    "a date in another time zone": dated(plain(), "Sun, 27 Oct 2024 13:33:20 +1000"),
    "a date without a zone": dated(plain(), "Sun, 27 Oct 2024 03:33:20"),
    "a date that is none": dated(plain(), "yesterday"),
    "parts that make up all completion tokens": plain(
        body(
            usage=usage(
                9,
                3,
                completion_tokens_details={
                    "reasoning_tokens": 1,
                    "accepted_prediction_tokens": 1,
                    "rejected_prediction_tokens": 1,
                },
            )
        ),
        prediction={"type": "content", "content": "Apple."},
    ),
    "CR LF line ends": streamed(BYTES.replace(b"\n", b"\r\n")),
    "CR line ends": streamed(BYTES.replace(b"\n", b"\r")),
    "comments between events": streamed(BYTES.replace(b"data:", b": ping\n\ndata:")),
    "a comment inside an event": streamed(BYTES.replace(b"data:", b":x\ndata:")),
    "a comment after [DONE]": streamed(BYTES + b": bye\n\n"),
    "no space after data": streamed(BYTES.replace(b"data: ", b"data:")),
    "ids and retry": streamed(BYTES.replace(b"data:", b"id: 7\nretry: 100\ndata:")),
    "an event named message": streamed(BYTES.replace(b"data:", b"event: message\ndata:")),
    "several blank lines": streamed(BYTES.replace(b"\n\n", b"\n\n\n\n")),
    "a byte order mark": streamed(b"\xef\xbb\xbf" + BYTES),
    "JSON over several data lines": streamed(pretty(CHUNKS)),
    "characters beyond ASCII, escaped": streamed(
        written([beginning(), chunk(piece("\N{EURO SIGN}\N{GRINNING FACE}")), ending()])
    ),
    "content type in capitals": streamed(content_type="Text/Event-Stream;charset=UTF-8"),
    "the preamble of prompt filter results": streamed([PREAMBLE, *CHUNKS]),
    "the preamble under its old name": streamed(
        [{**without(PREAMBLE, "prompt_filter_results"), "prompt_annotations": [], "usage": None}, *CHUNKS]
    ),
    "filter results in the first chunk of the model": streamed(
        [
            {**CHUNKS[0], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]},
            *CHUNKS[1:],
        ]
    ),
    "notes of the asynchronous filter": streamed(
        [PREAMBLE, *CHUNKS[:3], FILTER_NOTE, CHUNKS[3], FILTER_NOTE]
    ),
    "a note with an empty delta": streamed(
        [*CHUNKS[:3], {**FILTER_NOTE, "choices": [{**FILTER_NOTE["choices"][0], "delta": {}}]}, CHUNKS[3]]
    ),
    "a note after the usage": streamed([*NULLED, USED, FILTER_NOTE], **ASKED),
    "filter results in chunks": streamed(
        [
            chunk(piece("", role="assistant", content_filter_results={})),
            chunk(piece("Apple.", content_filter_results=SAFE)),
            chunk(piece(None, 0, "stop", content_filter_results={})),
        ]
    ),
    "usage null in every chunk": streamed(NULLED),
    "usage in its own chunk, absent elsewhere": streamed([*CHUNKS, USED], **ASKED),
    "usage in the chunk of the end": streamed([*NULLED[:3], {**NULLED[3], "usage": usage()}], **ASKED),
    "usage in the chunk of the end, unasked": streamed([*CHUNKS[:3], {**CHUNKS[3], "usage": usage()}]),
    "empty deltas": streamed([*CHUNKS[:2], chunk(piece()), CHUNKS[2], chunk(piece("")), CHUNKS[3]]),
    "deltas with null content": streamed(
        [*CHUNKS[:2], chunk(piece(content=None, refusal=None)), *CHUNKS[2:]]
    ),
    "deltas with content null": streamed(
        [*CHUNKS[:2], {**CHUNKS[2], "choices": [{**piece(), "delta": {"content": None}}]}, CHUNKS[3]]
    ),
    "the role repeated": streamed(
        [chunk(piece(each, role="assistant")) for each in ("", "Apple,", " pear.")] + [ending()]
    ),
    "the role in the chunk of the end": streamed([chunk(piece(None, 0, "stop", role="assistant"))]),
    "an empty chunk first": streamed([chunk(piece()), *CHUNKS]),
    "text in the chunk of the end": streamed([beginning(), chunk(piece("Apple.", 0, "stop"))]),
    "the whole answer in one chunk": streamed([chunk(piece("Apple.", 0, "stop", role="assistant"))]),
    "an empty answer": streamed([beginning(), ending()]),
    "an empty answer, cut by its limit": streamed([beginning(), ending(0, "length")], max_tokens=1),
    "n choices in blocks": streamed(blocks(by_choice=True), n=2),
    "n choices interleaved": streamed(blocks(by_choice=False), n=2),
    "n choices in one chunk": streamed(
        [
            chunk(*(piece("Apple", index, role="assistant") for index in (0, 1))),
            chunk(*(piece(None, index, "stop") for index in (1, 0))),
        ],
        n=2,
    ),
    "fingerprint absent or null": streamed(
        [without(CHUNKS[0], "system_fingerprint"), {**CHUNKS[1], "system_fingerprint": None}, *CHUNKS[2:]]
    ),
    "logprobs null in chunks": streamed(
        [chunk(piece("", role="assistant", logprobs=None)), chunk(piece("A.", logprobs=None)), ending()]
    ),
    "probabilities chunk by chunk": streamed(
        [
            chunk(piece("", role="assistant", logprobs=None)),
            chunk(piece("Apple", logprobs={"content": [token("Ap"), token("ple")], "refusal": None})),
            chunk(piece(".", logprobs={"content": [token(".")], "refusal": None})),
            ending(),
        ],
        logprobs=True,
    ),
    "several tool fragments in a chunk": calls_streamed([opening(0), fragment(0, "{"), fragment(0, "}")]),
    "tool calls whole in one fragment": calls_streamed(opening(arguments="{}")),
    "tool calls interleaved": calls_streamed(
        opening(0),
        opening(1, id="call_2"),
        fragment(0, "{"),
        fragment(1, "{"),
        fragment(1, "}"),
        fragment(0, "}"),
    ),
    "fragments that repeat id and type": calls_streamed(
        opening(), {"index": 0, "id": "call_1", "type": "function", "function": {"arguments": "{}"}}
    ),
    "fragments with null id and name": calls_streamed(
        opening(), {"index": 0, "id": None, "function": {"name": None, "arguments": "{}"}}
    ),
    "an index written 0.0": calls_streamed({**opening(arguments="{}"), "index": 0.0}),
    "content before tool calls": streamed(
        [
            *CHUNKS[:3],
            chunk(piece(None, tool_calls=[opening(arguments="{}")])),
            ending(0, "tool_calls"),
        ],
        **OFFERED,
    ),
    "an empty list of tool calls in deltas": streamed(
        [beginning(), chunk(piece("Apple.", tool_calls=[])), ending()]
    ),
    "a refusal in deltas": streamed(
        [beginning(), chunk(piece(None, refusal="I can")), chunk(piece(None, refusal="not.")), ending()]
    ),
    "an error of the load in mid-stream": streamed(
        [PREAMBLE, *CHUNKS[:2], {"error": {"code": "429", "message": "exceeded token rate limit"}}],
        done=False,
    ),
    "a stream of completions": streamed(
        [
            text_chunk(text_choice(" ap", finish_reason=None)),
            text_chunk(text_choice("ple.", finish_reason=None)),
            text_chunk(text_choice("", finish_reason="stop")),
        ],
        kind="completions",
    ),
    "completions that end with their last text, and usage": streamed(
        [
            text_chunk(text_choice(" apple.", finish_reason="stop"), usage=None),
            text_chunk(usage=usage()),
        ],
        kind="completions",
        **ASKED,
    ),
    "integers written 1.0": plain(
        body(
            choice(index=0.0, logprobs=None),
            created=float(CREATED),
            usage={"prompt_tokens": 9.0, "completion_tokens": 3.0, "total_tokens": 12.0},
        )
    ),
    "unknown fields everywhere": plain(
        body(choice(annotations=[], content_filter_results={**SAFE, "custom": {"filtered": False}}), tier="x")
    ),
    "null in place of optional fields": plain(
        body(
            choice(tool_calls=None, function_call=None, context=None),
            usage=None,
            system_fingerprint=None,
            prompt_filter_results=None,
        )
    ),
    "null filter categories": plain(
        body(choice(content_filter_results={**SAFE, "profanity": None, "error": None}))
    ),
    "no optional field at all": plain(without(body(), "usage", "system_fingerprint")),
    "white space in the body": plain(json.dumps(body(), indent=4).encode() + b"\n\n"),
    "a filtered choice without content": plain(
        body({**choice(finish_reason="content_filter"), "message": {"role": "assistant", "refusal": None}})
    ),
    "a filtered choice with a part of its text": plain(
        body(choice("An app", finish_reason="content_filter")), logprobs=True
    ),
    "an empty text": plain(body(choice("", finish_reason="length"), usage=usage(9, 16)), max_tokens=16),
    "reasoning that used up the limit": plain(
        body(
            choice("", finish_reason="length"),
            usage=usage(9, 16, completion_tokens_details={"reasoning_tokens": 16}),
        ),
        max_completion_tokens=16,
    ),
    "length exactly at the limit": plain(
        body(choice("Apple, pear and", finish_reason="length"), usage=usage(9, 16)), max_tokens=16
    ),
    "length for a full context": plain(
        body(choice("Apple, pear and", finish_reason="length"), usage=usage(4000, 96)), max_tokens=200
    ),
    "a natural end at the limit": plain(body(choice("Apple, pear.")), max_tokens=3),
    "a stop sequence at the limit": plain(body(choice("Apple, pear and")), max_tokens=3, stop=["\n"]),
    "fewer tokens than the limit": plain(max_tokens=4000),
    "zero tokens of text": plain(body(choice(""), usage=usage(9, 0))),
    "stop sequences that never came": plain(stop=["plum", "fig", "\n\n", "###"]),
    "an empty stop sequence": plain(stop=""),
    "stop for a named tool": plain(
        body(calling(call("look"), finish_reason="stop")), tool_choice=named("look"), **OFFERED
    ),
    "tool_calls for a named tool": plain(body(calling(call("look"))), tool_choice=named("look"), **OFFERED),
    "text beside tool calls": plain(
        body(
            {
                **calling(call("paint", {"colour": "red"})),
                "message": {
                    "role": "assistant",
                    "content": "I paint it.",
                    "refusal": None,
                    "tool_calls": [call("paint", {"colour": "red"})],
                },
            }
        ),
        **OFFERED,
    ),
    "a call cut by the limit": plain(
        body(calling(call("paint", '{"colour'), finish_reason="length")), max_tokens=3, **OFFERED
    ),
    "no call where one is only possible": plain(body(choice()), tool_choice="auto", **OFFERED),
    "a required call refused": plain(
        body(choice(None, refusal="I cannot.")), tool_choice="required", **OFFERED
    ),
    "two calls of one function": plain(body(calling(call(), call(id="call_2"))), **OFFERED),
    "empty arguments for a function without parameters": plain(body(calling(call(arguments=""))), **OFFERED),
    "parameters whose schema is none": plain(
        body(calling(call("odd", {"a": 1}))), tools=[tool("odd", {"type": "thing"}, strict=True)]
    ),
    "parameters that refer to what they lack": plain(
        body(calling(call("odd", {"a": 1}))),
        tools=[tool("odd", {"$ref": "https://example.com/x"}, strict=True)],
    ),
    "JSON cut by the limit": plain(
        body(choice('{"fruits": ["app', finish_reason="length")),
        max_tokens=3,
        response_format={"type": "json_object"},
    ),
    "JSON cut by a stop sequence": plain(
        body(choice('{"fruits": ')), stop=["["], response_format={"type": "json_object"}
    ),
    "JSON refused": plain(body(choice(None, refusal="I cannot.")), response_format=schema_format()),
    "a call in JSON mode": plain(body(calling()), response_format=schema_format(), **OFFERED),
    "probabilities that run on into the stop sequence": plain(
        body(scored(token("Apple"), token(".\n"), content="Apple.")), logprobs=True, stop=["\n"]
    ),
    "no bytes for a special token": plain(
        body(scored(token("Apple."), token("", bytes=None))), logprobs=True
    ),
    "the empty list of alternatives": plain(body(scored(token("Apple."))), logprobs=True, top_logprobs=0),
    "fewer alternatives than asked": plain(
        body(scored(token("Apple.", -0.5, [("Apple.", -0.5)]))), logprobs=True, top_logprobs=5
    ),
    "very unlikely tokens": plain(body(scored(token("Apple.", -9999.0))), logprobs=True),
    "no probabilities for a call": plain(body(calling()), logprobs=True, **OFFERED),
    "probabilities of a refusal": plain(
        body(choice(None, refusal="No.", logprobs={"content": None, "refusal": [token("No.")]})),
        logprobs=True,
    ),
    "n null": plain(n=None),
    "a seed without fingerprint": plain(without(body(), "system_fingerprint"), seed=3),
    "a completion": plain(completion(), kind="completions"),
}


def test_no_rule_reports_a_valid_variant() -> None:
    def unreported(name: str) -> None:
        found = {rule: each for rule, each in levels(VARIANTS[name]).items() if each != {"may"}}
        assert found == {}, reported(VARIANTS[name])

    holds_for_each(VARIANTS, unreported, str)


def test_no_probe_raises_on_a_valid_variant() -> None:
    def unraised(name: str) -> None:
        assert [each.note for each in verdicts(VARIANTS[name]) if "The probe raised" in each.note] == []

    holds_for_each(VARIANTS, unraised, str)


def test_a_success_for_an_invalid_request_is_one_defect() -> None:
    wrongly_taken = plain(
        expect="reject", n=7, max_tokens=1, stop=["Apple"], tool_choice="required", **OFFERED
    )
    assert reported(wrongly_taken).keys() == {"BOUNDARY-001"}


def test_a_function_called_outside_the_offered_tools_is_one_defect() -> None:
    both = calling(call("look"), function_call={"name": "look", "arguments": "{}"})
    assert reported(plain(body(both), **OFFERED)).keys() == {"FUNCTION-003"}


def test_there_are_many_variants() -> None:
    assert len(VARIANTS) >= 80
