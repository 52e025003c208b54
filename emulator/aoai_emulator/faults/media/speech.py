"""Faults of speech: what is accepted, and the audio file."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

from aoai_emulator.checks.declared_fields import meaningful_fields
from aoai_emulator.content.sound_encoding import encode
from aoai_emulator.content.voice_sound import BYTES_A_SAMPLE
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import write
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.operations.speech import Reading

SPEECH = Topic("speech")
_TOO_FAST = Rejection(400, "invalid_value", "The speed is too high.", form="model", param="speed")


def _body(fault_id: str, summary: str, function: Callable[[bytes, Reading, int], bytes]) -> None:
    """Add a fault that replaces the audio by a function of it, of what was requested and of the seed."""

    @SPEECH.code(fault_id, summary, at="speech.reply")
    def change(reply: Reply, request: IncomingRequest) -> None:
        reading = _reading(reply, request)
        if reading and isinstance(reply.body, bytes):
            reply.body = function(reply.body, reading, request.settings.seed)


def _reading(reply: Reply, request: IncomingRequest) -> Reading | None:
    """Return what was requested where a reply has audio, else None."""
    if not 200 <= reply.status < 300 or request.operation is None:
        return None
    return Reading.of(meaningful_fields(request.operation, "application/json", request.sent))


def _read(reading: Reading, seed: int) -> bytes:
    return encode(reading.samples(seed), reading.sound_format)


def _truncate(content: bytes, _reading: Reading, _seed: int) -> bytes:
    half = len(content) // 2
    return content[: half + (half + 1) % 2]


def _first_tenth(content: bytes, reading: Reading, seed: int) -> bytes:
    if reading.speed <= 1:
        return content
    samples = reading.samples(seed)
    kept = len(samples) // 10 // BYTES_A_SAMPLE * BYTES_A_SAMPLE
    return encode(samples[:kept], reading.sound_format)


# fmt: off
_body(
    "speech-container-wrong",
    "The audio is FLAC whatever format was requested, and WAV instead of FLAC.",
    lambda _, reading, seed: encode(
        reading.samples(seed), "wav" if reading.sound_format == "flac" else "flac"
    ),
)
_body("speech-truncated", "The file is cut off in the middle.", _truncate)
_body("speech-empty", "The body is empty.", lambda _body, _reading, _seed: b"")
_body("speech-silent", "The file is valid, but silent.",
    lambda _, reading, seed: encode(bytes(len(reading.samples(seed))), reading.sound_format))
_body("speech-without-samples", "The file has a header and only a few samples.",
    lambda _body, reading, _seed: encode(bytes(32 * BYTES_A_SAMPLE), reading.sound_format))
_body("speech-speed-ignored", "The text is read at speed 1, whatever `speed` is.",
    lambda _, reading, seed: _read(replace(reading, speed=1.0), seed))
_body("speech-speed-inverted", "The higher `speed` is, the slower the text is read.",
    lambda _, reading, seed: _read(replace(reading, speed=1 / max(reading.speed, 0.01)), seed))
_body("speech-text-ignored", "Every text gives the same audio.",
    lambda _, reading, seed: _read(replace(reading, text="The same to everybody, always."), seed))
_body("speech-not-a-sound", "The body is text instead of audio.",
    lambda _body, _reading, _seed: b"The text was read aloud.")
_body("speech-fast-in-part", "At a speed above 1, only the first tenth of the text is read.", _first_tenth)
SPEECH.accept("speech-endless-text-accepted", "A text longer than the document allows is accepted.",
    at="speech.schema input:maxLength")
SPEECH.accept("speech-any-voice-accepted", "An unknown voice is accepted.", at="speech.schema voice:enum")
SPEECH.accept("speech-any-format-accepted",
    "An unknown `response_format` is accepted, and answered with MP3.",
    at="speech.schema response_format:enum", drop="response_format")
SPEECH.accept("speech-any-speed-accepted", "A speed outside its limits is accepted.",
    at="speech.schema speed:minimum|maximum")
SPEECH.accept("speech-voice-optional", "A request without a voice is accepted.",
    at="speech.schema voice:required")
SPEECH.reject("speech-fastest-refused", "A speed above 2 is rejected although the document allows it.",
    at="speech.relations",
    when=lambda request: isinstance(speed := request.sent.get("speed"), int | float) and speed > 2,
    rejection=_TOO_FAST)
# fmt: on


@SPEECH.code("speech-format-ignored", at="speech.reply")
def send_mp3(reply: Reply, request: IncomingRequest) -> None:
    """The audio is MP3, and labelled as such, whatever format was requested."""
    if reading := _reading(reply, request):
        reply.body = encode(reading.samples(request.settings.seed), "mp3")
        reply.headers["content-type"] = "audio/mpeg"


@SPEECH.code("speech-labelled-text", at="speech.reply")
def label_text(reply: Reply, request: IncomingRequest) -> None:
    """The media type of the audio is `text/plain`."""
    if _reading(reply, request):
        reply.headers["content-type"] = "text/plain; charset=utf-8"


@SPEECH.code("speech-labelled-other-format", at="speech.reply")
def label_other_format(reply: Reply, request: IncomingRequest) -> None:
    """The media type of the audio is that of another format."""
    if reading := _reading(reply, request):
        reply.headers["content-type"] = "audio/mpeg" if reading.sound_format != "mp3" else "audio/flac"


@SPEECH.code("speech-in-json", at="speech.reply")
def send_json(reply: Reply, request: IncomingRequest) -> None:
    """The audio is base64 in a JSON object."""
    if _reading(reply, request) and isinstance(reply.body, bytes):
        reply.body = write({"audio": base64.b64encode(reply.body).decode("ascii")})
        reply.headers["content-type"] = "application/json"


@SPEECH.code("speech-as-201", at="speech.reply")
def send_created(reply: Reply, request: IncomingRequest) -> None:
    """The audio is sent with status 201."""
    if _reading(reply, request):
        reply.status = 201
