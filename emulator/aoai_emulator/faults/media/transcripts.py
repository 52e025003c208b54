"""Faults of transcriptions and translations in JSON, and of the requests for them that are accepted."""

from __future__ import annotations

import re

from aoai_emulator.faults.conditions import objects_in
from aoai_emulator.faults.edits import (
    add,
    compute,
    copy_member,
    format_text,
    map_list,
    map_place,
    map_value,
    multiply,
    number_from,
    remove,
    rename,
    replace,
    set_to,
    swap_with,
)
from aoai_emulator.faults.places import Place
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

#: The document in which words have times.
_DOCUMENT = "azure-openai@2025-01-01-preview"
AUDIO = Topic("audio")
FIGURES = Topic("transcript_figures")
TIMES = Topic("transcript_times", document=_DOCUMENT)
_SEGMENT = "audio.response /segments/*"
_WORD = "transcription.response /words/*"
_CUE = re.compile(rb"(\d+:\d\d:\d\d[,.]\d{3}) --> (\d+:\d\d:\d\d[,.]\d{3})")


def _sends_empty_file(request: IncomingRequest) -> bool:
    upload = request.body.uploads.get("file") if request.body is not None else None
    return upload is not None and not upload.data


def _wants_segments(request: AcceptedRequest) -> bool:
    return "segment" in (request.fields.get("timestamp_granularities[]") or ())


# fmt: off
AUDIO.accept("audio-missing-file-accepted", "A form without a file is transcribed.",
    at="audio.schema file:required")
AUDIO.accept("audio-broken-file-accepted", "A file that is not valid audio is transcribed.",
    at="audio.relations file")
AUDIO.alter("audio-empty-file-crashes", "An empty file fails with 500.", at="audio.relations",
    when=_sends_empty_file, status=500)
AUDIO.alter("audio-broken-file-crashes", "A file that is not valid audio fails with 500.",
    at="audio.relations file", status=500)
AUDIO.accept("audio-hot-temperature-accepted", "A temperature above 1 is accepted.",
    at="audio.schema temperature:maximum")
AUDIO.accept("audio-temperature-words-accepted", "A temperature that is not a number is accepted.",
    at="audio.schema temperature:type")
AUDIO.accept("audio-any-format-accepted", "An unknown `response_format` is accepted, and answered as `json`.",
    at="audio.schema response_format:enum")
AUDIO.edit("audio-text-missing", "`text` is missing.", at="audio.response /text", edit=remove)
AUDIO.edit("audio-text-renamed", "The text is named `transcript`.", at="audio.response /text",
    edit=rename("transcript"))
AUDIO.edit("audio-text-other-than-segments", "`text` is not the text of the segments.",
    at="audio.response /[segments]/text", edit=set_to("These are words that no segment has."))
AUDIO.edit("audio-task-wrong", "`task` is `translate` for a transcription, or the reverse.",
    at="transcription.response /task", edit=replace("translate"))
AUDIO.edit("audio-task-wrong", at="translation.response /task", edit=replace("transcribe"))
AUDIO.edit("audio-duration-doubled", "`duration` is twice that of the file.", at="audio.response /duration",
    edit=multiply(2))
AUDIO.edit("audio-duration-milliseconds", "`duration` and all times are in milliseconds.",
    at="audio.response /duration", edit=multiply(1000))
AUDIO.edit("audio-duration-milliseconds", at=f"{_SEGMENT}/start", edit=multiply(1000))
AUDIO.edit("audio-duration-milliseconds", at=f"{_SEGMENT}/end", edit=multiply(1000))
AUDIO.edit("audio-duration-text", "`duration` is a string instead of a number.",
    at="audio.response /duration", edit=map_value(str))
AUDIO.edit("audio-segments-shuffled", "The segments are in reverse order.", at="audio.response /segments",
    edit=map_list(lambda segments: segments[::-1]))
AUDIO.edit("audio-segments-overlap", "Every segment starts at 0.", at=f"{_SEGMENT}/start", edit=set_to(0.0))
AUDIO.edit("audio-segments-reversed", "Every segment ends before it starts.", at=f"{_SEGMENT}/start",
    edit=swap_with("end"))
AUDIO.edit("audio-segments-past-the-end", "The last segment ends five seconds after the audio.",
    at="audio.response /segments/-1/end", edit=add(5.0))
AUDIO.edit("audio-segment-ids-repeat", "Every segment has the id 0.", at=f"{_SEGMENT}/id", edit=set_to(0))
AUDIO.edit("audio-segment-tokens-text", "The tokens of a segment are words instead of numbers.",
    at=f"{_SEGMENT}/tokens", edit=compute(lambda place: str(place.holder.get("text", "")).split()))
AUDIO.edit("audio-no-speech-percent", "`no_speech_prob` is a percentage.", at=f"{_SEGMENT}/no_speech_prob",
    edit=set_to(99.0))
AUDIO.edit("audio-temperature-percent", "The temperature of a segment is a percentage.",
    at=f"{_SEGMENT}/temperature", edit=set_to(40.0))
AUDIO.edit("audio-segments-empty", "`segments` is empty although there is text.",
    at="audio.response /segments", edit=replace([]))
