"""The operation audio/speech: a text read aloud, as a real audio file of the requested format.

Fields that a document does not declare are ignored: without `response_format` every response is MP3, without
`speed` every text is read at speed 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from aoai_emulator.content.cues import cued_rejections
from aoai_emulator.content.sound_encoding import MEDIA_TYPES, encode, is_writable
from aoai_emulator.content.unwritable_formats import unwritable_format
from aoai_emulator.content.voice_sound import speak
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.service import RawResponse, Service, ServiceResponse

BYTES_TYPE = "application/octet-stream"

#: The format of a response to a request that names none.
DEFAULT_FORMAT = "mp3"
_LONGEST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """A request for speech: text, speed, voice, and the format of the file."""

    text: str
    voice: str
    speed: float
    sound_format: str

    @classmethod
    def of(cls, fields: JsonObject) -> Reading:
        """Return the speech that the declared fields describe, with the first 4096 characters of its text."""
        speed = fields.get("speed", 1)
        asked = fields.get("response_format")
        return cls(
            text=str(fields.get("input", ""))[:_LONGEST_TEXT],
            voice=str(fields.get("voice", ""))[:_LONGEST_TEXT],
            speed=float(speed) if isinstance(speed, int | float) else 1.0,
            sound_format=asked if isinstance(asked, str) and asked in MEDIA_TYPES else DEFAULT_FORMAT,
        )

    def samples(self, seed: int) -> bytes:
        """Return the audio as bare samples."""
        return speak(self.text, self.voice, self.speed, seed)


def _relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require a text and a format that can be written; the schema checks the rest."""
    fields = request.fields
    if fields.get("input") == "":
        yield invalid_request(
            "Invalid 'input': the text is shorter than 1.", param="input", code="string_below_min_length"
        )
    asked = fields.get("response_format", DEFAULT_FORMAT)
    if asked not in MEDIA_TYPES:
        yield invalid_request(
            f"Invalid 'response_format': the emulator writes {', '.join(MEDIA_TYPES)}.",
            param="response_format",
        )
    elif not is_writable(asked):
        yield unwritable_format("response_format", asked)
    yield from cued_rejections([str(fields.get("input", ""))])


async def _respond(request: AcceptedRequest) -> ServiceResponse:
    reading = Reading.of(request.fields)
    content = await asyncio.to_thread(_sound, reading, request.settings.seed)
    return RawResponse(content, _label(reading.sound_format, request))


def _sound(reading: Reading, seed: int) -> bytes:
    return encode(reading.samples(seed), reading.sound_format)


def _label(sound_format: str, request: AcceptedRequest) -> str:
    """Return the media type: that of the format, or with the flavour `strict` the declared one."""
    named = MEDIA_TYPES[sound_format]
    described = request.operation.response_for(200)
    if request.is_azure or described is None or described.media_for(named) is not None:
        return named
    return BYTES_TYPE if described.media_for(BYTES_TYPE) is not None else named


SERVICE = Service("speech", "audioSpeech", _relations, _respond)
