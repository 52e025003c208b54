"""Faults of spoken answers that come in a stream, and of sound that nobody asked for."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from aoai_emulator.faults.anatomy import choices_of, number_of, part_of
from aoai_emulator.faults.registry import answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.media.sound_encoding import encode
from aoai_emulator.media.voice_sound import BYTES_A_SAMPLE, RATE, speak

DOCUMENT = "azure-openai@2025-01-01-preview"
CHAT = frozenset({"chat"})


def _pieces(chunk: JsonObject) -> Iterator[JsonObject]:
    """Return the pieces of recordings in a chunk."""
    for choice in choices_of(chunk):
        audio = part_of(part_of(choice, "delta"), "audio")
        if audio:
            yield audio


def _with_samples(chunks: Iterator[JsonObject], change: Callable[[bytes], bytes]) -> Iterator[JsonObject]:
    """Give the first piece of each choice what `change` makes of all of its sound, and the others none."""
    held = list(chunks)
    data: dict[object, list[JsonObject]] = {}
    for chunk in held:
        for choice in choices_of(chunk):
            audio = part_of(part_of(choice, "delta"), "audio")
            if "data" in audio:
                data.setdefault(choice.get("index"), []).append(audio)
    for first, *others in data.values():
        content = base64.b64decode("".join(str(each["data"]) for each in (first, *others)))
        first["data"] = base64.b64encode(change(content)).decode("ascii")
        for each in others:
            each["data"] = ""
    yield from held


@chunks_fault("chat-audio-streamed-without-end", operations=CHAT, document=DOCUMENT)
def never_expire(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A streamed recording does not tell until when it can be used."""
    del request
    for chunk in chunks:
        for audio in _pieces(chunk):
            audio.pop("expires_at", None)
        yield chunk


@chunks_fault("chat-audio-streamed-expired", operations=CHAT, document=DOCUMENT)
def expire_at_once(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A streamed recording expired a minute before it was made."""
    del request
    for chunk in chunks:
        for audio in _pieces(chunk):
            if "expires_at" in audio:
                audio["expires_at"] = number_of(chunk, "created") - 60
        yield chunk


@chunks_fault("chat-audio-streamed-without-id", operations=CHAT, document=DOCUMENT)
def drop_id(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """No piece of a streamed recording has an id."""
    del request
    for chunk in chunks:
        for audio in _pieces(chunk):
            audio.pop("id", None)
        yield chunk


@chunks_fault("chat-audio-streamed-odd", operations=CHAT, document=DOCUMENT)
def lose_half_a_sample(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A streamed recording lacks its last byte, so that it ends within a sample."""
    del request
    yield from _with_samples(chunks, lambda content: content[:-1])


@chunks_fault("chat-audio-streamed-in-a-file", operations=CHAT, document=DOCUMENT)
def wrap_samples(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A recording that was to be streamed as bare samples is a WAV file."""
    del request
    yield from _with_samples(chunks, lambda content: encode(content, "wav"))


@chunks_fault("chat-audio-streamed-silent", operations=CHAT, document=DOCUMENT)
def stream_silence(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Nothing is to be heard in a streamed recording."""
    del request
    yield from _with_samples(chunks, lambda content: bytes(len(content)))


@chunks_fault("chat-audio-streamed-in-part", operations=CHAT, document=DOCUMENT)
def stream_the_beginning(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A streamed recording ends after a fiftieth of a second, in the middle of its first word."""
    del request
    yield from _with_samples(chunks, lambda content: content[: RATE // 50 * BYTES_A_SAMPLE])


@chunks_fault("chat-audio-streamed-text-differs", operations=CHAT, document=DOCUMENT)
def write_something_else(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Beside a streamed recording comes a text that is not what is said."""
    del request
    for chunk in chunks:
        for choice in choices_of(chunk):
            if part_of(part_of(choice, "delta"), "audio").get("expires_at") is not None:
                choice["delta"]["content"] = "Something else."
        yield chunk


@answer_fault("chat-audio-in-part", operations=CHAT, document=DOCUMENT)
def speak_the_beginning(body: JsonObject, request: AcceptedRequest) -> None:
    """A recording ends after a fiftieth of a second, in the middle of its first word."""
    if (request.fields.get("audio") or {}).get("format") != "wav":
        return
    samples = speak("Hm.", "alloy", 1.0, 0)[: RATE // 50 * BYTES_A_SAMPLE]
    for choice in choices_of(body):
        audio = part_of(part_of(choice, "message"), "audio")
        if audio:
            audio["data"] = base64.b64encode(encode(samples, "wav")).decode("ascii")


def _recording(body: JsonObject) -> JsonObject:
    """Return a recording that could be part of an answer."""
    return {
        "id": "audio_unasked",
        "expires_at": number_of(body, "created") + 3600,
        "data": base64.b64encode(encode(speak("Hi.", "alloy", 1.0, 0), "wav")).decode("ascii"),
        "transcript": "Hi.",
    }


def _is_silent(request: AcceptedRequest) -> bool:
    return "audio" not in request.fields.get("modalities", ())


@answer_fault("chat-audio-unasked", operations=CHAT, document=DOCUMENT)
def speak_unasked(body: JsonObject, request: AcceptedRequest) -> None:
    """An answer is spoken where only text was asked for."""
    for choice in choices_of(body) if _is_silent(request) else ():
        if isinstance(choice.get("message"), dict):
            choice["message"]["audio"] = _recording(body)


@chunks_fault("chat-audio-unasked", operations=CHAT, document=DOCUMENT)
def stream_sound_unasked(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A streamed answer is spoken where only text was asked for."""
    for chunk in chunks:
        for choice in choices_of(chunk) if _is_silent(request) else ():
            if part_of(choice, "delta").get("content"):
                choice["delta"]["audio"] = {"id": "audio_unasked", "transcript": choice["delta"]["content"]}
        yield chunk
