"""Faults of the times that a verbose transcript tells: of its words, of its segments, and of subtitles."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from aoai_emulator.faults.audio import AUDIO
from aoai_emulator.faults.registry import answer_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

#: The document that has the times of words.
DOCUMENT = "azure-openai@2025-01-01-preview"
TRANSCRIPTION = frozenset({"transcription"})

_CUE = re.compile(rb"(\d+:\d\d:\d\d[,.]\d{3}) --> (\d+:\d\d:\d\d[,.]\d{3})")


def _listed(body: JsonObject, name: str) -> list[dict[str, Any]]:
    """Return the words or segments of a transcript; none where there is no such list."""
    found = body.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _shift(listed: list[dict[str, Any]], change: Callable[[float], float]) -> None:
    """Change every time of a list."""
    for each in listed:
        for name in ("start", "end"):
            if isinstance(each.get(name), int | float):
                each[name] = change(each[name])


def _asks_for(request: AcceptedRequest, granularity: str) -> bool:
    return granularity in (request.fields.get("timestamp_granularities[]") or ())


@answer_fault("audio-words-missing", operations=TRANSCRIPTION, document=DOCUMENT)
def drop_words(body: JsonObject, request: AcceptedRequest) -> None:
    """The times of words are asked for, and the transcript has no list of words."""
    del request
    body.pop("words", None)


@answer_fault("audio-words-empty", operations=TRANSCRIPTION, document=DOCUMENT)
def empty_words(body: JsonObject, request: AcceptedRequest) -> None:
    """The times of words are asked for, and the list of words is empty."""
    del request
    if "words" in body:
        body["words"] = []


@answer_fault("audio-segments-missing", operations=TRANSCRIPTION, document=DOCUMENT)
def drop_segments(body: JsonObject, request: AcceptedRequest) -> None:
    """The times of segments are asked for, and the transcript has no list of segments."""
    if _asks_for(request, "segment"):
        body.pop("segments", None)


@answer_fault("audio-words-reversed", operations=TRANSCRIPTION, document=DOCUMENT)
def reverse_words(body: JsonObject, request: AcceptedRequest) -> None:
    """The words come last one first."""
    del request
    if "words" in body:
        body["words"].reverse()


@answer_fault("audio-words-overlap", operations=TRANSCRIPTION, document=DOCUMENT)
def overlap_words(body: JsonObject, request: AcceptedRequest) -> None:
    """Every word lasts until the last one ends."""
    del request
    words = _listed(body, "words")
    for word in words:
        word["end"] = words[-1].get("end")


@answer_fault("audio-words-past-the-end", operations=TRANSCRIPTION, document=DOCUMENT)
def outlast_sound(body: JsonObject, request: AcceptedRequest) -> None:
    """The last word ends five seconds after the last one should."""
    del request
    if words := _listed(body, "words"):
        words[-1]["end"] += 5.0


@answer_fault("audio-words-in-milliseconds", operations=TRANSCRIPTION, document=DOCUMENT)
def count_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The times of words are in milliseconds."""
    del request
    _shift(_listed(body, "words"), lambda time: time * 1000)


@answer_fault("audio-words-late", operations=TRANSCRIPTION, document=DOCUMENT)
def delay_words(body: JsonObject, request: AcceptedRequest) -> None:
    """Every word is said nine tenths of a second after its segment has it."""
    del request
    _shift(_listed(body, "words"), lambda time: round(time + 0.9, 2))


@answer_fault("audio-words-end-before-start", operations=TRANSCRIPTION, document=DOCUMENT)
def swap_word_times(body: JsonObject, request: AcceptedRequest) -> None:
    """Every word ends before it starts."""
    del request
    for word in _listed(body, "words"):
        word["start"], word["end"] = word.get("end"), word.get("start")


@answer_fault("audio-words-before-the-sound", operations=TRANSCRIPTION, document=DOCUMENT)
def start_too_early(body: JsonObject, request: AcceptedRequest) -> None:
    """The first word starts before the sound does."""
    del request
    if words := _listed(body, "words"):
        words[0]["start"] = -0.25


@answer_fault("audio-words-without-length", operations=TRANSCRIPTION, document=DOCUMENT)
def flatten_words(body: JsonObject, request: AcceptedRequest) -> None:
    """Every word ends when it starts."""
    del request
    for word in _listed(body, "words"):
        word["end"] = word.get("start")


@answer_fault("audio-words-of-another-text", operations=TRANSCRIPTION, document=DOCUMENT)
def say_other_words(body: JsonObject, request: AcceptedRequest) -> None:
    """The words are not those of the text."""
    del request
    for word in _listed(body, "words"):
        word["word"] = "lorem"


@answer_fault("audio-word-lost", operations=TRANSCRIPTION, document=DOCUMENT)
def lose_word(body: JsonObject, request: AcceptedRequest) -> None:
    """The list of words lacks the last word of the text."""
    del request
    if len(_listed(body, "words")) > 1:
        body["words"].pop()


@answer_fault("audio-word-blank", operations=TRANSCRIPTION, document=DOCUMENT)
def blank_word(body: JsonObject, request: AcceptedRequest) -> None:
    """A word of the list is empty."""
    del request
    if words := _listed(body, "words"):
        words[0]["word"] = ""


@answer_fault("audio-segments-without-length", operations=AUDIO)
def flatten_segments(body: JsonObject, request: AcceptedRequest) -> None:
    """Every segment ends when it starts."""
    del request
    for segment in _listed(body, "segments"):
        segment["end"] = segment.get("start")


@reply_fault("subtitle-cues-without-length", operations=AUDIO)
def flatten_cues(reply: Reply, request: IncomingRequest) -> None:
    """Every cue of srt and vtt ends when it begins."""
    del request
    if reply.status == 200 and isinstance(reply.body, bytes):
        reply.body = _CUE.sub(lambda cue: cue[1] + b" --> " + cue[1], reply.body)
