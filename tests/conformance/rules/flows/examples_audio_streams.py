"""Spoken answers in a stream, unrequested sound, and the usage of sound and predictions."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from examples_audio import ANSWERED, PREVIEW, chat, samples, spoken_stream, wav
from flows_by_hand import NOW, FlowExample, Sent

#: Judged alone, under a kind of scenario that no rule is about.
_N = "none"
_ASKED = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}}
_SAY = {"messages": [{"role": "user", "content": "Say hi."}]}
_HEAR = {
    "messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA=="}}]}]
}
LONG = "It was a dark and stormy night, and nobody slept."


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def pieces(content: bytes = samples(0.5), said: str = "Hi there.", **end: Any) -> tuple[dict[str, Any], ...]:
    """The deltas of a spoken answer: words, sound in two pieces, and the end."""
    half = len(content) // 4 * 2
    return (
        {"role": "assistant", "audio": {"id": "audio-1", "transcript": said[:4]}},
        {"audio": {"id": "audio-1", "transcript": said[4:]}},
        {"audio": {"id": "audio-1", "data": coded(content[:half])}},
        {"audio": {"id": "audio-1", "data": coded(content[half:])}},
        {"audio": {"expires_at": NOW + 3600, **end}},
    )


def streamed(*deltas: dict[str, Any], finish: str = "stop", **asked: Any) -> Sent:
    answer = spoken_stream(*deltas).replace(
        b'"finish_reason": "stop"', f'"finish_reason": "{finish}"'.encode()
    )
    sent = {**_SAY, **_ASKED, **asked, "stream": True}
    return Sent("chat", answer, sent=sent, content_type="text/event-stream", document=PREVIEW)


IN_PIECES = [streamed(*pieces())]
LONG_PIECES = [streamed(*pieces(samples(3.0), LONG))]
CUT = wav(0.02)


def of_pieces(number: int, claim: str, reason: str, *deltas: dict[str, Any]) -> FlowExample:
    return FlowExample(
        f"CHAT-AUDIO-{number:03}", claim, _N, IN_PIECES, 0, {"answer": spoken_stream(*deltas)}, reason
    )


def nameless() -> tuple[dict[str, Any], ...]:
    return tuple(
        {**each, "audio": {name: held for name, held in each["audio"].items() if name != "id"}}
        for each in pieces()
    )


def costing(sent: dict[str, Any], answer: dict[str, Any] | None = None, **details: Any) -> Sent:
    """An answer with ten completion tokens and a breakdown of its usage."""
    body = answer or written()
    reported = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30, **details}
    return Sent("chat", {**body, "usage": reported}, sent=sent, document=PREVIEW)


def written(**message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "Hi there.", "refusal": None, **message}
    return {**chat(), "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, "message": said}]}


_PREDICTED = {**_SAY, "prediction": {"type": "content", "content": "Hi there."}}
_PARTS = "answer.usage.completion_tokens_details"
GUESSED = [
    costing(
        _PREDICTED,
        completion_tokens_details={
            "accepted_prediction_tokens": 6,
            "rejected_prediction_tokens": 4,
            "reasoning_tokens": 0,
            "audio_tokens": 0,
        },
    )
]
HEARD_AND_SAID = [
    costing(
        {**_HEAR, **_ASKED, "audio": {"voice": "alloy", "format": "wav"}},
        chat(),
        prompt_tokens_details={"audio_tokens": 8, "cached_tokens": 0},
        completion_tokens_details={"audio_tokens": 7, "reasoning_tokens": 2},
    )
]
WRITTEN = [
    costing(
        _SAY,
        prompt_tokens_details={"audio_tokens": 0, "cached_tokens": 0},
        completion_tokens_details={"audio_tokens": 0, "reasoning_tokens": 2},
    )
]
SPOKEN_LONG = [replace(ANSWERED[0], answer=chat(transcript=LONG))]

EXAMPLES = [
    of_pieces(8, "until when", "no expires_at", *pieces()[:-1]),
    of_pieces(8, "by which id", "no id", *nameless()),
    of_pieces(8, "not expired", "order", *pieces(expires_at=NOW - 9)),
    of_pieces(9, "whole samples", "odd", *pieces(samples(0.5)[:-1])),
    of_pieces(9, "bare samples", "container", *pieces(wav(0.5))),
    FlowExample(
        "CHAT-AUDIO-010",
        "one text",
        _N,
        [streamed(*pieces(), {"content": "Hi "}, {"content": "there."})],
        0,
        {"answer": spoken_stream(*pieces(), {"content": "Something else."})},
        "differs",
    ),
    of_pieces(11, "aloud", "silent", *pieces(bytes(24_000))),
    FlowExample(
        "CHAT-AUDIO-011",
        "to the last word",
        _N,
        LONG_PIECES,
        0,
        {"answer": spoken_stream(*pieces(samples(0.02), LONG))},
        "short",
    ),
    FlowExample(
        "CHAT-AUDIO-012",
        "to the last word",
        _N,
        SPOKEN_LONG,
        0,
        {"answer.choices.0.message.audio.data": coded(CUT)},
        "short",
    ),
    FlowExample(
        "CHAT-AUDIO-013",
        "text alone",
        _N,
        WRITTEN,
        0,
        {"answer.choices.0.message.audio": chat()["choices"][0]["message"]["audio"]},
        "unasked",
    ),
    FlowExample(
        "CHAT-AUDIO-013",
        "text alone in a stream",
        _N,
        [streamed({"role": "assistant", "content": "Hi."}, modalities=["text"])],
        0,
        {"answer": spoken_stream({"role": "assistant", "content": "Hi."}, *pieces()[2:4])},
        "unasked",
    ),
    FlowExample(
        "USAGE-008",
        "tokens of a prediction are completion tokens",
        _N,
        GUESSED,
        0,
        {f"{_PARTS}.rejected_prediction_tokens": 5},
        "predictions",
    ),
    FlowExample(
        "USAGE-008", "a token is of one part", _N, GUESSED, 0, {f"{_PARTS}.reasoning_tokens": 1}, "parts"
    ),
    FlowExample("USAGE-009", "no spoken tokens", _N, WRITTEN, 0, {f"{_PARTS}.audio_tokens": 1}, "unasked"),
    FlowExample(
        "USAGE-009",
        "no heard tokens",
        _N,
        WRITTEN,
        0,
        {"answer.usage.prompt_tokens_details.audio_tokens": 20},
        "unasked",
    ),
    FlowExample("USAGE-010", "spoken tokens", _N, HEARD_AND_SAID, 0, {f"{_PARTS}.audio_tokens": 0}, "zero"),
    FlowExample(
        "USAGE-010",
        "heard tokens",
        _N,
        HEARD_AND_SAID,
        0,
        {"answer.usage.prompt_tokens_details.audio_tokens": 0},
        "zero",
    ),
]

_JOINED = coded(samples(0.1))
#: Ways to be right that differ from the usual one, each of which no rule reports above a may.
LAWFUL: dict[str, Sent] = {
    "a recording in one piece": streamed(
        {
            "role": "assistant",
            "audio": {**pieces()[4]["audio"], "id": "audio-1", "data": _JOINED, "transcript": "Hi."},
        }
    ),
    "one base64 cut anywhere": streamed(
        *pieces()[:2],
        {"audio": {"id": "audio-1", "data": _JOINED[:7]}},
        {"audio": {"id": "audio-1", "data": _JOINED[7:]}},
        pieces()[4],
    ),
    "a sample cut in two": streamed(
        *pieces()[:2],
        {"audio": {"id": "audio-1", "data": coded(samples(0.1)[:999])}},
        {"audio": {"id": "audio-1", "data": coded(samples(0.1)[999:])}},
        pieces()[4],
    ),
    "samples that begin just below 0": streamed(*pieces(b"\xff\xff" + samples(0.5))),
    "no end where a limit cut the answer": streamed(*pieces()[:-1], finish="length"),
    "the transcript as content, too": streamed(*pieces(), {"content": "Hi "}, {"content": "there."}),
    "an empty content": streamed(*pieces(), {"content": ""}),
    "silence for a transcript of dots": streamed(*pieces(bytes(4800), "... ...")),
    "null for sound": Sent("chat", written(audio=None), sent=_SAY, document="ai-model-inference@2025-04-01"),
    "an empty object for sound": streamed(
        {"role": "assistant", "content": "Hi.", "audio": {}}, modalities=["text"]
    ),
    "audio tokens for an earlier answer": costing(
        {
            "messages": [
                *_SAY["messages"],
                {"role": "assistant", "audio": {"id": "audio-1"}},
                *_SAY["messages"],
            ]
        },
        prompt_tokens_details={"audio_tokens": 3, "cached_tokens": 0},
    ),
    "no breakdown": costing({**_HEAR, **_ASKED, "audio": {"voice": "alloy", "format": "wav"}}, chat()),
    "a prediction of which nothing came true": costing(
        _PREDICTED,
        completion_tokens_details={"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
    ),
    "a cached recording": costing(_HEAR, prompt_tokens_details={"audio_tokens": 8, "cached_tokens": 20}),
}
_ODD_PIECE = {"id": 7, "data": 7, "transcript": 7, "expires_at": "soon"}
#: Malformed answers: the schema's business, so that no rule of this kind passes or reports them.
SHAPELESS: dict[str, Sent] = {
    f"{name}, {form}": replace(sent, answer=answer)
    for form, sent in (("spoken", ANSWERED[0]), ("guessed", GUESSED[0]), ("written", WRITTEN[0]))
    for name, answer in (
        ("an empty object", {}),
        ("an empty list", []),
        ("a bare list", [chat()]),
        ("nothing", b""),
        ("no choices", {**chat(), "choices": []}),
        ("a choice without a message", {**chat(), "choices": [{}], "usage": {}}),
        ("null for the usage", {**chat(), "choices": [{"message": None}], "usage": None}),
        ("text for counts", {**chat(), "choices": [], "usage": dict.fromkeys(("completion_tokens",), "7")}),
    )
} | {
    "a stream of nothing": replace(IN_PIECES[0], answer=b"data: [DONE]\n\n"),
    "a stream of empty objects": replace(IN_PIECES[0], answer=b"data: {}\n\ndata: [DONE]\n\n"),
    "a stream of lists": replace(IN_PIECES[0], answer=f"data: {json.dumps([{}])}\n\n".encode()),
    "a stream without a byte": replace(IN_PIECES[0], answer=b""),
    "pieces of other types": streamed({"role": "assistant", "audio": _ODD_PIECE}, finish="length"),
}
