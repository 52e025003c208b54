"""Transcripts of audio in each of the five formats."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from aoai_conformance.formats.recordings import read_duration
from aoai_conformance.formats.subtitles import Subtitles, looks_like_srt, looks_like_vtt, read_srt, read_vtt
from aoai_conformance.json_access import members, text
from aoai_conformance.observation import cached_property, examined
from aoai_conformance.rule import AUDIO_TO_TEXT, Inconclusive, rule
from aoai_conformance.views.exchange_views import Success
from aoai_model.case import MultipartBody
from aoai_model.verdict import Violation

_POST = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1audio~1transcriptions/post"
_CONTENT = f"{_POST}/responses/200/content"
_FORMATS = "azure-openai@2024-10-21#/components/schemas/audioResponseFormat"
#: The names of the form field for the requested timestamps, with and without brackets.
_TIMES = ("timestamp_granularities[]", "timestamp_granularities")
#: Seconds by which a cue may exceed its recording: encoders pad, and models round.
BEYOND = 1.0


class Transcript(Success):
    """The response to a transcription or translation, in any format."""

    def applies(self) -> bool:
        """Whether this is a 2xx response of an audio-to-text operation."""
        return super().applies() and self.operation.kind in ("transcription", "translation")

    @property
    def format(self) -> str:
        """Return the requested response_format; `json` by default."""
        requested = self.exchange.form.get("response_format")
        return requested if isinstance(requested, str) and requested else "json"

    @property
    def json(self) -> dict[str, Any]:
        """Return the body if it is a JSON object, else an empty dict."""
        return members(self.response.json) if self.response.is_json else {}

    @property
    def text(self) -> str | None:
        """Return the transcript: the `text` of a JSON response, the whole body in any other format."""
        if self.format in ("json", "verbose_json"):
            return text(self.json.get("text"))
        return self.response.text


class ExpectedTranscript(Transcript):
    """A transcript for a valid request."""

    def applies(self) -> bool:
        """Whether the request should not be rejected, and the body is complete."""
        return self.case.expect != "reject" and self.response.complete and super().applies()

    @cached_property
    def seconds(self) -> float:
        """The duration of the uploaded recording. Raises Inconclusive if it is unknown."""
        file = self.exchange.form.get("file")
        seconds = read_duration(file) if isinstance(file, bytes) else None
        if seconds is None:
            raise Inconclusive("the duration of the uploaded recording is unknown")
        return seconds

    @cached_property
    def requested_times(self) -> frozenset[str]:
        """The requested timestamps, `word` and `segment`; empty if the request has none."""
        body = self.case.request.body
        parts = body.parts if isinstance(body, MultipartBody) else ()
        return frozenset(part.content.decode("utf-8", "replace") for part in parts if part.name in _TIMES)


class JsonTranscript(ExpectedTranscript):
    """A transcript that was requested as JSON, plain or verbose."""

    def applies(self) -> bool:
        """Whether the request asks for JSON."""
        return self.format in ("json", "verbose_json") and super().applies()


class TextTranscript(ExpectedTranscript):
    """A transcript that was requested as text, SubRip or WebVTT."""

    def applies(self) -> bool:
        """Whether the request asks for a text format, and the response is not an event stream."""
        is_stream = self.response.events is not None
        return self.format in ("text", "srt", "vtt") and not is_stream and super().applies()

    @property
    def is_json_body(self) -> bool:
        """Whether the body is a JSON object, list or string, unlike the format."""
        return self.response.is_json and isinstance(self.response.json, dict | list | str)


def _is_plain_text(transcript: TextTranscript) -> bool:
    """Whether the request asks for text."""
    return transcript.format == "text"


class SubtitleTranscript(TextTranscript):
    """A transcript that was requested as SubRip or WebVTT, and is text."""

    def applies(self) -> bool:
        """Whether the request asks for subtitles and the response is not JSON, which another rule reports."""
        return self.format in ("srt", "vtt") and super().applies() and not self.is_json_body

    @cached_property
    def subtitles(self) -> Subtitles:
        """The cues and the flaws."""
        found = read_srt(self.response.text) if self.format == "srt" else read_vtt(self.response.text)
        examined(found.cues)
        return found


def _is_srt(transcript: SubtitleTranscript) -> bool:
    """Whether the request asks for SubRip."""
    return transcript.format == "srt"


def _is_vtt(transcript: SubtitleTranscript) -> bool:
    """Whether the request asks for WebVTT."""
    return transcript.format == "vtt"


def _flaws(transcript: SubtitleTranscript) -> Iterator[Violation]:
    """Yield a violation for each kind of flaw, at its first line."""
    lines = transcript.response.text.splitlines()
    reasons: set[str] = set()
    for flaw in transcript.subtitles.flaws:
        if flaw.reason not in reasons:
            reasons.add(flaw.reason)
            line = lines[flaw.line - 1] if flaw.line <= len(lines) else ""
            yield transcript.violates(
                "",
                flaw.message,
                expected=transcript.format,
                actual=f"line {flaw.line}: {line}",
                reason=flaw.reason,
            )


@rule(
    "AUDIO-001",
    must="return a JSON object if response_format is `json`, `verbose_json` or absent",
    clause=f"{_CONTENT}/application~1json",
    operations=AUDIO_TO_TEXT,
    note="json is the default of the service.",
)
def returns_json_if_requested(transcript: JsonTranscript) -> Iterator[Violation]:
    """The response must be declared as JSON and be an object."""
    examined(transcript.json)
    if not transcript.response.is_json or not isinstance(transcript.response.json, dict):
        yield transcript.violates(
            "",
            "The request asks for JSON, but the response is not a JSON object.",
            expected='{"text": "…"}',
            actual=transcript.response.text,
            reason="body",
        )
    elif transcript.response.media_type != "application/json":
        yield transcript.violates(
            "header:Content-Type",
            "The request asks for JSON, but the response declares a different media type.",
            expected="application/json",
            actual=transcript.response.media_type or None,
            reason="content type",
        )


@rule(
    "AUDIO-002",
    must="return plain text if response_format is `text`, `srt` or `vtt`",
    clause=f"{_CONTENT}/text~1plain",
    operations=AUDIO_TO_TEXT,
)
def returns_text_if_requested(transcript: TextTranscript) -> Iterator[Violation]:
    """The response must not be JSON."""
    examined(transcript.content.strip())
    if transcript.response.media_type == "application/json" or transcript.is_json_body:
        yield transcript.violates(
            "",
            "The request asks for text, but the response is JSON.",
            expected=transcript.format,
            actual=transcript.response.text,
        )


@rule(
    "AUDIO-003",
    must="send text in UTF-8 or in the charset that it declares",
    clause="https://www.rfc-editor.org/rfc/rfc6657#section-4",
    operations=AUDIO_TO_TEXT,
)
def text_can_be_decoded(transcript: TextTranscript) -> Iterator[Violation]:
    """Transcripts may be in any language."""
    if transcript.is_json_body:
        return  # another rule reports responses that are not text
    declared = (transcript.response.header("content-type") or "").lower().partition("charset=")[2]
    charset = declared.partition(";")[0].strip(" \"'") or "utf-8"
    try:
        transcript.content.decode(charset)
    except (UnicodeDecodeError, LookupError) as error:
        yield transcript.violates(
            "", "The text cannot be decoded with its charset.", expected=charset, actual=str(error)
        )


@rule(
    "AUDIO-004",
    must="return only the spoken words if response_format is `text`",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
    when=_is_plain_text,
)
def returns_only_spoken_text(transcript: TextTranscript) -> Iterator[Violation]:
    """The text must not contain timestamps."""
    if transcript.is_json_body:
        return  # another rule reports responses that are not text
    words = transcript.response.text
    examined(words.strip())
    if looks_like_srt(words) or looks_like_vtt(words):
        yield transcript.violates(
            "", "The request asks for text, but the response has subtitles.", expected="text", actual=words
        )


@rule(
    "AUDIO-005",
    must="return valid SubRip if response_format is `srt`",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
    when=_is_srt,
    note="Numbered from 1, HH:MM:SS,mmm, in order: "
    "https://www.matroska.org/technical/subtitles.html#srt-subtitles.",
)
def returns_valid_srt(transcript: SubtitleTranscript) -> Iterator[Violation]:
    """Reports each kind of flaw once."""
    yield from _flaws(transcript)


@rule(
    "AUDIO-006",
    must="return valid WebVTT if response_format is `vtt`",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
    when=_is_vtt,
    note="WEBVTT, a blank line, MM:SS.mmm with or without hours, in order: https://www.w3.org/TR/webvtt1/.",
)
def returns_valid_vtt(transcript: SubtitleTranscript) -> Iterator[Violation]:
    """Reports each kind of flaw once."""
    yield from _flaws(transcript)


@rule(
    "AUDIO-007",
    should="return subtitles with times within the recording",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
    note="One second is allowed. Whisper may end a cue even later: "
    "https://github.com/openai/whisper/pull/299.",
)
def cues_end_within_recording(transcript: SubtitleTranscript) -> Iterator[Violation]:
    """Players never reach cues after the end."""
    for cue in transcript.subtitles.cues:
        if max(cue.start, cue.end) > transcript.seconds + BEYOND:
            yield transcript.violates(
                "",
                "The cue exceeds the end of the recording.",
                expected=f"at most {transcript.seconds:.2f} s",
                actual=f"line {cue.line}: {cue.start} to {cue.end} s",
                reason="beyond",
            )
            return


@rule(
    "AUDIO-008",
    should="return text in each subtitle",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
)
def cues_have_text(transcript: SubtitleTranscript) -> Iterator[Violation]:
    """A cue without text displays nothing."""
    for cue in transcript.subtitles.cues:
        if not cue.text.strip():
            yield transcript.violates(
                "", "The cue has no text.", expected="text", actual=f"line {cue.line}", reason="empty cue"
            )
            return


@rule(
    "AUDIO-009",
    should="return subtitles that do not overlap",
    clause=_FORMATS,
    operations=AUDIO_TO_TEXT,
    note="Both formats allow overlapping cues, but speech does not overlap. An overlap of less than half "
    "of the shorter cue is allowed.",
)
def cues_do_not_overlap(transcript: SubtitleTranscript) -> Iterator[Violation]:
    """Players stack overlapping cues, or drop one."""
    cues = transcript.subtitles.cues
    for above, cue in pairwise(cues):
        if overlap((above.start, above.end), (cue.start, cue.end)):
            yield transcript.violates(
                "",
                "The cue starts before the previous one ends.",
                expected=f"at least {above.end} s",
                actual=f"line {cue.line}: {cue.start} s",
                reason="overlap",
            )
            return


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two spans of seconds overlap by more than rounding explains: half of the shorter, and 0.1 s."""
    both = min(one[1], other[1]) - max(one[0], other[0])
    return both > max(0.1, min(one[1] - one[0], other[1] - other[0]) / 2)
