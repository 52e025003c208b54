"""Speech, spoken answers of a chat, and answers from data sources."""

from __future__ import annotations

import base64
import io
import json
import math
import struct
import wave
from dataclasses import replace
from functools import cache
from typing import Any

from flows_by_hand import NOW, FlowExample, Sent

PREVIEW = "azure-openai@2025-01-01-preview"
_RATE = 24_000
#: Judged alone, under a kind of scenario that no rule is about.
_N = "none"


@cache
def samples(seconds: float, volume: float = 0.5) -> bytes:
    count = int(seconds * _RATE)
    loudest = volume * 32767
    return struct.pack(f"<{count}h", *(int(loudest * math.sin(place / 20)) for place in range(count)))


def wav(seconds: float = 1.0, volume: float = 0.5) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples(seconds, volume))
    return held.getvalue()


def mp3(seconds: float = 1.0) -> bytes:
    import av

    held = io.BytesIO()
    with av.open(held, "w", format="mp3") as file:
        stream = file.add_stream("libmp3lame", rate=_RATE)
        frame = av.AudioFrame(format="s16", layout="mono", samples=int(seconds * _RATE))
        frame.planes[0].update(samples(seconds))
        frame.sample_rate = _RATE
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=_RATE)
        for each in resampler.resample(frame):
            file.mux(stream.encode(each))
        file.mux(stream.encode(None))
    return held.getvalue()


TEXT = "The quick brown fox jumps over the lazy dog."


def spoken(content: bytes, format_: str | None, media_type: str, **more: Any) -> Sent:
    asked = {} if format_ is None else {"response_format": format_}
    sent = {"model": "tts", "input": TEXT, "voice": "alloy", **asked, **more.pop("sent", {})}
    return Sent("speech", content, sent=sent, content_type=media_type, document=PREVIEW, **more)


