"""Faults of audio/speech: what is accepted, and what the sound file is."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.declared_fields import meaningful_fields
from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.registry import acceptance_fault, reply_fault
from aoai_emulator.http.json_text import write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.media.sound_encoding import encode
from aoai_emulator.media.voice_sound import BYTES_A_SAMPLE
from aoai_emulator.operations.speech import Reading

_SPEECH = frozenset({"speech"})


@reply_fault("speech-container-wrong", operations=_SPEECH)
def container_wrong(reply: Reply, request: IncomingRequest) -> None:
    """The sound comes as FLAC whatever format was asked for, and as WAV where FLAC was."""
    if reading := _reading(reply, request):
        other = "wav" if reading.sound_format == "flac" else "flac"
        reply.body = encode(reading.samples(request.settings.seed), other)


@reply_fault("speech-format-ignored", operations=_SPEECH)
def format_ignored(reply: Reply, request: IncomingRequest) -> None:
    """The sound comes as MP3 and is labelled as such, whatever format was asked for."""
    if reading := _reading(reply, request):
        reply.body = encode(reading.samples(request.settings.seed), "mp3")
        reply.headers["content-type"] = "audio/mpeg"


@reply_fault("speech-truncated", operations=_SPEECH)
def truncated(reply: Reply, request: IncomingRequest) -> None:
    """The file breaks off in its middle."""
    if _reading(reply, request) and isinstance(reply.body, bytes):
        half = len(reply.body) // 2
        reply.body = reply.body[: half + (half + 1) % 2]


@reply_fault("speech-empty", operations=_SPEECH)
def empty(reply: Reply, request: IncomingRequest) -> None:
    """The answer has no byte in it."""
    if _reading(reply, request):
        reply.body = b""


@reply_fault("speech-silent", operations=_SPEECH)
def silent(reply: Reply, request: IncomingRequest) -> None:
    """The file is whole, but nothing is to be heard in it."""
    if reading := _reading(reply, request):
        silence = bytes(len(reading.samples(request.settings.seed)))
        reply.body = encode(silence, reading.sound_format)


@reply_fault("speech-without-samples", operations=_SPEECH)
def without_samples(reply: Reply, request: IncomingRequest) -> None:
    """The file has a header and no more than a few samples."""
    if reading := _reading(reply, request):
        reply.body = encode(bytes(32 * BYTES_A_SAMPLE), reading.sound_format)


@reply_fault("speech-speed-ignored", operations=_SPEECH)
def speed_ignored(reply: Reply, request: IncomingRequest) -> None:
    """The text is read at the usual speed whatever speed was asked for."""
    if reading := _reading(reply, request):
        reply.body = _encoded(replace(reading, speed=1.0), request)


@reply_fault("speech-speed-inverted", operations=_SPEECH)
def speed_inverted(reply: Reply, request: IncomingRequest) -> None:
    """The text is read the slower, the faster it was asked for."""
    if reading := _reading(reply, request):
        reply.body = _encoded(replace(reading, speed=1 / max(reading.speed, 0.01)), request)


@reply_fault("speech-text-ignored", operations=_SPEECH)
def text_ignored(reply: Reply, request: IncomingRequest) -> None:
    """Every text sounds the same and takes equally long."""
    if reading := _reading(reply, request):
        reply.body = _encoded(replace(reading, text="The same to everybody, always."), request)


@reply_fault("speech-labelled-text", operations=_SPEECH)
def labelled_text(reply: Reply, request: IncomingRequest) -> None:
    """The sound is labelled text/plain."""
    if _reading(reply, request):
        reply.headers["content-type"] = "text/plain; charset=utf-8"


@reply_fault("speech-labelled-other-format", operations=_SPEECH)
def labelled_other_format(reply: Reply, request: IncomingRequest) -> None:
    """The sound is labelled as another format than the one it has."""
    if reading := _reading(reply, request):
        other = "audio/mpeg" if reading.sound_format != "mp3" else "audio/flac"
        reply.headers["content-type"] = other


@reply_fault("speech-in-json", operations=_SPEECH)
def in_json(reply: Reply, request: IncomingRequest) -> None:
    """The sound comes as base64 in a JSON object."""
    if _reading(reply, request) and isinstance(reply.body, bytes):
        reply.body = write({"audio": base64.b64encode(reply.body).decode("ascii")})
        reply.headers["content-type"] = "application/json"


@reply_fault("speech-not-a-sound", operations=_SPEECH)
def not_a_sound(reply: Reply, request: IncomingRequest) -> None:
    """The answer holds words instead of a sound."""
    if _reading(reply, request):
        reply.body = b"The text was read aloud."


@reply_fault("speech-as-201", operations=_SPEECH)
def as_created(reply: Reply, request: IncomingRequest) -> None:
    """The sound comes with status 201."""
    if _reading(reply, request):
        reply.status = 201


@acceptance_fault("speech-endless-text-accepted", check="schema", operations=_SPEECH)
def endless_text_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A text longer than the document allows is read."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("input", "maxLength"))


@acceptance_fault("speech-any-voice-accepted", check="schema", operations=_SPEECH)
def any_voice_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A voice that does not exist reads all the same."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("voice", "enum"))


@acceptance_fault("speech-any-format-accepted", check="schema", operations=_SPEECH)
def any_format_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A response_format that the document does not have is refused by nobody, and read as MP3."""
    for refusal in found:
        if (refusal.param, refusal.keyword) != ("response_format", "enum"):
            yield refusal
        elif request.body is not None:
            kept = {name: value for name, value in request.sent.items() if name != "response_format"}
            request.body = replace(request.body, fields=kept)


@acceptance_fault("speech-any-speed-accepted", check="schema", operations=_SPEECH)
def any_speed_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A speed beyond the declared limits is accepted."""
    del request
    limits = {("speed", "minimum"), ("speed", "maximum")}
    return (refusal for refusal in found if (refusal.param, refusal.keyword) not in limits)


@acceptance_fault("speech-voice-optional", check="schema", operations=_SPEECH)
def voice_optional(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A request without a voice is answered."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("voice", "required"))


@acceptance_fault("speech-fastest-refused", check="relations", operations=_SPEECH)
def fastest_refused(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A speed above 2 is refused, though the document allows it."""
    yield from found
    speed = request.sent.get("speed")
    if isinstance(speed, int | float) and speed > 2:
        yield Refusal(400, "invalid_value", "The speed is too high.", form="model", param="speed")


def _reading(reply: Reply, request: IncomingRequest) -> Reading | None:
    """Return what was asked for where a sound answers it, else None."""
    if not 200 <= reply.status < 300 or request.operation is None:
        return None
    return Reading.of(meaningful_fields(request.operation, "application/json", request.sent))


def _encoded(reading: Reading, request: IncomingRequest) -> bytes:
    return encode(reading.samples(request.settings.seed), reading.sound_format)


@reply_fault("speech-fast-in-part", operations=_SPEECH)
def fast_in_part(reply: Reply, request: IncomingRequest) -> None:
    """Of a text at a greater speed only the first tenth is read."""
    if (reading := _reading(reply, request)) and reading.speed > 1:
        samples = reading.samples(request.settings.seed)
        kept = len(samples) // 10 // BYTES_A_SAMPLE * BYTES_A_SAMPLE
        reply.body = encode(samples[:kept], reading.sound_format)