AUDIO.edit("audio-segment-ids-skip", "The ids of the segments count in tens.", at=f"{_SEGMENT}/id",
    edit=number_from(0, step=10))
AUDIO.edit("audio-segment-tokens-negative", "The tokens of a segment are negative.", at=f"{_SEGMENT}/tokens",
    edit=compute(lambda place: [-1 for _ in place.value or ()] or [-1]))
AUDIO.edit("audio-language-other", "`language` is not the requested one.", at="audio.response /language",
    edit=map_place(lambda place: "english" if place.request.fields.get("language") == "de" else "german"))
# fmt: on


@AUDIO.code("audio-verbose-ignored", at="audio.response")
def omit_details(body: JsonObject) -> None:
    """A request for `verbose_json` is answered with `json`."""
    for name in ("task", "language", "duration", "segments"):
        body.pop(name, None)


# fmt: off
FIGURES.edit("audio-segment-temperature-zero", "Every segment has the temperature 0, whatever was requested.",
    at=f"{_SEGMENT}/temperature", edit=set_to(0.0))
FIGURES.edit("audio-segment-seek-late", "`seek` of every segment is a minute after the start of the audio.",
    at=f"{_SEGMENT}/seek", edit=set_to(6000), document=_DOCUMENT)
FIGURES.edit("audio-segment-tokens-empty", "The tokens of every segment are empty.", at=f"{_SEGMENT}/tokens",
    edit=set_to([]))
FIGURES.edit("audio-compression-ratio-zero", "`compression_ratio` of every segment is 0.",
    at=f"{_SEGMENT}/compression_ratio", edit=set_to(0.0))
FIGURES.edit("audio-language-empty", "`language` is empty.", at="audio.response /language", edit=replace(""))
FIGURES.edit("audio-text-holds-subtitles", "`text` is a subtitle file.",
    at="audio.response /[!segments]/text", edit=format_text("1\n00:00:00,000 --> 00:00:01,000\n{value}\n"))
# fmt: on


@FIGURES.code("audio-json-verbose", at="audio.response")
def add_details(body: JsonObject, request: AcceptedRequest) -> None:
    """A request for `json` is answered with fields of `verbose_json`."""
    if "segments" not in body:
        task = "transcribe" if request.kind == "transcription" else "translate"
        body |= {"task": task, "language": "english", "duration": 1.0, "segments": []}


def _last_end(place: Place) -> object:
    return objects_in(place.body, "words")[-1].get("end")


# fmt: off
TIMES.edit("audio-words-missing", "`words` is missing although requested.",
    at="transcription.response /words", edit=remove)
TIMES.edit("audio-words-empty", "`words` is empty although requested.", at="transcription.response /words",
    edit=replace([]))
TIMES.edit("audio-segments-missing", "`segments` is missing although requested.",
    at="transcription.response /segments", edit=remove, when=_wants_segments)
TIMES.edit("audio-words-reversed", "The words are in reverse order.", at="transcription.response /words",
    edit=map_list(lambda words: words[::-1]))
TIMES.edit("audio-words-overlap", "Every word lasts until the last one ends.", at=f"{_WORD}/end",
    edit=compute(_last_end))
TIMES.edit("audio-words-past-the-end", "The last word ends five seconds after the audio.",
    at="transcription.response /words/-1/end", edit=add(5.0))
TIMES.edit("audio-words-in-milliseconds", "The times of words are in milliseconds.", at=f"{_WORD}/start",
    edit=multiply(1000))
TIMES.edit("audio-words-in-milliseconds", at=f"{_WORD}/end", edit=multiply(1000))
TIMES.edit("audio-words-late", "Every word is 0.9 seconds later than in its segment.", at=f"{_WORD}/start",
    edit=map_value(lambda time: round(time + 0.9, 2), int, float))
TIMES.edit("audio-words-late", at=f"{_WORD}/end",
    edit=map_value(lambda time: round(time + 0.9, 2), int, float))
TIMES.edit("audio-words-end-before-start", "Every word ends before it starts.", at=f"{_WORD}/start",
    edit=swap_with("end"))
TIMES.edit("audio-words-before-the-sound", "The first word starts before the audio.",
    at="transcription.response /words/0/start", edit=set_to(-0.25))
TIMES.edit("audio-words-without-length", "Every word ends when it starts.", at=f"{_WORD}/end",
    edit=copy_member("start"))
TIMES.edit("audio-words-of-another-text", "The words are not those of the text.", at=f"{_WORD}/word",
    edit=set_to("lorem"))
TIMES.edit("audio-word-lost", "The last word of the text is missing.", at="transcription.response /words",
    edit=map_list(lambda words: words[:-1] if len(words) > 1 else words))
TIMES.edit("audio-word-blank", "A word is empty.", at="transcription.response /words/0/word", edit=set_to(""))
TIMES.edit("audio-segments-without-length", "Every segment ends when it starts.", at=f"{_SEGMENT}/end",
    edit=copy_member("start"), document="")
TIMES.edit("subtitle-cues-without-length", "Every cue of `srt` and `vtt` ends when it starts.",
    at="audio.reply:success /body", edit=map_value(lambda body: _CUE.sub(rb"\1 --> \1", body), bytes),
    document="")
# fmt: on
