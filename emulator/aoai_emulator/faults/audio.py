"""Faults of audio/transcriptions and audio/translations: what is accepted, and what JSON answers say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.registry import acceptance_fault, answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

AUDIO = frozenset({"transcription", "translation"})
"""The kinds of operation that take audio."""


@acceptance_fault("audio-missing-file-accepted", check="schema", operations=AUDIO)
def missing_file_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A form without any file is transcribed."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("file", "required"))


@acceptance_fault("audio-broken-file-accepted", check="relations", operations=AUDIO)
def broken_file_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A file that is no whole audio is transcribed."""
    del request
    return (refusal for refusal in found if refusal.param != "file")


@acceptance_fault("audio-empty-file-crashes", check="relations", operations=AUDIO)
def empty_file_crashes(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An empty file is answered with 500."""
    upload = request.body.uploads.get("file") if request.body is not None else None
    empty = upload is not None and not upload.data
    return (replace(refusal, status=500) if empty else refusal for refusal in found)


@acceptance_fault("audio-broken-file-crashes", check="relations", operations=AUDIO)
def broken_file_crashes(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A file that is no whole audio is answered with 500."""
    del request
    return (replace(refusal, status=500) if refusal.param == "file" else refusal for refusal in found)


@acceptance_fault("audio-hot-temperature-accepted", check="schema", operations=AUDIO)
def hot_temperature_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A temperature above 1 is accepted."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("temperature", "maximum"))


@acceptance_fault("audio-temperature-words-accepted", check="schema", operations=AUDIO)
def temperature_words_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A temperature that is no number is accepted."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("temperature", "type"))


@acceptance_fault("audio-any-format-accepted", check="schema", operations=AUDIO)
def any_format_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A response_format that does not exist is accepted, and answered as json."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("response_format", "enum"))


@answer_fault("audio-text-missing", operations=AUDIO)
def text_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The JSON answer does not hold the text."""
    del request
    body.pop("text", None)


@answer_fault("audio-text-renamed", operations=AUDIO)
def text_renamed(body: JsonObject, request: AcceptedRequest) -> None:
    """The text comes under the name `transcript`."""
    del request
    body["transcript"] = body.pop("text", "")


@answer_fault("audio-text-other-than-segments", operations=AUDIO)
def text_other_than_segments(body: JsonObject, request: AcceptedRequest) -> None:
    """The text of a verbose answer is not what its segments say."""
    del request
    if "segments" in body:
        body["text"] = "These are words that no segment has."


@answer_fault("audio-verbose-ignored", operations=AUDIO)
def verbose_ignored(body: JsonObject, request: AcceptedRequest) -> None:
    """A request for verbose_json is answered as one for json."""
    del request
    for name in ("task", "language", "duration", "segments"):
        body.pop(name, None)


@answer_fault("audio-task-wrong", operations=AUDIO)
def task_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """A transcription calls itself a translation, and a translation a transcription."""
    if "task" in body:
        body["task"] = "translate" if request.kind == "transcription" else "transcribe"


@answer_fault("audio-duration-doubled", operations=AUDIO)
def duration_doubled(body: JsonObject, request: AcceptedRequest) -> None:
    """The duration is twice that of the file."""
    del request
    if "duration" in body:
        body["duration"] *= 2


@answer_fault("audio-duration-milliseconds", operations=AUDIO)
def duration_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The duration and all times are given in milliseconds."""
    del request
    if "duration" in body:
        body["duration"] *= 1000
    for segment in _segments(body):
        segment["start"] *= 1000
        segment["end"] *= 1000


@answer_fault("audio-duration-text", operations=AUDIO)
def duration_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The duration is text, not a number."""
    del request
    if "duration" in body:
        body["duration"] = str(body["duration"])


@answer_fault("audio-segments-shuffled", operations=AUDIO)
def segments_shuffled(body: JsonObject, request: AcceptedRequest) -> None:
    """The segments come last one first."""
    del request
    if "segments" in body:
        body["segments"].reverse()


@answer_fault("audio-segments-overlap", operations=AUDIO)
def segments_overlap(body: JsonObject, request: AcceptedRequest) -> None:
    """Every segment begins at the beginning of the sound."""
    del request
    for segment in _segments(body):
        segment["start"] = 0.0


@answer_fault("audio-segments-reversed", operations=AUDIO)
def segments_reversed(body: JsonObject, request: AcceptedRequest) -> None:
    """Every segment ends before it begins."""
    del request
    for segment in _segments(body):
        segment["start"], segment["end"] = segment["end"], segment["start"]


@answer_fault("audio-segments-past-the-end", operations=AUDIO)
def segments_past_the_end(body: JsonObject, request: AcceptedRequest) -> None:
    """The last segment ends five seconds after the sound."""
    del request
    if segments := _segments(body):
        segments[-1]["end"] += 5.0


@answer_fault("audio-segment-ids-repeat", operations=AUDIO)
def segment_ids_repeat(body: JsonObject, request: AcceptedRequest) -> None:
    """Every segment has the id 0."""
    del request
    for segment in _segments(body):
        segment["id"] = 0


@answer_fault("audio-segment-tokens-text", operations=AUDIO)
def segment_tokens_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The tokens of a segment are words, not numbers."""
    del request
    for segment in _segments(body):
        segment["tokens"] = str(segment.get("text", "")).split()


@answer_fault("audio-no-speech-percent", operations=AUDIO)
def no_speech_percent(body: JsonObject, request: AcceptedRequest) -> None:
    """The probability of silence is a percentage above 1."""
    del request
    for segment in _segments(body):
        segment["no_speech_prob"] = 99.0


@answer_fault("audio-temperature-percent", operations=AUDIO)
def temperature_percent(body: JsonObject, request: AcceptedRequest) -> None:
    """The temperature of a segment is a percentage."""
    del request
    for segment in _segments(body):
        segment["temperature"] = 40.0


@answer_fault("audio-segments-empty", operations=AUDIO)
def segments_empty(body: JsonObject, request: AcceptedRequest) -> None:
    """There are words, and the list of segments is empty."""
    del request
    if "segments" in body:
        body["segments"] = []


@answer_fault("audio-segment-ids-skip", operations=AUDIO)
def segment_ids_skip(body: JsonObject, request: AcceptedRequest) -> None:
    """The ids of the segments count up in tens."""
    del request
    for number, segment in enumerate(_segments(body)):
        segment["id"] = 10 * number


@answer_fault("audio-segment-tokens-negative", operations=AUDIO)
def segment_tokens_negative(body: JsonObject, request: AcceptedRequest) -> None:
    """The tokens of a segment are numbers below 0, which no token has."""
    del request
    for segment in _segments(body):
        segment["tokens"] = [-1 for _ in segment.get("tokens", [])] or [-1]


@answer_fault("audio-language-other", operations=AUDIO)
def language_other(body: JsonObject, request: AcceptedRequest) -> None:
    """The language is said to be another one than the request says."""
    if "language" in body:
        body["language"] = "english" if request.fields.get("language") == "de" else "german"


def _segments(body: JsonObject) -> list[JsonObject]:
    segments = body.get("segments")
    return segments if isinstance(segments, list) else []
