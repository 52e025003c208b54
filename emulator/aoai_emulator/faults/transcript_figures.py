"""Faults of what a transcript tells beside words and times: figures of segments, the language, the format."""

from __future__ import annotations

from collections.abc import Mapping

from aoai_emulator.faults.audio import AUDIO
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

DOCUMENT = "azure-openai@2025-01-01-preview"


def _set_in_segments(body: JsonObject, fields: Mapping[str, object]) -> None:
    segments = body.get("segments")
    for segment in segments if isinstance(segments, list) else ():
        segment.update(fields)


@answer_fault("audio-segment-temperature-zero", operations=AUDIO)
def cool_down(body: JsonObject, request: AcceptedRequest) -> None:
    """Every segment has the temperature 0, whatever was asked for."""
    del request
    _set_in_segments(body, {"temperature": 0.0})


@answer_fault("audio-segment-seek-late", operations=AUDIO, document=DOCUMENT)
def seek_late(body: JsonObject, request: AcceptedRequest) -> None:
    """The seek position of every segment is a minute after the start of the sound."""
    del request
    _set_in_segments(body, {"seek": 6000})


@answer_fault("audio-segment-tokens-empty", operations=AUDIO)
def drop_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """The list of tokens of every segment is empty."""
    del request
    _set_in_segments(body, {"tokens": []})


@answer_fault("audio-compression-ratio-zero", operations=AUDIO)
def compress_to_nothing(body: JsonObject, request: AcceptedRequest) -> None:
    """The compression ratio of every segment is 0."""
    del request
    _set_in_segments(body, {"compression_ratio": 0.0})


@answer_fault("audio-language-empty", operations=AUDIO)
def leave_language_open(body: JsonObject, request: AcceptedRequest) -> None:
    """The language is an empty text."""
    del request
    if "language" in body:
        body["language"] = ""


@answer_fault("audio-text-holds-subtitles", operations=AUDIO)
def wrap_subtitles(body: JsonObject, request: AcceptedRequest) -> None:
    """The text of a plain JSON answer is a file of subtitles."""
    del request
    if "segments" not in body:
        body["text"] = f"1\n00:00:00,000 --> 00:00:01,000\n{body.get('text')}\n"


@answer_fault("audio-json-verbose", operations=AUDIO)
def tell_more(body: JsonObject, request: AcceptedRequest) -> None:
    """A request for json is answered with fields of verbose_json."""
    if "segments" not in body:
        task = "transcribe" if request.kind == "transcription" else "translate"
        body |= {"task": task, "language": "english", "duration": 1.0, "segments": []}
