"""Spoken answers in a stream, whose pieces make one recording; and sound that nobody asked for."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.audio import Sound, SoundError, container_of, decoded
from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.rules.chat.chat_audio import SpokenAnswer, SpokenStream, may_hold
from aoai_conformance.views.clocks import is_unix_seconds
from aoai_conformance.views.exchange_views import Chunk, Success
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2025-01-01-preview#/components/schemas"
_AUDIO = f"{_SCHEMAS}/AudioResponseData"
_MODALITIES = f"{_SCHEMAS}/ChatCompletionsOptions/properties/modalities"
#: What no voice can do: characters in a second. A text that is shorter may be one word.
_FASTEST, _SHORT = 200.0, 20
#: Containers that the first bytes of bare samples can look like.
_LIKE_SAMPLES = (None, "mp3", "aac")

Piece = tuple[Chunk, str, dict[str, Any]]


class WholeSpokenStream(SpokenStream):
    """A stream that came to its end and has pieces of a recording."""

    def applies(self) -> bool:
        """Whether some delta has audio. Raises Inconclusive where the stream broke off."""
        if not super().applies() or not self.spoken:
            return False
        self.require_whole()
        return True

    @cached_property
    def spoken(self) -> dict[int, list[Piece]]:
        """The pieces of each choice, by its index."""
        return self.pieces

    @property
    def format(self) -> str | None:
        """The format asked for; None where none was."""
        return text(members(self.sent.get("audio")).get("format"))

    @cached_property
    def endings(self) -> dict[int, str]:
        """The finish_reason of each choice that has one, by its index."""
        found: dict[int, str] = {}
        for chunk in self.chunks:
            for _, choice in objects(chunk.choices):
                reason = text(choice.get("finish_reason"))
                if reason is not None:
                    found[whole(choice.get("index")) or 0] = reason
        return found

    def said(self, pieces: list[Piece]) -> str:
        """The transcript that pieces make."""
        return "".join(text(audio.get("transcript")) or "" for _, _, audio in pieces)


def _ended_recordings(stream: WholeSpokenStream) -> list[list[Piece]]:
    """The pieces of each choice that ends with stop."""
    return [pieces for index, pieces in stream.spoken.items() if stream.endings.get(index) == "stop"]


def _captions(stream: WholeSpokenStream) -> list[tuple[Chunk, int, str, str]]:
    """Where the content of a choice begins, the content, and the transcript beside it."""
    found: list[tuple[Chunk, int, str, str]] = []
    for index, pieces in stream.spoken.items():
        written = _content_pieces(stream, index)
        told, said = "".join(each for _, _, each in written).strip(), stream.said(pieces).strip()
        if told and said:
            chunk, place, _ = written[0]
            found.append((chunk, place, told, said))
    return found


def _content_pieces(stream: WholeSpokenStream, index: int) -> list[tuple[Chunk, int, str]]:
    """The content of a choice, each piece with its chunk and its place there."""
    return [
        (chunk, place, content)
        for chunk in stream.chunks
        for place, choice in objects(chunk.choices)
        if (whole(choice.get("index")) or 0) == index
        and (content := text(members(choice.get("delta")).get("content")))
    ]


def _samples(stream: WholeSpokenStream) -> dict[int, bytes]:
    """The pcm16 samples of each choice, by its index. Another rule reports pieces that are not base64."""
    if stream.format != "pcm16":
        return {}
    made = {index: _joined(pieces) for index, pieces in stream.spoken.items()}
    return {index: content for index, content in made.items() if content}


def _heard_samples(stream: WholeSpokenStream) -> list[tuple[Piece, str, Sound]]:
    """The last piece, the words and the sound of each choice that has words and whole samples."""
    found: list[tuple[Piece, str, Sound]] = []
    for index, content in _samples(stream).items():
        said = stream.said(stream.spoken[index])
        bare = container_of(content) in _LIKE_SAMPLES and len(content) % 2 == 0
        if bare and any(character.isalnum() for character in said):
            found.append((stream.spoken[index][-1], said, decoded(content, "pcm16")))
    return found


def _joined(pieces: list[Piece]) -> bytes:
    """The bytes of pieces: each of its own base64 or all of one; empty where they are neither."""
    data = [piece for _, _, audio in pieces if (piece := text(audio.get("data")))]
    for parts in (data, ["".join(data)]):
        try:
            return b"".join(base64.b64decode(part, validate=True) for part in parts)
        except (binascii.Error, ValueError):
            continue
    return b""


@rule(
    "CHAT-AUDIO-008",
    should="give the id of a streamed recording and the time until which it can be used",
    clause=_AUDIO,
    operations=CHAT,
    evidence=_ended_recordings,
    note="In any piece; the service sends the time alone at the end. Judged where the choice ends with stop: "
    "what a limit or a filter cuts off may have neither.",
)
def can_be_referred_to(recordings: list[list[Piece]]) -> Iterator[Violation]:
    """The next request refers to the answer by its id. A value of a wrong type is the schema's."""
    for pieces in recordings:
        chunk, at, _ = pieces[-1]
        for name in ("id", "expires_at"):
            if not any(name in audio for _, _, audio in pieces):
                message = f"No piece of the recording has {name}."
                yield chunk.violates(f"{at}/{name}", message, reason=f"no {name}")
        yield from _expired(pieces)


