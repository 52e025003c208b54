"""Audio output of chats: recordings in the requested format, and their transcripts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.audio import AudioError, decoded, detect_container
from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.exchange_views import Chunk, JsonReply, Stream
from aoai_conformance.views.timestamps import is_unix_seconds, require_unix_seconds
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2025-01-01-preview#/components/schemas"
_AUDIO = f"{_SCHEMAS}/AudioResponseData"
_CONTAINERS = {"opus": {"opus", "ogg"}, "aac": {"aac", "mp4"}}


def can_contain(container: str | None, format_: str) -> bool:
    """Whether audio in this container may have the format; raw samples have no container."""
    return format_.startswith("pcm") or container in _CONTAINERS.get(format_, {format_})


class SpokenReply(JsonReply):
    """A response, not streamed, to a valid request for audio output."""

    def applies(self) -> bool:
        """Whether the request asks for audio output."""
        requested = "audio" in elements(self.sent.get("modalities"))
        return requested and self.case.expect != "reject" and super().applies()

    @property
    def requested_format(self) -> str | None:
        """The requested format; None if the request has none."""
        return text(members(self.sent.get("audio")).get("format")) or None

    def format_of(self, audio: dict[str, Any]) -> str:
        """Return the format of a recording: the requested one, or else the one it states, or else WAV."""
        return self.requested_format or text(audio.get("format")) or "wav"

    @property
    def recordings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The audio of each message that has any, with its pointer."""
        for place, choice in objects(self.json.get("choices")):
            audio = members(choice.get("message")).get("audio")
            if isinstance(audio, dict):
                yield f"/choices/{place}/message/audio", audio


@rule(
    "CHAT-AUDIO-001",
    must="return audio if the request asks for it",
    clause=f"{_SCHEMAS}/ChatCompletionsOptions/properties/modalities",
    operations=CHAT,
    note="A choice that calls a tool, is refused or is filtered needs no audio.",
)
def returns_audio_if_requested(reply: SpokenReply) -> Iterator[Violation]:
    """Each message with content has audio."""
    for place, choice in objects(reply.json.get("choices")):
        message = members(choice.get("message"))
        silent = message.get("tool_calls") or message.get("function_call") or message.get("refusal")
        if choice.get("finish_reason") != "content_filter" and not silent and not message.get("audio"):
            yield reply.violates(
                f"/choices/{place}/message/audio", "The request asks for audio, but the message has none."
            )


@rule(
    "CHAT-AUDIO-002",
    must="return audio as base64 in the requested format, and in the format that it states",
    clause=f"{_AUDIO}/properties/data",
    operations=CHAT,
    note="Azure AI Model Inference has no field to request a format; its responses may state theirs "
    "(ai-model-inference@2025-04-01#/components/schemas/ChatCompletionsAudio/properties/format).",
)
def returns_the_requested_audio_format(reply: SpokenReply) -> Iterator[Violation]:
    """The audio can be decoded to its end."""
    for at, audio in reply.recordings:
        data = text(audio.get("data"))
        if data is None:
            continue
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            yield reply.violates(f"{at}/data", "The audio is not valid base64.", reason="base64")
            continue
        container = detect_container(content)
        called = text(audio.get("format"))
        if called is not None and container is not None and not can_contain(container, called):
            yield reply.violates(
                f"{at}/format",
                "`format` does not match the format of the audio.",
                expected=container,
                actual=called,
                reason="called",
            )
        if not can_contain(container, reply.requested_format or container or "wav"):
            yield reply.violates(
                f"{at}/data",
                "The audio does not have the requested format.",
                expected=reply.requested_format,
                actual=container,
                reason="container",
            )
            continue
        try:
            sound = decoded(content, reply.format_of(audio))
        except AudioError as error:
            yield reply.violates(f"{at}/data", str(error), reason="broken")
            continue
        if sound.seconds <= 0:
            yield reply.violates(f"{at}/data", "The audio has no duration.", reason="empty")


@rule(
    "CHAT-AUDIO-003",
    must="return the transcript, the id and the expiry of audio",
    clause=_AUDIO,
    operations=CHAT,
)
def has_transcript_id_and_expiry(reply: SpokenReply) -> Iterator[Violation]:
    """A transcript and an id that are not empty, and an expiry in Unix seconds after `created`."""
    created = whole(reply.json.get("created"))
    for at, audio in reply.recordings:
        for name in ("transcript", "id"):
            value = audio.get(name)
            if isinstance(value, str) and not value.strip():
                yield reply.violates(f"{at}/{name}", f"The {name} is empty.", actual=value, reason=name)
        expires = whole(audio.get("expires_at"))
        if expires is not None and not is_unix_seconds(expires):
            yield from require_unix_seconds(reply, f"{at}/expires_at", expires, reason="unit")
        elif expires is not None and created is not None and expires <= created:
            yield reply.violates(
                f"{at}/expires_at",
                "`expires_at` is not after `created`.",
                expected=f"above {created}",
                actual=expires,
                reason="order",
            )


@rule(
    "CHAT-AUDIO-004",
    should="return no content beside audio other than its transcript",
    clause=_AUDIO,
    operations=CHAT,
    note="The service returns null as content beside audio; a copy of the transcript is harmless.",
)
def content_matches_the_transcript(reply: SpokenReply) -> Iterator[Violation]:
    """Content beside audio matches the transcript."""
    for place, choice in objects(reply.json.get("choices")):
        message = members(choice.get("message"))
        content, transcript = (
            text(message.get("content")),
            text(members(message.get("audio")).get("transcript")),
        )
        if content and transcript and content.strip() != transcript.strip():
            yield reply.violates(
                f"/choices/{place}/message/content",
                "The content differs from the transcript of the audio.",
                expected=transcript,
                actual=content,
            )


