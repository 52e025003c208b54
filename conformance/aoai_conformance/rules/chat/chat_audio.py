"""Spoken answers of a chat: a recording in the format asked for, and the words that are said in it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.audio import SoundError, container_of, decoded
from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.clocks import is_unix_seconds
from aoai_conformance.views.exchange_views import Chunk, JsonAnswer, Stream
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2025-01-01-preview#/components/schemas"
_AUDIO = f"{_SCHEMAS}/AudioResponseData"
_CONTAINERS = {"opus": {"opus", "ogg"}, "aac": {"aac", "mp4"}}


def may_hold(container: str | None, format_: str) -> bool:
    """Whether a sound in this container may be in the format; bare samples have no container."""
    return format_.startswith("pcm") or container in _CONTAINERS.get(format_, {format_})


class SpokenAnswer(JsonAnswer):
    """An unstreamed answer to a request that asks for audio and is inside the contract."""

    def applies(self) -> bool:
        """Whether audio was asked for."""
        asked = "audio" in elements(self.sent.get("modalities"))
        return asked and self.case.expect != "reject" and super().applies()

    @property
    def asked(self) -> str | None:
        """The format asked for; None where none was."""
        return text(members(self.sent.get("audio")).get("format")) or None

    def format_of(self, audio: dict[str, Any]) -> str:
        """The format of a recording: as asked for, or else as it is called, or else WAV."""
        return self.asked or text(audio.get("format")) or "wav"

    @property
    def recordings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The audio of each message that has some, with its pointer."""
        for place, choice in objects(self.json.get("choices")):
            audio = members(choice.get("message")).get("audio")
            if isinstance(audio, dict):
                yield f"/choices/{place}/message/audio", audio


@rule(
    "CHAT-AUDIO-001",
    must="speak where a spoken answer is asked for",
    clause=f"{_SCHEMAS}/ChatCompletionsOptions/properties/modalities",
    operations=CHAT,
    note="A choice that calls a tool, refuses or is filtered has nothing to say.",
)
def speaks(answer: SpokenAnswer) -> Iterator[Violation]:
    """Audio in each message that answers."""
    for place, choice in objects(answer.json.get("choices")):
        message = members(choice.get("message"))
        silent = message.get("tool_calls") or message.get("function_call") or message.get("refusal")
        if choice.get("finish_reason") != "content_filter" and not silent and not message.get("audio"):
            yield answer.violates(f"/choices/{place}/message/audio", "The answer is not spoken.")


@rule(
    "CHAT-AUDIO-002",
    must="give a spoken answer as base64 of a sound in the format asked for, and in the one that it names",
    clause=f"{_AUDIO}/properties/data",
    operations=CHAT,
    note="The surface for models of all makers has no field to ask for a format; its answers may name theirs "
    "(ai-model-inference@2025-04-01#/components/schemas/ChatCompletionsAudio/properties/format).",
)
def is_a_sound(answer: SpokenAnswer) -> Iterator[Violation]:
    """It decodes to its end."""
    for at, audio in answer.recordings:
        data = text(audio.get("data"))
        if data is None:
            continue
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            yield answer.violates(f"{at}/data", "The recording is not base64.", reason="base64")
            continue
        container = container_of(content)
        called = text(audio.get("format"))
        if called is not None and container is not None and not may_hold(container, called):
            yield answer.violates(
                f"{at}/format",
                "The recording is called by another format than it has.",
                expected=container,
                actual=called,
                reason="called",
            )
        if not may_hold(container, answer.asked or container or "wav"):
            yield answer.violates(
                f"{at}/data",
                "The recording has another format.",
                expected=answer.asked,
                actual=container,
                reason="container",
            )
            continue
        try:
            sound = decoded(content, answer.format_of(audio))
        except SoundError as error:
            yield answer.violates(f"{at}/data", str(error), reason="broken")
            continue
        if sound.seconds <= 0:
            yield answer.violates(f"{at}/data", "The recording has no length.", reason="empty")


@rule(
    "CHAT-AUDIO-003",
    must="give the words of a spoken answer, and until when it can be spoken of",
    clause=_AUDIO,
    operations=CHAT,
)
def has_words_and_a_time(answer: SpokenAnswer) -> Iterator[Violation]:
    """A transcript that is not empty, an id, and an end in Unix seconds after the answer's creation."""
    created = whole(answer.json.get("created"))
    for at, audio in answer.recordings:
        for name in ("transcript", "id"):
            told = audio.get(name)
            if isinstance(told, str) and not told.strip():
                yield answer.violates(f"{at}/{name}", f"The {name} is empty.", actual=told, reason=name)
        expires = whole(audio.get("expires_at"))
        if expires is not None and not is_unix_seconds(expires):
            yield answer.violates(
                f"{at}/expires_at",
                "The time is none in Unix seconds.",
                expected="Unix seconds",
                actual=expires,
                reason="unit",
            )
        elif expires is not None and created is not None and expires <= created:
            yield answer.violates(
                f"{at}/expires_at",
                "The recording has expired when it is made.",
                expected=f"above {created}",
                actual=expires,
                reason="order",
            )