def _expired(pieces: list[Piece]) -> Iterator[Violation]:
    """The first end that is no later than the creation of the answer."""
    for chunk, at, audio in pieces:
        expires, created = whole(audio.get("expires_at")), whole(chunk.json.get("created"))
        if is_unix_seconds(expires) and is_unix_seconds(created) and (expires or 0) <= (created or 0):
            yield chunk.violates(
                f"{at}/expires_at",
                "The recording expires no later than it is created.",
                expected=f"above {created}",
                actual=expires,
                reason="order",
            )
            return


@rule(
    "CHAT-AUDIO-009",
    should="stream whole samples of 16 bits, without a container, where pcm16 is requested",
    clause=f"{_SCHEMAS}/ChatCompletionsOptions/properties/audio",
    operations=CHAT,
    evidence=_samples,
    note="All pieces of a choice together; where a sample is cut is free.",
)
def samples_are_whole(stream: WholeSpokenStream, samples: dict[int, bytes]) -> Iterator[Violation]:
    """A player that plays the bytes as they come plays noise otherwise."""
    for index, content in samples.items():
        chunk, at, _ = stream.spoken[index][-1]
        container = container_of(content)
        if container not in _LIKE_SAMPLES:
            message = "The streamed samples are inside a container."
            yield chunk.violates(
                f"{at}/data", message, expected="pcm16", actual=container, reason="container"
            )
        elif len(content) % 2:
            message = "Samples of two bytes cannot fill an odd number of bytes."
            yield chunk.violates(
                f"{at}/data", message, expected="an even number", actual=len(content), reason="odd"
            )


@rule(
    "CHAT-AUDIO-010",
    should="leave the words of a streamed recording to its transcript",
    clause=_AUDIO,
    operations=CHAT,
    evidence=_captions,
    note="As CHAT-AUDIO-004 for responses that are not streamed: content that says the same is accepted.",
)
def streamed_content_is_not_another(captions: list[tuple[Chunk, int, str, str]]) -> Iterator[Violation]:
    """Where deltas have content beside audio, together they are what is said."""
    for chunk, place, told, said in captions:
        if told != said:
            yield chunk.violates(
                f"/choices/{place}/delta/content",
                "The streamed text differs from the transcript.",
                expected=said,
                actual=told,
                reason="differs",
            )


@rule(
    "CHAT-AUDIO-011",
    should="let the words of a streamed recording be heard",
    clause=f"{_AUDIO}/properties/transcript",
    operations=CHAT,
    evidence=_heard_samples,
    note="Judged for pcm16. Silence is below -60 dB; no voice says 200 characters in a second.",
)
def stream_is_audible(heard: list[tuple[Piece, str, Sound]]) -> Iterator[Violation]:
    """Not silent, and not over before the words can be said."""
    for (chunk, at, _), said, sound in heard:
        if sound.is_silent:
            message = "The streamed recording is silent."
            yield chunk.violates(f"{at}/data", message, actual=round(sound.loudest, 6), reason="silent")
        elif too_short(said, sound.seconds):
            message = "The streamed recording is too short for its words."
            yield chunk.violates(
                f"{at}/data",
                message,
                expected=f"at least {least_seconds(said):.2f} s",
                actual=round(sound.seconds, 3),
                reason="short",
            )