MP3, WAV = mp3(), wav()
READ = [spoken(MP3, None, "audio/mpeg")]
READ_WAV = [spoken(WAV, "wav", "audio/wav")]
READ_PCM = [spoken(samples(1.0), "pcm", "audio/pcm")]
READ_LOW = [spoken(b"\xff\xff" + samples(1.0), "pcm", "audio/pcm")]
SPEEDS = [spoken(wav(2.0), "wav", "audio/wav"), spoken(wav(1.0), "wav", "audio/wav", sent={"speed": 2})]
SPEECH_EXAMPLES = [
    FlowExample("SPEECH-001", "mp3 is the default", _N, READ, 0, {"answer": WAV}, "container"),
    FlowExample("SPEECH-001", "it is a sound", _N, READ, 0, {"answer": b"words, words"}, "no sound"),
    FlowExample("SPEECH-001", "pcm is raw", _N, READ_PCM, 0, {"answer": WAV}, "container"),
    FlowExample("SPEECH-002", "there is a sound", _N, READ, 0, {"answer": b""}, "empty"),
    FlowExample("SPEECH-002", "to its end", _N, READ_WAV, 0, {"answer": WAV[: len(WAV) // 2]}, "broken"),
    FlowExample(
        "SPEECH-004", "aloud from below 0 on", _N, READ_LOW, 0, {"answer": b"\xff\xff" + samples(1.0, 0.0)}
    ),
    FlowExample("SPEECH-002", "in whole samples", _N, READ_PCM, 0, {"answer": samples(1.0)[:-1]}, "broken"),
    FlowExample("SPEECH-003", "called a sound", _N, READ, 0, {"content_type": "text/plain"}, "none"),
    FlowExample("SPEECH-003", "of its kind", _N, READ, 0, {"content_type": "audio/wav"}, "another format"),
    FlowExample("SPEECH-004", "not in silence", _N, READ_WAV, 0, {"answer": wav(1.0, 0.0)}),
    FlowExample("SPEECH-005", "not in no time", _N, READ_WAV, 0, {"answer": wav(0.02)}),
    FlowExample("SPEECH-PAIR-001", "faster", "speech.speed", SPEEDS, 1, {"answer": wav(2.0)}),
    FlowExample("SPEECH-PAIR-003", "to the end", "speech.speed", SPEEDS, 1, {"answer": wav(0.3)}),
    FlowExample("SPEECH-PAIR-002", "longer", "speech.texts", SPEEDS[::-1], 1, {"answer": wav(1.0)}),
]


def chat(**audio: Any) -> dict[str, Any]:
    recording = {
        "id": "audio-1",
        "expires_at": NOW + 3600,
        "data": base64.b64encode(WAV).decode(),
        "transcript": "Hi.",
        **audio,
    }
    message = {"role": "assistant", "content": None, "refusal": None, "audio": recording}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": NOW,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 9, "total_tokens": 10},
    }


ANSWERED = [
    Sent(
        "chat",
        chat(),
        sent={
            "messages": [{"role": "user", "content": "Say hi."}],
            "modalities": ["text", "audio"],
            "audio": {"voice": "alloy", "format": "wav"},
        },
        document=PREVIEW,
    )
]
#: Where no format can be asked for, and the answer may name its own.
ANSWERED_THERE = [
    Sent(
        "chat",
        chat(format="wav"),
        sent={"messages": [{"role": "user", "content": "Say hi."}], "modalities": ["text", "audio"]},
        document="ai-model-inference@2025-04-01",
    )
]
CALLED_MP3 = [replace(ANSWERED_THERE[0], answer=chat(format="mp3", data=base64.b64encode(MP3).decode()))]
_AUDIO = "answer.choices.0.message.audio"
CHAT_AUDIO_EXAMPLES = [
    FlowExample("CHAT-AUDIO-001", "it speaks", _N, ANSWERED, 0, {_AUDIO: None}),
    FlowExample("CHAT-AUDIO-002", "in base64", _N, ANSWERED, 0, {f"{_AUDIO}.data": "%%%"}, "base64"),
    FlowExample(
        "CHAT-AUDIO-002",
        "in the format",
        _N,
        ANSWERED,
        0,
        {f"{_AUDIO}.data": base64.b64encode(MP3).decode()},
        "container",
    ),
    FlowExample(
        "CHAT-AUDIO-002",
        "to its end",
        _N,
        ANSWERED,
        0,
        {f"{_AUDIO}.data": base64.b64encode(WAV[:999]).decode()},
        "broken",
    ),
    FlowExample(
        "CHAT-AUDIO-006",
        "aloud",
        _N,
        ANSWERED,
        0,
        {f"{_AUDIO}.data": base64.b64encode(wav(1.0, 0.0)).decode()},
    ),
    FlowExample("CHAT-AUDIO-002", "called so", _N, ANSWERED_THERE, 0, {f"{_AUDIO}.format": "mp3"}, "called"),
    FlowExample(
        "CHAT-AUDIO-002",
        "whichever the server takes",
        _N,
        CALLED_MP3,
        0,
        {f"{_AUDIO}.data": base64.b64encode(WAV).decode()},
        "called",
    ),
    FlowExample("CHAT-AUDIO-003", "in words", _N, ANSWERED, 0, {f"{_AUDIO}.transcript": ""}, "transcript"),
    FlowExample("CHAT-AUDIO-003", "for a while", _N, ANSWERED, 0, {f"{_AUDIO}.expires_at": NOW - 9}, "order"),
    FlowExample("CHAT-AUDIO-003", "in seconds", _N, ANSWERED, 0, {f"{_AUDIO}.expires_at": 60}, "unit"),
    FlowExample("CHAT-AUDIO-004", "one text", _N, ANSWERED, 0, {"answer.choices.0.message.content": "Bye."}),
]


def spoken_stream(*deltas: dict[str, Any]) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": NOW, "model": "m"}
    chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return ("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n").encode()


_DETAILS = {"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 2}
CHAT_AUDIO_EXAMPLES.append(
    FlowExample(
        "PREDICTION-001",
        "nothing was predicted",
        _N,
        ANSWERED,
        0,
        {"answer.usage.completion_tokens_details": _DETAILS},
    )
)
_PIECE = {"id": "audio-1", "data": base64.b64encode(samples(0.1)).decode()}
SPOKEN_STREAM = [
    Sent(
        "chat",
        spoken_stream(
            {"role": "assistant", "audio": {**_PIECE, "transcript": "Hi.", "expires_at": NOW + 3600}}
        ),
        sent={**ANSWERED[0].sent, "audio": {"voice": "alloy", "format": "pcm16"}, "stream": True},
        content_type="text/event-stream",
        document=PREVIEW,
    )
]
CHAT_AUDIO_EXAMPLES.append(
    FlowExample(
        "CHAT-AUDIO-005",
        "in a stream too",
        _N,
        SPOKEN_STREAM,
        0,
        {"answer": spoken_stream({"role": "assistant", "content": "Hi."})},
    )
)

_IN_PIECES = (
    {"role": "assistant", "audio": {"id": "audio-1", "transcript": "Hi"}},
    {"audio": {"id": "audio-1", "transcript": " there."}},
    {"audio": {"id": "audio-1", "data": _PIECE["data"]}},
    {"audio": {"expires_at": NOW + 3600}},
)
SPOKEN_IN_PIECES = [Sent(**{**vars(SPOKEN_STREAM[0]), "answer": spoken_stream(*_IN_PIECES)})]


def other_piece(place: int, **audio: Any) -> dict[str, Any]:
    deltas = [*_IN_PIECES]
    deltas[place] = {"audio": audio}
    return {"answer": spoken_stream(*deltas)}


CHAT_AUDIO_EXAMPLES += [
    FlowExample("CHAT-AUDIO-007", claim, _N, SPOKEN_IN_PIECES, 0, change, reason)
    for claim, change, reason in (
        ("one id", other_piece(1, id="audio-2", transcript="there."), "id"),
        ("an id that names", other_piece(1, id="", transcript="there."), "id"),
        ("sound in base64", other_piece(2, id="audio-1", data="data:audio/wav;base64,AA=="), "base64"),
        ("sound at all", other_piece(2, id="audio-1"), "no sound"),
        ("an end in seconds", other_piece(3, expires_at=NOW * 1000), "unit"),
        ("words", {"answer": spoken_stream(_IN_PIECES[2])}, "no words"),
    )
]

EXAMPLES = [*SPEECH_EXAMPLES, *CHAT_AUDIO_EXAMPLES]
