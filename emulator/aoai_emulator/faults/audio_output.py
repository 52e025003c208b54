"""Faults of spoken chat answers: the recording, its transcript, its id and how long it lasts."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.anatomy import choices_of, number_of, part_of
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.media.sound_encoding import MEDIA_TYPES, encode
from aoai_emulator.media.voice_sound import BYTES_A_SAMPLE, RATE, speak

DOCUMENT = "azure-openai@2025-01-01-preview"
CHAT = frozenset({"chat"})


def _each(body: JsonObject, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the audio of every message that has some."""
    for choice in choices_of(body):
        message = choice.get("message")
        if isinstance(message, dict) and isinstance(message.get("audio"), dict):
            change(message["audio"])


@answer_fault("chat-audio-wrong-format", operations=CHAT, document=DOCUMENT)
def encode_otherwise(body: JsonObject, request: AcceptedRequest) -> None:
    """The recording has another format than the one asked for."""
    asked = (request.fields.get("audio") or {}).get("format", "wav")
    other = "flac" if asked == "wav" else "wav"
    content = base64.b64encode(encode(speak("Other.", "alloy", 1.0, 0), other)).decode()
    _each(body, lambda audio: audio.update(data=content))


@answer_fault("chat-audio-without-transcript", operations=CHAT, document=DOCUMENT)
def drop_transcript(body: JsonObject, request: AcceptedRequest) -> None:
    """A spoken answer comes without its transcript."""
    del request
    _each(body, lambda audio: audio.pop("transcript", None))


@answer_fault("chat-audio-transcript-empty", operations=CHAT, document=DOCUMENT)
def empty_transcript(body: JsonObject, request: AcceptedRequest) -> None:
    """The transcript of a spoken answer is empty."""
    del request
    _each(body, lambda audio: audio.update(transcript=""))


@answer_fault("chat-audio-expired", operations=CHAT, document=DOCUMENT)
def expire_before(body: JsonObject, request: AcceptedRequest) -> None:
    """A spoken answer has expired before it was made."""
    del request
    _each(body, lambda audio: audio.update(expires_at=number_of(body, "created") - 60))


@answer_fault("chat-audio-expires-in-milliseconds", operations=CHAT, document=DOCUMENT)
def expire_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The time at which a spoken answer expires is in milliseconds."""
    del request
    _each(body, lambda audio: audio.update(expires_at=number_of(audio, "expires_at") * 1000))


@answer_fault("chat-audio-not-base64", operations=CHAT, document=DOCUMENT)
def spoil_encoding(body: JsonObject, request: AcceptedRequest) -> None:
    """The recording is no base64."""
    del request
    _each(body, lambda audio: audio.update(data="*" + str(audio.get("data"))[1:]))


@answer_fault("chat-audio-empty", operations=CHAT, document=DOCUMENT)
def say_nothing(body: JsonObject, request: AcceptedRequest) -> None:
    """The recording holds nothing."""
    del request
    _each(body, lambda audio: audio.update(data=""))


@answer_fault("chat-audio-silent", operations=CHAT, document=DOCUMENT)
def speak_in_silence(body: JsonObject, request: AcceptedRequest) -> None:
    """The recording is whole, but nothing is to be heard in it."""
    asked = (request.fields.get("audio") or {}).get("format", "wav")
    known = asked if asked in MEDIA_TYPES else "pcm" if asked == "pcm16" else "wav"
    content = base64.b64encode(encode(bytes(RATE * BYTES_A_SAMPLE), known)).decode()
    _each(body, lambda audio: audio.update(data=content))


@answer_fault("chat-audio-as-data-url", operations=CHAT, document=DOCUMENT)
def wrap_in_url(body: JsonObject, request: AcceptedRequest) -> None:
    """The recording is a data URL instead of bare base64."""
    del request
    _each(body, lambda audio: audio.update(data=f"data:audio/wav;base64,{audio.get('data')}"))


@answer_fault("chat-audio-id-empty", operations=CHAT, document=DOCUMENT)
def empty_id(body: JsonObject, request: AcceptedRequest) -> None:
    """The id by which a spoken answer can be spoken of is empty."""
    del request
    _each(body, lambda audio: audio.update(id=""))


@answer_fault("chat-audio-missing", operations=CHAT, document=DOCUMENT)
def stay_silent(body: JsonObject, request: AcceptedRequest) -> None:
    """An answer in text comes where a spoken one was asked for."""
    del request
    for choice in choices_of(body):
        message = choice.get("message")
        if isinstance(message, dict) and "audio" in message:
            message["content"] = part_of(message, "audio").get("transcript")
            del message["audio"]


@answer_fault("chat-audio-text-differs", operations=CHAT, document=DOCUMENT)
def write_something_else(body: JsonObject, request: AcceptedRequest) -> None:
    """The text beside a recording is another than what is said."""
    del request
    for choice in choices_of(body):
        message = choice.get("message")
        if isinstance(message, dict) and "audio" in message:
            message["content"] = "Something else."


@chunks_fault("chat-audio-streamed-as-text", operations=CHAT, document=DOCUMENT)
def stream_text(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A stream says in text what it was asked to speak."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            delta = choice.get("delta")
            if isinstance(delta, dict) and "audio" in delta:
                choice["delta"] = {"content": part_of(delta, "audio").get("transcript", "")}
        yield chunk


@chunks_fault("chat-audio-streamed-as-data-url", operations=CHAT, document=DOCUMENT)
def stream_data_urls(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Each piece of a streamed recording is a data URL."""
    del request
    for chunk in chunks:
        for audio in _streamed(chunk):
            if "data" in audio:
                audio["data"] = f"data:audio/wav;base64,{audio['data']}"
        yield chunk


@chunks_fault("chat-audio-streamed-under-other-ids", operations=CHAT, document=DOCUMENT)
def stream_other_ids(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Each piece of a streamed recording has an id of its own."""
    del request
    for number, chunk in enumerate(chunks):
        for audio in _streamed(chunk):
            if "id" in audio:
                audio["id"] = f"{audio['id']}{number}"
        yield chunk


@chunks_fault("chat-audio-streamed-without-words", operations=CHAT, document=DOCUMENT)
def stream_no_words(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A streamed recording has no transcript."""
    del request
    for chunk in chunks:
        for audio in _streamed(chunk):
            audio.pop("transcript", None)
        yield chunk


def _streamed(chunk: JsonObject) -> Iterator[JsonObject]:
    """Return the audio of a chunk's deltas."""
    for choice in choices_of(chunk):
        delta = choice.get("delta")
        if isinstance(delta, dict) and isinstance(delta.get("audio"), dict):
            yield delta["audio"]


@acceptance_fault("chat-audio-without-voice-accepted", check="relations", operations=CHAT, document=DOCUMENT)
def speak_anyhow(found: Iterator[Refusal], request: IncomingRequest) -> Iterator[Refusal]:
    """Sound is asked for without a voice and a format, and comes."""
    del request
    return (refusal for refusal in found if refusal.param != "audio")