@rule(
    "CHAT-AUDIO-004",
    should="leave a spoken answer's words to its transcript",
    clause=_AUDIO,
    operations=CHAT,
    note="The service gives null for content beside audio; a text that says the same harms nobody.",
)
def content_is_not_another(answer: SpokenAnswer) -> Iterator[Violation]:
    """Where there is content beside audio, it is what is said."""
    for place, choice in objects(answer.json.get("choices")):
        message = members(choice.get("message"))
        content, transcript = (
            text(message.get("content")),
            text(members(message.get("audio")).get("transcript")),
        )
        if content and transcript and content.strip() != transcript.strip():
            yield answer.violates(
                f"/choices/{place}/message/content",
                "The text is another than what is said.",
                expected=transcript,
                actual=content,
            )


@rule(
    "CHAT-AUDIO-006",
    should="let something be heard in a spoken answer",
    clause=f"{_AUDIO}/properties/transcript",
    operations=CHAT,
)
def is_audible(answer: SpokenAnswer) -> Iterator[Violation]:
    """Words of letters or digits are not spoken in silence; what is no sound is CHAT-AUDIO-002's business."""
    for at, audio in answer.recordings:
        said = text(audio.get("transcript")) or ""
        try:
            content = base64.b64decode(text(audio.get("data")) or "", validate=True)
            sound = decoded(content, answer.format_of(audio))
        except (binascii.Error, ValueError, SoundError):
            continue
        if sound.is_silent and any(character.isalnum() for character in said):
            yield answer.violates(
                f"{at}/data", "Nothing is to be heard in the recording.", actual=round(sound.loudest, 6)
            )


class SpokenStream(Stream):
    """A stream for which audio was asked."""

    def applies(self) -> bool:
        """Whether audio was asked for."""
        asked = "audio" in elements(self.sent.get("modalities"))
        return asked and self.case.expect != "reject" and super().applies()

    @property
    def pieces(self) -> dict[int, list[tuple[Chunk, str, dict[str, Any]]]]:
        """The pieces of audio of each choice, by its index, each with its chunk and its place there."""
        found: dict[int, list[tuple[Chunk, str, dict[str, Any]]]] = {}
        for chunk in self.chunks:
            for place, choice in objects(chunk.choices):
                audio = members(choice.get("delta")).get("audio")
                if isinstance(audio, dict) and audio:
                    at = f"/choices/{place}/delta/audio"
                    found.setdefault(whole(choice.get("index")) or 0, []).append((chunk, at, audio))
        return found


@rule(
    "CHAT-AUDIO-005",
    should="speak in a stream too where a spoken answer is asked for",
    clause=f"{_SCHEMAS}/ChatCompletionsOptions/properties/modalities",
    operations=CHAT,
    note="A stream that calls a tool or is filtered has nothing to say.",
)
def speaks_in_a_stream(stream: SpokenStream) -> Iterator[Violation]:
    """Some delta has audio."""
    stream.require_whole()
    choices = [choice for chunk in stream.chunks for _, choice in objects(chunk.choices)]
    deltas = [members(choice.get("delta")) for choice in choices]
    silent = any(choice.get("finish_reason") in ("tool_calls", "content_filter") for choice in choices)
    if deltas and not silent and not any(delta.get("audio") or delta.get("tool_calls") for delta in deltas):
        yield stream.violates("", "The streamed answer is not spoken.", expected="audio in deltas")


@rule(
    "CHAT-AUDIO-007",
    should="stream a spoken answer in pieces that make a recording with its words, its id and its end",
    clause=_AUDIO,
    operations=CHAT,
    note="The document describes a whole recording only; the service sends words, sound and the time of the "
    "end each in deltas of their own: https://github.com/openai/openai-openapi/issues/577. How a sound is "
    "cut into pieces is not described, so that it is not decoded.",
)
def pieces_make_a_recording(stream: SpokenStream) -> Iterator[Violation]:
    """Base64 in each piece or in all together, one id, and the forms of an unstreamed recording."""
    stream.require_whole()
    for pieces in stream.pieces.values():
        yield from _wrong_in_pieces(pieces)
        chunk, at, _ = pieces[-1]
        data = [piece for _, _, audio in pieces if (piece := text(audio.get("data")))]
        if not data:
            yield chunk.violates(f"{at}/data", "No piece of the recording has a sound.", reason="no sound")
        elif not _is_base64("".join(data)) and not all(map(_is_base64, data)):
            yield chunk.violates(f"{at}/data", "The pieces of the recording are no base64.", reason="base64")
        if not "".join(text(audio.get("transcript")) or "" for _, _, audio in pieces).strip():
            message = "No piece of the recording has words."
            yield chunk.violates(f"{at}/transcript", message, reason="no words")


def _wrong_in_pieces(pieces: list[tuple[Chunk, str, dict[str, Any]]]) -> Iterator[Violation]:
    """Ids that are empty or change, and times that are none: the first of each."""
    ids = [(chunk, at, id_) for chunk, at, audio in pieces if (id_ := text(audio.get("id"))) is not None]
    other = next((each for each in ids if not each[2] or each[2] != ids[0][2]), None)
    if other is not None:
        chunk, at, id_ = other
        message = "The pieces of one recording have several ids." if id_ else "A recording's id is empty."
        yield chunk.violates(f"{at}/id", message, expected=ids[0][2] or "an id", actual=id_, reason="id")
    for chunk, at, audio in pieces:
        expires = whole(audio.get("expires_at"))
        if expires is not None and not is_unix_seconds(expires):
            message = "The time is none in Unix seconds."
            yield chunk.violates(
                f"{at}/expires_at", message, expected="Unix seconds", actual=expires, reason="unit"
            )
            return


def _is_base64(data: str) -> bool:
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