def least_seconds(said: str) -> float:
    """The time that words take at least; long ones are not counted to their end."""
    return min(len(said) / _FASTEST, 1.0)


def too_short(said: str, seconds: float) -> bool:
    """Whether nobody can say the words in this time."""
    return len(said) >= _SHORT and 0 < seconds < least_seconds(said)


class HeardAnswer(SpokenAnswer):
    """A spoken answer, not streamed, whose recording can be decoded and has more than a word."""

    def applies(self) -> bool:
        """Whether some recording of a longer text can be decoded."""
        return super().applies() and bool(self.heard)

    @cached_property
    def heard(self) -> list[tuple[str, str, Sound]]:
        """Pointer, words and sound of each recording in its format; CHAT-AUDIO-002 judges others."""
        found: list[tuple[str, str, Sound]] = []
        for at, audio in self.recordings:
            said = text(audio.get("transcript"))
            try:
                content = base64.b64decode(text(audio.get("data")) or "", validate=True)
                if not may_hold(container_of(content), self.format_of(audio)):
                    continue
                sound = decoded(content, self.format_of(audio))
            except (binascii.Error, ValueError, SoundError):
                continue
            if said and len(said) >= _SHORT:
                found.append((at, said, sound))
        return found


@rule(
    "CHAT-AUDIO-012",
    should="take the time that the words of a recording need",
    clause=f"{_AUDIO}/properties/transcript",
    operations=CHAT,
    note="No voice says 200 characters in a second; judged from 20 characters on.",
)
def recording_is_long_enough(answer: HeardAnswer) -> Iterator[Violation]:
    """Words that are over in a moment were not said."""
    for at, said, sound in answer.heard:
        if too_short(said, sound.seconds):
            yield answer.violates(
                f"{at}/data",
                "The recording is too short for its words.",
                expected=f"at least {least_seconds(said):.2f} s",
                actual=round(sound.seconds, 3),
                reason="short",
            )


class WrittenAnswer(Success):
    """An answer to a chat that asks for no sound, streamed or not, that has a message or a delta."""

    def applies(self) -> bool:
        """Whether the request is known and lawful, asks for no audio, and something is said."""
        asked = "audio" in elements(self.sent.get("modalities"))
        known = isinstance(self.sent.get("messages"), list)
        return known and not asked and self.case.expect != "reject" and super().applies() and bool(self.said)

    @cached_property
    def said(self) -> list[tuple[Chunk | None, str, dict[str, Any]]]:
        """Each message or delta with its chunk and its pointer."""
        found: list[tuple[Chunk | None, str, dict[str, Any]]] = []
        if self.response.events is None:
            body = members(self.response.json) if self.response.is_json else {}
            for place, choice in objects(body.get("choices")):
                if isinstance(choice.get("message"), dict):
                    found.append((None, f"/choices/{place}/message", choice["message"]))
            return found
        for event, value in zip(self.response.events, self.response.event_objects, strict=True):
            chunk = Chunk(event.index, members(value), event)
            for place, choice in objects(chunk.choices):
                if isinstance(choice.get("delta"), dict):
                    found.append((chunk, f"/choices/{place}/delta", choice["delta"]))
        return found


@rule(
    "CHAT-AUDIO-013",
    must="leave sound out of a response to a request that asks for none",
    clause=_MODALITIES,
    operations=CHAT,
    since="2025-01-01-preview",
    note="Text is the default. Null or an empty object is no sound.",
)
def no_sound_unasked(answer: WrittenAnswer) -> Iterator[Violation]:
    """Sound is large, and billed apart."""
    for chunk, at, said in answer.said:
        audio = said.get("audio")
        if isinstance(audio, dict) and audio:
            message = "The response is spoken, and the request does not ask for sound."
            if chunk is None:
                yield answer.violates(f"{at}/audio", message, actual=sorted(audio), reason="unasked")
            else:
                yield chunk.violates(f"{at}/audio", message, actual=sorted(audio), reason="unasked")
                return