@rule(
    "CHAT-AUDIO-006",
    should="return audio that is not silent",
    clause=f"{_AUDIO}/properties/transcript",
    operations=CHAT,
)
def is_audible(reply: SpokenReply) -> Iterator[Violation]:
    """A transcript with letters or digits needs audible audio; CHAT-AUDIO-002 reports invalid audio."""
    for at, audio in reply.recordings:
        transcript = text(audio.get("transcript")) or ""
        try:
            content = base64.b64decode(text(audio.get("data")) or "", validate=True)
            sound = decoded(content, reply.format_of(audio))
        except (binascii.Error, ValueError, AudioError):
            continue
        if sound.is_silent and any(character.isalnum() for character in transcript):
            yield reply.violates(
                f"{at}/data",
                "The audio is silent, but its transcript has words.",
                actual=round(sound.loudest, 6),
            )


def _has_audio(chunk: Chunk) -> bool:
    return any(bool(members(choice.get("delta")).get("audio")) for _, choice in objects(chunk.choices))


class SpokenStream(Stream):
    """A stream whose request asks for audio output."""

    def applies(self) -> bool:
        """Whether the request asks for audio output."""
        requested = "audio" in elements(self.sent.get("modalities"))
        return requested and self.case.expect != "reject" and super().applies()

    @property
    def pieces(self) -> dict[int, list[tuple[Chunk, str, dict[str, Any]]]]:
        """The audio fragments of each choice, by index, each with its chunk and pointer."""
        found: dict[int, list[tuple[Chunk, str, dict[str, Any]]]] = {}
        for chunk in self.chunks.where(_has_audio):
            for place, choice in objects(chunk.choices):
                audio = members(choice.get("delta")).get("audio")
                if isinstance(audio, dict) and audio:
                    at = f"/choices/{place}/delta/audio"
                    found.setdefault(whole(choice.get("index")) or 0, []).append((chunk, at, audio))
        return found


@rule(
    "CHAT-AUDIO-005",
    should="stream audio if the request asks for it",
    clause=f"{_SCHEMAS}/ChatCompletionsOptions/properties/modalities",
    operations=CHAT,
    note="A stream that calls a tool or is filtered needs no audio.",
)
def streams_audio_if_requested(stream: SpokenStream) -> Iterator[Violation]:
    """At least one delta has audio."""
    stream.require_whole()
    choices = [choice for chunk in stream.chunks.distinct for _, choice in objects(chunk.choices)]
    deltas = [members(choice.get("delta")) for choice in choices]
    silent = any(choice.get("finish_reason") in ("tool_calls", "content_filter") for choice in choices)
    if deltas and not silent and not any(delta.get("audio") or delta.get("tool_calls") for delta in deltas):
        yield stream.violates(
            "", "The request asks for audio, but no delta has any.", expected="audio in deltas"
        )


@rule(
    "CHAT-AUDIO-007",
    should="stream audio in fragments that form a recording with a transcript, one id and an expiry",
    clause=_AUDIO,
    operations=CHAT,
    note="The document only describes a whole recording. The service sends the transcript, the audio and the "
    "expiry in separate deltas: https://github.com/openai/openai-openapi/issues/577. How audio is split into "
    "fragments is not documented, so it is not decoded.",
)
def fragments_form_a_recording(stream: SpokenStream) -> Iterator[Violation]:
    """Base64 in each fragment or in all of them joined, one id, and an expiry in Unix seconds."""
    stream.require_whole()
    for pieces in stream.pieces.values():
        yield from _find_wrong_fragments(pieces)
        chunk, at, _ = pieces[-1]
        data = [piece for _, _, audio in pieces if (piece := text(audio.get("data")))]
        if not data:
            yield chunk.violates(
                f"{at}/data", "No fragment of the recording has audio data.", reason="no sound"
            )
        elif not _is_base64("".join(data)) and not all(map(_is_base64, data)):
            yield chunk.violates(
                f"{at}/data", "The fragments of the recording are not valid base64.", reason="base64"
            )
        if not "".join(text(audio.get("transcript")) or "" for _, _, audio in pieces).strip():
            message = "No fragment of the recording has a transcript."
            yield chunk.violates(f"{at}/transcript", message, reason="no words")


def _find_wrong_fragments(pieces: list[tuple[Chunk, str, dict[str, Any]]]) -> Iterator[Violation]:
    """Yield the first id that is empty or changes, and the first implausible time."""
    ids = [(chunk, at, id_) for chunk, at, audio in pieces if (id_ := text(audio.get("id"))) is not None]
    other = next((each for each in ids if not each[2] or each[2] != ids[0][2]), None)
    if other is not None:
        chunk, at, id_ = other
        message = (
            "The fragments of the recording have different ids."
            if id_
            else "The id of the recording is empty."
        )
        yield chunk.violates(f"{at}/id", message, expected=ids[0][2] or "an id", actual=id_, reason="id")
    for chunk, at, audio in pieces:
        expires = whole(audio.get("expires_at"))
        if expires is not None and not is_unix_seconds(expires):
            yield from require_unix_seconds(chunk, f"{at}/expires_at", expires, reason="unit")
            return


def _is_base64(data: str) -> bool:
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
