"""Audio of chats, with its transcript, in the requested format."""

from __future__ import annotations

import base64

from aoai_emulator.content.chat.choice import Choice
from aoai_emulator.content.seeding import label
from aoai_emulator.content.sound_encoding import encode
from aoai_emulator.content.voice_sound import speak
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

_SECONDS_KEPT = 3600
_DEFAULT_VOICE, _DEFAULT_FORMAT = "alloy", "wav"
# How many characters all choices speak together; longer texts are spoken in part.
_MOST_CHARACTERS = 600
_ENCODERS = {"wav": "wav", "mp3": "mp3", "flac": "flac", "opus": "opus", "pcm16": "pcm", "aac": "aac"}


def requested_format(request: AcceptedRequest) -> str:
    """Return the sound format of a request for audio, as a format of MEDIA_TYPES."""
    asked = request.fields.get("audio") or {}
    return _ENCODERS.get(str(asked.get("format", _DEFAULT_FORMAT)), _DEFAULT_FORMAT)


def recording(choice: Choice, request: AcceptedRequest, created: int, number: int) -> JsonObject:
    """Build the `audio` of one choice of `number`: its id, expiry, data and transcript.

    `pcm16` is bare 16-bit samples at 24,000 Hz; an unknown format gives WAV.
    """
    asked = request.fields.get("audio") or {}
    name = str(asked.get("format", _DEFAULT_FORMAT))
    transcript = choice.text or ""
    samples = speak(
        transcript[: max(_MOST_CHARACTERS // max(number, 1), 1)],
        str(asked.get("voice", _DEFAULT_VOICE)),
        1.0,
        request.settings.seed,
    )
    known = name if name in _ENCODERS else _DEFAULT_FORMAT
    return {
        "id": f"audio_{label(24, request.id, choice.index)}",
        "expires_at": created + _SECONDS_KEPT,
        "data": base64.b64encode(encode(samples, _ENCODERS[known])).decode("ascii"),
        "format": known,
        "transcript": transcript,
    }
