"""Transcripts in a format that was not requested, cues without a length, and empty languages."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.formats.subtitles import looks_like_srt, looks_like_vtt
from aoai_conformance.json_access import text
from aoai_conformance.observation import examined
from aoai_conformance.rule import AUDIO_TO_TEXT, rule
from aoai_conformance.rules.audio.transcripts import JsonTranscript, SubtitleTranscript
from aoai_conformance.rules.audio.verbose_transcripts import VerboseTranscript
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_FORMATS = f"{_SCHEMAS}/audioResponseFormat"
#: The fields that verbose_json adds to json.
_VERBOSE = ("task", "language", "duration", "segments", "words")


def _has_text(transcript: JsonTranscript) -> bool:
    """Whether the text is present and not empty."""
    return bool(text(transcript.json.get("text")))


def _has_brief_text(transcript: JsonTranscript) -> bool:
    """Whether the format is json, not verbose_json."""
    return transcript.format == "json" and _has_text(transcript)


def _has_cues(transcript: SubtitleTranscript) -> bool:
    """Whether there is a cue that can be parsed."""
    return bool(transcript.subtitles.cues)


def _has_own_language(transcript: VerboseTranscript) -> bool:
    """Whether language and text are strings, and the request does not set the language."""
    spoken = text(transcript.json.get("text")) or ""
    has_language = text(transcript.json.get("language")) is not None
    return bool(spoken.strip()) and has_language and not transcript.exchange.form.get("language")


@rule(
    "AUDIO-010",
    must="return only the spoken words as the text of a JSON response",
    clause=f"{_SCHEMAS}/audioResponse/properties/text",
    operations=AUDIO_TO_TEXT,
    when=_has_text,
)
def returns_only_spoken_json_text(transcript: JsonTranscript) -> Iterator[Violation]:
    """The text must not contain subtitles."""
    words = text(transcript.json.get("text")) or ""
    if looks_like_srt(words) or looks_like_vtt(words):
        message = "The text contains subtitles."
        yield transcript.violates("/text", message, expected="text", actual=words, reason="subtitles")


@rule(
    "AUDIO-011",
    may="omit the fields of `verbose_json` if response_format is `json`",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
    when=_has_brief_text,
    note="The document declares only the text for json; more fields are harmless drift.",
)
def omits_verbose_fields(transcript: JsonTranscript) -> Iterator[Violation]:
    """Json is the short format."""
    examined(transcript.json.get("text"))
    more = [name for name in _VERBOSE if transcript.json.get(name) is not None]
    if more:
        message = "The request asks for json, but the response has fields of verbose_json."
        yield transcript.violates(
            f"/{more[0]}", message, expected=["text"], actual=["text", *more], reason="verbose"
        )


@rule(
    "AUDIO-012",
    should="return at least one subtitle that ends after it starts",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
    when=_has_cues,
    note="Rounding may reduce a short cue to nothing, but not all cues.",
)
def some_cue_has_a_duration(transcript: SubtitleTranscript) -> Iterator[Violation]:
    """Players do not display a cue that starts and ends at the same time."""
    cues = transcript.subtitles.cues
    if all(cue.start == cue.end for cue in cues):
        message = "Every cue starts and ends at the same time."
        yield transcript.violates(
            "",
            message,
            expected="ends after starts",
            actual=f"line {cues[0].line}: {cues[0].start} to {cues[0].end} s",
            reason="no length",
        )


@rule(
    "AUDIO-VERBOSE-019",
    should="return a language that is not empty if there is text",
    clause=f"{_SCHEMAS}/audioVerboseResponse/allOf/1/properties/language",
    operations=AUDIO_TO_TEXT,
    when=_has_own_language,
    note="Any name passes: the service returns english, documents have en. If the request sets the language, "
    "AUDIO-VERBOSE-012 compares them.",
)
def language_is_not_empty(transcript: VerboseTranscript) -> Iterator[Violation]:
    """An empty string is not a language."""
    named = text(transcript.json.get("language")) or ""
    if not named.strip():
        message = "The language is empty."
        yield transcript.violates("/language", message, expected="a language", actual=named, reason="empty")
