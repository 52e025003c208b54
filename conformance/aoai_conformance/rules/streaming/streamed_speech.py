"""Audio output in streams, whose fragments form one recording; and audio that was not requested."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.audio import AudioError, Sound, decoded, detect_container
from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.rules.chat.chat_audio import SpokenReply, SpokenStream, can_contain
from aoai_conformance.views.exchange_views import Chunk, Success
from aoai_conformance.views.timestamps import is_unix_seconds
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2025-01-01-preview#/components/schemas"
_AUDIO = f"{_SCHEMAS}/AudioResponseData"
_MODALITIES = f"{_SCHEMAS}/ChatCompletionsOptions/properties/modalities"
#: More characters per second than any voice speaks. A shorter text may be a single word.
_FASTEST, _SHORT = 200.0, 20
#: Containers that raw samples may be mistaken for.
_LIKE_SAMPLES = (None, "mp3", "aac")

Piece = tuple[Chunk, str, dict[str, Any]]


def _has_reason(chunk: Chunk) -> bool:
    return any(text(choice.get("finish_reason")) is not None for _, choice in objects(chunk.choices))


class WholeSpokenStream(SpokenStream):
    """A complete stream with fragments of a recording."""

    def applies(self) -> bool:
        """Whether a delta has audio. Raises Inconclusive if the stream is incomplete."""
        if not super().applies() or not self.spoken:
            return False
        self.require_whole()
        return True

    @cached_property
    def spoken(self) -> dict[int, list[Piece]]:
        """The fragments of each choice, by index."""
        return self.pieces

    @property
    def format(self) -> str | None:
        """The requested format; None if the request has none."""
        return text(members(self.sent.get("audio")).get("format"))

    @cached_property
    def endings(self) -> dict[int, str]:
        """The finish_reason of each choice that has one, by index."""
        found: dict[int, str] = {}
        for chunk in self.chunks.where(_has_reason):
            for _, choice in objects(chunk.choices):
                reason = text(choice.get("finish_reason"))
                if reason is not None:
                    found[whole(choice.get("index")) or 0] = reason
        return found

    def transcript(self, pieces: list[Piece]) -> str:
        """Return the transcript of fragments."""
        return "".join(text(audio.get("transcript")) or "" for _, _, audio in pieces)


def _ended_recordings(stream: WholeSpokenStream) -> list[list[Piece]]:
    """Return the fragments of each choice that ends with `stop`."""
    return [pieces for index, pieces in stream.spoken.items() if stream.endings.get(index) == "stop"]


def _captions(stream: WholeSpokenStream) -> list[tuple[Chunk, int, str, str]]:
    """Return the place of the first content of each choice, the content, and the transcript beside it."""
    found: list[tuple[Chunk, int, str, str]] = []
    for index, pieces in stream.spoken.items():
        written = _content_pieces(stream, index)
        content = "".join(each for _, _, each in written).strip()
        transcript = stream.transcript(pieces).strip()
        if content and transcript:
            chunk, place, _ = written[0]
            found.append((chunk, place, content, transcript))
    return found


def _content_pieces(stream: WholeSpokenStream, index: int) -> list[tuple[Chunk, int, str]]:
    """Return the content fragments of a choice, each with its chunk and pointer."""
    return [
        (chunk, place, content)
        for chunk in stream.chunks
        for place, choice in objects(chunk.choices)
        if (whole(choice.get("index")) or 0) == index
        and (content := text(members(choice.get("delta")).get("content")))
    ]


class SampleStream(WholeSpokenStream):
    """A complete stream of pcm16 samples."""

    def applies(self) -> bool:
        """Whether pcm16 was requested, and a delta has audio."""
        return self.format == "pcm16" and super().applies()


def _samples(stream: SampleStream) -> dict[int, bytes]:
    """Return the pcm16 samples of each choice, by index. Another rule reports invalid base64."""
    made = {index: _joined(pieces) for index, pieces in stream.spoken.items()}
    return {index: content for index, content in made.items() if content}


def _heard_samples(stream: SampleStream) -> list[tuple[Piece, str, Sound]]:
    """Return the last fragment, the words and the audio of each choice with words and whole samples."""
    found: list[tuple[Piece, str, Sound]] = []
    for index, content in _samples(stream).items():
        transcript = stream.transcript(stream.spoken[index])
        bare = detect_container(content) in _LIKE_SAMPLES and len(content) % 2 == 0
        if bare and any(character.isalnum() for character in transcript):
            found.append((stream.spoken[index][-1], transcript, decoded(content, "pcm16")))
    return found


def _joined(pieces: list[Piece]) -> bytes:
    """Decode fragments, each on its own or all joined, as base64; empty if neither is valid."""
    data = [piece for _, _, audio in pieces if (piece := text(audio.get("data")))]
    for parts in (data, ["".join(data)]):
        try:
            return b"".join(base64.b64decode(part, validate=True) for part in parts)
        except (binascii.Error, ValueError):
            continue
    return b""


@rule(
    "CHAT-AUDIO-008",
    should="return the id and the expiry of a streamed recording",
    clause=_AUDIO,
    operations=CHAT,
    evidence=_ended_recordings,
    note="In any fragment; the service sends the expiry separately at the end. Judged if the choice ends "
    "with `stop`, because a truncated or filtered recording may have neither.",
)
def streams_id_and_expiry(recordings: list[list[Piece]]) -> Iterator[Violation]:
    """The next request refers to the audio by its id. The schema rule reports values of a wrong type."""
    for pieces in recordings:
        chunk, at, _ = pieces[-1]
        for name in ("id", "expires_at"):
            if not any(name in audio for _, _, audio in pieces):
                message = f"No fragment of the recording has {name}."
                yield chunk.violates(f"{at}/{name}", message, reason=f"no {name}")
        yield from _expired(pieces)


def _expired(pieces: list[Piece]) -> Iterator[Violation]:
    """Yield the first expiry that is not after `created`."""
    for chunk, at, audio in pieces:
        expires, created = whole(audio.get("expires_at")), whole(chunk.json.get("created"))
        if is_unix_seconds(expires) and is_unix_seconds(created) and (expires or 0) <= (created or 0):
            yield chunk.violates(
                f"{at}/expires_at",
                "`expires_at` is not after `created`.",
                expected=f"above {created}",
                actual=expires,
                reason="order",
            )
            return


@rule(
    "CHAT-AUDIO-009",
    should="stream whole 16-bit samples without a container if pcm16 is requested",
    clause=f"{_SCHEMAS}/ChatCompletionsOptions/properties/audio",
    operations=CHAT,
    evidence=_samples,
    note="Applies to all fragments of a choice joined; a sample may be split between them.",
)
def samples_are_whole(stream: SampleStream, samples: dict[int, bytes]) -> Iterator[Violation]:
    """Otherwise players that write the bytes directly to a device play noise."""
    for index, content in samples.items():
        chunk, at, _ = stream.spoken[index][-1]
        container = detect_container(content)
        if container not in _LIKE_SAMPLES:
            message = "The streamed samples are in a container."
            yield chunk.violates(
                f"{at}/data", message, expected="pcm16", actual=container, reason="container"
            )
        elif len(content) % 2:
            message = "The number of bytes is odd, but every sample has two bytes."
            yield chunk.violates(
                f"{at}/data", message, expected="an even number", actual=len(content), reason="odd"
            )


@rule(
    "CHAT-AUDIO-010",
    should="stream no content beside audio other than its transcript",
    clause=_AUDIO,
    operations=CHAT,
    evidence=_captions,
    note="Like CHAT-AUDIO-004 for responses that are not streamed: a copy of the transcript is accepted.",
)
def streamed_content_matches_the_transcript(
    captions: list[tuple[Chunk, int, str, str]],
) -> Iterator[Violation]:
    """Content beside audio, joined, matches the transcript."""
    for chunk, place, content, transcript in captions:
        if content != transcript:
            yield chunk.violates(
                f"/choices/{place}/delta/content",
                "The streamed content differs from the transcript.",
                expected=transcript,
                actual=content,
                reason="differs",
            )


@rule(
    "CHAT-AUDIO-011",
    should="stream audio that is neither silent nor too short for its transcript",
    clause=f"{_AUDIO}/properties/transcript",
    operations=CHAT,
    evidence=_heard_samples,
    note="Judged for pcm16. Silence is below -60 dB; no voice speaks 200 characters per second.",
)
def stream_is_audible(heard: list[tuple[Piece, str, Sound]]) -> Iterator[Violation]:
    """The audio is audible and long enough for its words."""
    for (chunk, at, _), transcript, sound in heard:
        if sound.is_silent:
            message = "The streamed recording is silent."
            yield chunk.violates(f"{at}/data", message, actual=round(sound.loudest, 6), reason="silent")
        elif is_too_short(transcript, sound.seconds):
            message = "The streamed recording is too short for its transcript."
            yield chunk.violates(
                f"{at}/data",
                message,
                expected=f"at least {minimum_seconds(transcript):.2f} s",
                actual=round(sound.seconds, 3),
                reason="short",
            )


def minimum_seconds(transcript: str) -> float:
    """Return the least time that words take; the length of long texts is capped."""
    return min(len(transcript) / _FASTEST, 1.0)


def is_too_short(transcript: str, seconds: float) -> bool:
    """Whether the time is too short to speak the words."""
    return len(transcript) >= _SHORT and 0 < seconds < minimum_seconds(transcript)


class AudibleReply(SpokenReply):
    """An audio response, not streamed, whose recording can be decoded and has more than a word."""

    def applies(self) -> bool:
        """Whether a recording of a longer text can be decoded."""
        return super().applies() and bool(self.heard)

    @cached_property
    def heard(self) -> list[tuple[str, str, Sound]]:
        """Pointer, words and audio of each recording in its format; CHAT-AUDIO-002 reports the others."""
        found: list[tuple[str, str, Sound]] = []
        for at, audio in self.recordings:
            transcript = text(audio.get("transcript"))
            try:
                content = base64.b64decode(text(audio.get("data")) or "", validate=True)
                if not can_contain(detect_container(content), self.format_of(audio)):
                    continue
                sound = decoded(content, self.format_of(audio))
            except (binascii.Error, ValueError, AudioError):
                continue
            if transcript and len(transcript) >= _SHORT:
                found.append((at, transcript, sound))
        return found


@rule(
    "CHAT-AUDIO-012",
    should="return audio that is long enough for its transcript",
    clause=f"{_AUDIO}/properties/transcript",
    operations=CHAT,
    note="No voice speaks 200 characters per second; judged from 20 characters on.",
)
def audio_is_long_enough(reply: AudibleReply) -> Iterator[Violation]:
    """Otherwise some words are missing."""
    for at, transcript, sound in reply.heard:
        if is_too_short(transcript, sound.seconds):
            yield reply.violates(
                f"{at}/data",
                "The recording is too short for its transcript.",
                expected=f"at least {minimum_seconds(transcript):.2f} s",
                actual=round(sound.seconds, 3),
                reason="short",
            )


class TextOnlyReply(Success):
    """A chat response, streamed or not, with a message or a delta, to a request for text only."""

    def applies(self) -> bool:
        """Whether the request is known and valid, asks for no audio, and the response has a message."""
        audio = "audio" in elements(self.sent.get("modalities"))
        known = isinstance(self.sent.get("messages"), list)
        return known and not audio and self.case.expect != "reject" and super().applies() and bool(self.parts)

    @cached_property
    def parts(self) -> list[tuple[Chunk | None, str, dict[str, Any]]]:
        """Each message or delta with its chunk and pointer."""
        found: list[tuple[Chunk | None, str, dict[str, Any]]] = []
        if self.response.events is None:
            body = members(self.response.json) if self.response.is_json else {}
            for place, choice in objects(body.get("choices")):
                if isinstance(choice.get("message"), dict):
                    found.append((None, f"/choices/{place}/message", choice["message"]))
            return found
        for form in self.response.event_forms.forms:
            chunk = Chunk(form.first, form.value, self.response.stream_events[form.first])
            for place, choice in objects(chunk.choices):
                if isinstance(choice.get("delta"), dict):
                    found.append((chunk, f"/choices/{place}/delta", choice["delta"]))
        return found


@rule(
    "CHAT-AUDIO-013",
    must="return no audio unless the request asks for it",
    clause=_MODALITIES,
    operations=CHAT,
    since="2025-01-01-preview",
    note="Text is the default. Null or an empty object is allowed.",
)
def returns_no_unrequested_audio(reply: TextOnlyReply) -> Iterator[Violation]:
    """Audio is large and charged separately."""
    for chunk, at, part in reply.parts:
        audio = part.get("audio")
        if isinstance(audio, dict) and audio:
            message = "The response has audio, but the request does not ask for it."
            if chunk is None:
                yield reply.violates(f"{at}/audio", message, actual=sorted(audio), reason="unasked")
            else:
                yield chunk.violates(f"{at}/audio", message, actual=sorted(audio), reason="unasked")
                return
