"""Faults of spoken chat responses, whole and streamed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from aoai_emulator.content.sound_encoding import MEDIA_TYPES, encode
from aoai_emulator.content.voice_sound import BYTES_A_SAMPLE, RATE, speak
from aoai_emulator.faults.conditions import choices_of, integer_in, object_in
from aoai_emulator.faults.edits import (
    compute,
    format_text,
    map_text,
    map_value,
    multiply,
    remove,
    set_to,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

_DOCUMENT = "azure-openai@2025-01-01-preview"
AUDIO = Topic("audio_output", document=_DOCUMENT)
STREAMED = Topic("streamed_speech", document=_DOCUMENT)
_AUDIO = "chat.response /choices/*/message/audio"
_DELTA = "chat.chunks /choices/*/delta"


def _format(request: AcceptedRequest) -> str:
    return str(object_in(request.fields, "audio").get("format", "wav"))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _encode_otherwise(request: AcceptedRequest) -> str:
    return _base64(encode(speak("Other.", "alloy", 1.0, 0), "flac" if _format(request) == "wav" else "wav"))


def _encode_silence(request: AcceptedRequest) -> str:
    asked = _format(request)
    known = asked if asked in MEDIA_TYPES else "pcm" if asked == "pcm16" else "wav"
    return _base64(encode(bytes(RATE * BYTES_A_SAMPLE), known))


# fmt: off
AUDIO.edit("chat-audio-wrong-format", "The audio has another format than requested.", at=f"{_AUDIO}/data",
    edit=compute(lambda place: _encode_otherwise(place.request)))
AUDIO.edit("chat-audio-without-transcript", "The audio lacks `transcript`.", at=f"{_AUDIO}/transcript",
    edit=remove)
AUDIO.edit("chat-audio-transcript-empty", "The transcript of the audio is empty.", at=f"{_AUDIO}/transcript",
    edit=set_to(""))
AUDIO.edit("chat-audio-expired", "The audio expires before it was created.", at=f"{_AUDIO}/expires_at",
    edit=compute(lambda place: integer_in(place.body, "created") - 60))
AUDIO.edit("chat-audio-expires-in-milliseconds", "`expires_at` of the audio is in milliseconds.",
    at=f"{_AUDIO}/expires_at", edit=multiply(1000))
AUDIO.edit("chat-audio-not-base64", "The data of the audio is not base64.", at=f"{_AUDIO}/data",
    edit=map_text(lambda data: "*" + data[1:]))
AUDIO.edit("chat-audio-empty", "The data of the audio is empty.", at=f"{_AUDIO}/data", edit=set_to(""))
AUDIO.edit("chat-audio-silent", "The audio is valid, but silent.", at=f"{_AUDIO}/data",
    edit=compute(lambda place: _encode_silence(place.request)))
AUDIO.edit("chat-audio-as-data-url", "The data of the audio is a data URL instead of base64.",
    at=f"{_AUDIO}/data", edit=format_text("data:audio/wav;base64,{value}"))
AUDIO.edit("chat-audio-id-empty", "`id` of the audio is empty.", at=f"{_AUDIO}/id", edit=set_to(""))
AUDIO.edit("chat-audio-missing", "The response is in text although audio was requested.",
    at="chat.response /choices/*/message[audio]/content",
    edit=compute(lambda place: object_in(place.holder, "audio").get("transcript")))
AUDIO.edit("chat-audio-missing", at="chat.response /choices/*/message/audio", edit=remove)
AUDIO.edit("chat-audio-text-differs", "The content of a message is another text than its audio.",
    at="chat.response /choices/*/message[audio]/content", edit=set_to("Something else."))
AUDIO.edit("chat-audio-streamed-as-text", "A stream is in text although audio was requested.",
    at="chat.chunks /choices/*[delta.audio]/delta",
    edit=map_value(lambda delta: {"content": object_in(delta, "audio").get("transcript", "")}))
AUDIO.edit("chat-audio-streamed-as-data-url", "Each piece of streamed audio is a data URL.",
    at=f"{_DELTA}/audio/data", edit=format_text("data:audio/wav;base64,{value}"))
AUDIO.edit("chat-audio-streamed-under-other-ids", "Each piece of streamed audio has another `id`.",
    at=f"{_DELTA}/audio/id", edit=format_text("{value}{chunk}"))
AUDIO.edit("chat-audio-streamed-without-words", "Streamed audio has no transcript.",
    at=f"{_DELTA}/audio/transcript", edit=remove)
AUDIO.accept("chat-audio-without-voice-accepted", "A request for audio without voice and format is accepted.",
    at="chat.relations audio")
# fmt: on


def _is_text(request: AcceptedRequest) -> bool:
    return "audio" not in request.fields.get("modalities", ())


def _recording(body: JsonObject) -> JsonObject:
    """Return audio that could be part of a response."""
    return {
        "id": "audio_unasked",
        "expires_at": integer_in(body, "created") + 3600,
        "data": _base64(encode(speak("Hi.", "alloy", 1.0, 0), "wav")),
        "transcript": "Hi.",
    }


def _first_samples() -> str:
    return _base64(encode(speak("Hm.", "alloy", 1.0, 0)[: RATE // 50 * BYTES_A_SAMPLE], "wav"))


# fmt: off
STREAMED.edit("chat-audio-streamed-without-end", "Streamed audio lacks `expires_at`.",
    at=f"{_DELTA}/audio/expires_at", edit=remove)
STREAMED.edit("chat-audio-streamed-expired", "Streamed audio expires before it was created.",
    at=f"{_DELTA}/audio[expires_at]/expires_at",
    edit=compute(lambda place: integer_in(place.body, "created") - 60))
STREAMED.edit("chat-audio-streamed-without-id", "No piece of streamed audio has an `id`.",
    at=f"{_DELTA}/audio/id", edit=remove)
STREAMED.edit("chat-audio-streamed-text-differs",
    "Streamed audio comes with another text than its transcript.", at=f"{_DELTA}[audio.expires_at]/content",
    edit=set_to("Something else."))
STREAMED.edit("chat-audio-in-part", "The audio ends after 20 milliseconds, within its first word.",
    at="chat.response /choices/*/message[audio]/audio/data", edit=compute(lambda _: _first_samples()),
    when=lambda request: object_in(request.fields, "audio").get("format") == "wav")
STREAMED.edit("chat-audio-unasked", "A response has audio although only text was requested.",
    at="chat.response /choices/*/message/audio", edit=compute(lambda place: _recording(place.body)),
    when=_is_text)
STREAMED.edit("chat-audio-unasked", at=f"{_DELTA}[content]/audio",
    edit=compute(lambda place: {"id": "audio_unasked", "transcript": place.holder["content"]}), when=_is_text)
# fmt: on


@STREAMED.code("chat-audio-streamed-odd", at="chat.chunks")
def lose_half_a_sample(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """Streamed audio lacks its last byte, so it ends within a sample."""
    return _map_samples(chunks, lambda content: content[:-1])


@STREAMED.code("chat-audio-streamed-in-a-file", at="chat.chunks")
def wrap_samples(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """Streamed audio is a WAV file instead of bare samples."""
    return _map_samples(chunks, lambda content: encode(content, "wav"))


@STREAMED.code("chat-audio-streamed-silent", at="chat.chunks")
def stream_silence(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """Streamed audio is silent."""
    return _map_samples(chunks, lambda content: bytes(len(content)))


@STREAMED.code("chat-audio-streamed-in-part", at="chat.chunks")
def stream_beginning(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """Streamed audio ends after 20 milliseconds, within its first word."""
    return _map_samples(chunks, lambda content: content[: RATE // 50 * BYTES_A_SAMPLE])


def _map_samples(chunks: Iterator[JsonObject], function: Callable[[bytes], bytes]) -> Iterator[JsonObject]:
    """Replace all samples of each choice; the first piece gets the result, the others are empty."""
    held = list(chunks)
    pieces: dict[object, list[JsonObject]] = {}
    for chunk in held:
        for choice in choices_of(chunk):
            audio = object_in(choice, "delta", "audio")
            if "data" in audio:
                pieces.setdefault(choice.get("index"), []).append(audio)
    for first, *others in pieces.values():
        content = base64.b64decode("".join(str(each["data"]) for each in (first, *others)))
        first["data"] = _base64(function(content))
        for each in others:
            each["data"] = ""
    yield from held
