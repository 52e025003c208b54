"""The operations audio/transcriptions and audio/translations.

The words are generated, the same for the same file. The rest is real: the file is parsed for its format
and duration, a damaged one is rejected, and times, task, language, temperature and format are those that were
requested.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b

from aoai_emulator.content.spoken_words import language_named
from aoai_emulator.content.transcripts import Transcript, segment_details, srt, transcribe, vtt, word_details
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.media.audio_files import FORMATS, read_audio
from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError
from aoai_emulator.models.model_traits import Wording
from aoai_emulator.operations.service import JsonResponse, RawResponse, Service, ServiceResponse

TEXT_TYPE = "text/plain; charset=utf-8"

_MOST_REMEMBERED = 64
_STAND_IN = Sound("none", "none", 1.0)
_TASKS = {"transcription": "transcribe", "translation": "translate"}

_remembered: OrderedDict[bytes, Sound | UnreadableAudioError] = OrderedDict()


def hear(request: AcceptedRequest) -> Transcript:
    """Return the transcript of a request's file, by its language, prompt and temperature.

    A translation is always English. If a fault accepted a missing or damaged file, a second of audio replaces
    it.
    """
    upload = request.uploads.get("file")
    content = upload.data if upload is not None else b""
    sound = _sound(content)
    fields = request.fields
    return transcribe(
        content,
        sound.seconds if isinstance(sound, Sound) else _STAND_IN.seconds,
        language="english"
        if request.kind == "translation"
        else language_named(_text(fields.get("language"))),
        prompt=_text(fields.get("prompt")) or "",
        temperature=_temperature(fields.get("temperature")),
        seed=request.settings.seed,
    )


def verbose(transcript: Transcript, kind: str) -> JsonObject:
    """Return a transcript as in verbose_json; `kind` is "transcription" or "translation"."""
    return {
        "task": _TASKS[kind],
        "language": transcript.language,
        "duration": transcript.duration,
        "text": transcript.text,
        "segments": list(segment_details(transcript)),
    }


def _relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require a complete audio file, which no schema can express."""
    upload = request.uploads.get("file")
    if upload is None:
        return
    sound = _sound(upload.data)
    if isinstance(sound, UnreadableAudioError):
        yield _unreadable(sound, request.deployment.traits.unknown_file)


def _unreadable(error: UnreadableAudioError, of_model: Wording | None) -> Rejection:
    if error.damage != "unsupported":
        return invalid_request(f"The audio file could not be read: {error}", param="file")
    if of_model is not None:
        return Rejection(
            of_model.status, of_model.code, of_model.message, form=of_model.form, param=of_model.param
        )
    message = f"Invalid file format. {error} Supported formats: {list(FORMATS)}"
    return invalid_request(message, param="file")


async def _respond(request: AcceptedRequest) -> ServiceResponse:
    transcript = hear(request)
    match request.fields.get("response_format"):
        case "text":
            return RawResponse(f"{transcript.text}\n".encode(), TEXT_TYPE)
        case "srt":
            return RawResponse(srt(transcript).encode(), TEXT_TYPE)
        case "vtt":
            return RawResponse(vtt(transcript).encode(), TEXT_TYPE)
        case "verbose_json":
            words = {"words": list(word_details(transcript))} if _wants_words(request) else {}
            return JsonResponse(verbose(transcript, request.kind) | words)
        case _:
            return JsonResponse({"text": transcript.text})


def _sound(content: bytes) -> Sound | UnreadableAudioError:
    """Read a file, or return the result of reading it before: checks and operation read the same one."""
    digest = blake2b(content, digest_size=16).digest()
    found = _remembered.pop(digest, None)
    if found is None:
        try:
            found = read_audio(content)
        except UnreadableAudioError as error:
            found = error.with_traceback(None)
    _remembered[digest] = found
    if len(_remembered) > _MOST_REMEMBERED:
        _remembered.popitem(last=False)
    return found


def _wants_words(request: AcceptedRequest) -> bool:
    """Return whether times of words are requested, in versions that have the field."""
    return "word" in request.fields.get("timestamp_granularities[]", ())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _temperature(value: object) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


TRANSCRIPTION = Service("transcription", "audioTranscription", _relations, _respond)
TRANSLATION = Service("translation", "audioTranslation", _relations, _respond)
