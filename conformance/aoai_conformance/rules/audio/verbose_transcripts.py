"""Verbose transcripts: task, duration, language and segments."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from aoai_conformance.json_access import elements, number, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import AUDIO_TO_TEXT, TRANSCRIPTION, rule
from aoai_conformance.rules.audio.transcripts import BEYOND, ExpectedTranscript, overlap
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_VERBOSE = f"{_SCHEMAS}/audioVerboseResponse/allOf/1/properties"
_SEGMENT = f"{_SCHEMAS}/audioSegment/properties"
#: The fields that only verbose_json has.
_FIELDS = ("task", "language", "duration", "segments")
#: The maximum of numbers of a segment; the minimum is 0.
_POSSIBLE = {"seek": inf, "compression_ratio": inf, "temperature": 1.0}
_TASKS = {"transcription": "transcribe", "translation": "translate"}
#: The service's names of the languages that the suite requests.
_LANGUAGES = {
    "ar": "arabic",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "hi": "hindi",
    "it": "italian",
    "ja": "japanese",
    "ko": "korean",
    "nl": "dutch",
    "pt": "portuguese",
    "ru": "russian",
    "zh": "chinese",
}


class VerboseTranscript(ExpectedTranscript):
    """A transcript that was requested as verbose_json, and is a JSON object."""

    def applies(self) -> bool:
        """Whether the request asks for verbose_json, and the response is a JSON object."""
        return self.format == "verbose_json" and super().applies() and bool(self.json)

    @cached_property
    def segments(self) -> list[tuple[int, dict[str, Any]]]:
        """The segments that are objects, each with its position."""
        return objects(self.json.get("segments"))

    @cached_property
    def spoken(self) -> list[dict[str, Any]]:
        """The segments in the order of their starts if each has one, or else in list order."""
        listed = [segment for _, segment in self.segments]
        starts = [number(segment.get("start")) for segment in listed]
        if None in starts:
            return listed
        return [listed[place] for place in sorted(range(len(listed)), key=lambda place: starts[place] or 0.0)]

    def times(self) -> Iterator[tuple[int, float, float]]:
        """Position, start and end of each segment that has both."""
        for place, segment in self.segments:
            start, end = number(segment.get("start")), number(segment.get("end"))
            if start is not None and end is not None:
                yield place, start, end


@rule(
    "AUDIO-VERBOSE-001",
    must="name the task that was performed",
    clause=f"{_VERBOSE}/task",
    operations=AUDIO_TO_TEXT,
)
def names_its_task(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Distinguishes translations from transcriptions."""
    named, done = text(transcript.json.get("task")), _TASKS[transcript.operation.kind]
    if named is not None and named != done:
        yield transcript.violates(
            "/task", "`task` does not match the operation.", expected=done, actual=named
        )


@rule(
    "AUDIO-VERBOSE-002",
    must="return the duration of the recording in seconds",
    clause=f"{_VERBOSE}/duration",
    operations=AUDIO_TO_TEXT,
    note="Compared with the uploaded file. A quarter of a second and 2 % are allowed for encoders, and "
    "half a second for integers.",
)
def returns_the_duration(transcript: VerboseTranscript) -> Iterator[Violation]:
    """The duration is neither in milliseconds nor the end of the last word."""
    duration = number(transcript.json.get("duration"))
    if duration is None:
        return
    rounding = 0.5 if duration and duration == int(duration) else 0.25
    if abs(duration - transcript.seconds) > rounding + 0.02 * transcript.seconds:
        message = f"`duration` is {duration:g} s, but the uploaded audio lasts {transcript.seconds:.1f} s."
        yield transcript.violates(
            "/duration", message, expected=round(transcript.seconds, 3), actual=duration
        )


@rule(
    "AUDIO-VERBOSE-003",
    must="return segments that do not end before they start, nor start before the recording",
    clause=f"{_SEGMENT}/end",
    operations=AUDIO_TO_TEXT,
)
def segments_have_valid_times(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Times are offsets from the start of the recording."""
    for place, start, end in transcript.times():
        if end < start:
            yield transcript.violates(
                f"/segments/{place}/end",
                "The segment ends before it starts.",
                expected=f"at least {start}",
                actual=end,
                reason="end",
            )
            return
        if start < 0:
            yield transcript.violates(
                f"/segments/{place}/start",
                "The segment starts before the recording.",
                expected="at least 0",
                actual=start,
                reason="start",
            )
            return


@rule(
    "AUDIO-VERBOSE-004",
    should="list the segments in the order in which they are spoken, without overlaps",
    clause=f"{_SEGMENT}/start",
    operations=AUDIO_TO_TEXT,
    note="An overlap of less than half of the shorter segment is allowed, because models round.",
)
def segments_are_in_order(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Clients read the text in this order, and speech does not overlap."""
    above: tuple[float, float] | None = None
    for place, start, end in transcript.times():
        if above is not None and start < above[0]:
            message, reason, least = "The segment starts before the previous one.", "order", above[0]
        elif above is not None and overlap(above, (start, end)):
            message, reason, least = "The segment starts before the previous one ends.", "overlap", above[1]
        else:
            above = (start, end)
            continue
        yield transcript.violates(
            f"/segments/{place}/start", message, expected=f"at least {least}", actual=start, reason=reason
        )
        return


@rule(
    "AUDIO-VERBOSE-005",
    should="return segments with times within the recording",
    clause=f"{_SEGMENT}/end",
    operations=AUDIO_TO_TEXT,
    note="One second is allowed. Whisper may end a segment even later: "
    "https://github.com/openai/whisper/pull/299.",
)
def segments_end_within_recording(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Players never reach segments after the end."""
    for place, start, end in transcript.times():
        if max(start, end) > transcript.seconds + BEYOND:
            yield transcript.violates(
                f"/segments/{place}/end",
                "The segment exceeds the end of the recording.",
                expected=f"at most {transcript.seconds:.2f}",
                actual=end,
            )
            return


@rule(
    "AUDIO-VERBOSE-006",
    must="give each segment a unique id",
    clause=f"{_SEGMENT}/id",
    operations=AUDIO_TO_TEXT,
)
def segment_ids_are_unique(transcript: VerboseTranscript) -> Iterator[Violation]:
    """A duplicate id identifies no segment."""
    seen: set[int] = set()
    for place, segment in transcript.segments:
        identifier = whole(segment.get("id"))
        if identifier in seen:
            yield transcript.violates(
                f"/segments/{place}/id", "Two segments have the same id.", actual=identifier
            )
            return
        if identifier is not None:
            seen.add(identifier)


@rule(
    "AUDIO-VERBOSE-007",
    should="number the segments consecutively",
    clause=f"{_SEGMENT}/id",
    operations=AUDIO_TO_TEXT,
    note="In the order in which they are spoken, starting at 0 or 1.",
)
def segment_ids_are_consecutive(transcript: VerboseTranscript) -> Iterator[Violation]:
    """A gap looks like a lost segment."""
    ids = [whole(segment.get("id")) for segment in transcript.spoken]
    known = [identifier for identifier in ids if identifier is not None]
    if len(known) != len(ids) or not ids or len(set(known)) != len(known):
        return
    if known[0] not in (0, 1) or known != list(range(known[0], known[0] + len(known))):
        yield transcript.violates("/segments", "The ids are not consecutive.", actual=[*ids], reason="ids")


@rule(
    "AUDIO-VERBOSE-008",
    should="return the same words in the segments as in the text",
    clause=f"{_SEGMENT}/text",
    operations=AUDIO_TO_TEXT,
    note="In the order in which they are spoken; white space is ignored. The list is optional, so an empty "
    "one beside words is a MAY violation.",
)
def segments_match_the_text(transcript: VerboseTranscript) -> Iterator[Violation]:
    """The joined segments equal the text."""
    whole_text = text(transcript.json.get("text"))
    if transcript.json.get("segments") == [] and "segment" in transcript.requested_times:
        return  # AUDIO-WORDS-001 reports it
    if transcript.json.get("segments") == [] and whole_text and not whole_text.isspace():
        message = "The text has words, but there are no segments."
        yield transcript.violates("/segments", message, actual=[], reason="none", level="may")
        return
    parts = [text(segment.get("text")) for segment in transcript.spoken]
    if whole_text is None or not parts or None in parts:
        return
    joined = "".join(part or "" for part in parts)
    if "".join(joined.split()) != "".join(whole_text.split()):
        yield transcript.violates(
            "/text", "The words of the segments differ from the text.", expected=joined, actual=whole_text
        )


@rule(
    "AUDIO-VERBOSE-009",
    should="return additional fields if response_format is `verbose_json`",
    clause=f"{_SCHEMAS}/audioVerboseResponse",
    operations=AUDIO_TO_TEXT,
    note="Each field is optional by the schema: a missing one is a MAY violation, and all of them a SHOULD "
    "violation. If a request asks for timestamps, AUDIO-WORDS-001 judges the segments.",
)
def has_verbose_fields(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Clients request the format for task, language, duration and segments."""
    missing = [name for name in _FIELDS if transcript.json.get(name) is None]
    if transcript.requested_times and len(missing) < len(_FIELDS):
        missing = [name for name in missing if name != "segments"]
    if len(missing) == len(_FIELDS):
        yield transcript.violates(
            "",
            "The request asks for verbose_json, but the response has only the fields of json.",
            expected=[*_FIELDS],
            reason="all missing",
        )
        return
    for name in missing:
        message = "The verbose response lacks a field."
        yield transcript.violates(f"/{name}", message, reason="missing", level="may")


@rule(
    "AUDIO-VERBOSE-010",
    must="return probabilities between 0 and 1, and log probabilities of at most 0",
    clause=f"{_SEGMENT}/no_speech_prob",
    operations=AUDIO_TO_TEXT,
)
def probabilities_are_in_range(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Clients use these values to drop segments."""
    for place, segment in transcript.segments:
        silence, average = number(segment.get("no_speech_prob")), number(segment.get("avg_logprob"))
        if silence is not None and not 0 <= silence <= 1:
            yield transcript.violates(
                f"/segments/{place}/no_speech_prob",
                "The value is not a probability.",
                expected="0 to 1",
                actual=silence,
            )
            return
        if average is not None and average > 0:
            yield transcript.violates(
                f"/segments/{place}/avg_logprob",
                "The log probability is above 0.",
                expected="at most 0",
                actual=average,
            )
            return


@rule(
    "AUDIO-VERBOSE-011",
    should="return the tokens of a segment as token ids",
    clause=f"{_SEGMENT}/tokens",
    operations=AUDIO_TO_TEXT,
)
def tokens_are_ids(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Token ids are integers of at least 0."""
    for place, segment in transcript.segments:
        for token in elements(segment.get("tokens")):
            if number(token) is not None and (whole(token) is None or token < 0):
                yield transcript.violates(
                    f"/segments/{place}/tokens",
                    "The token is not a token id.",
                    expected="whole",
                    actual=token,
                )
                return


@rule(
    "AUDIO-VERBOSE-012",
    should="return the language that the request sets",
    clause=f"{_SCHEMAS}/createTranscriptionRequest/properties/language",
    operations=TRANSCRIPTION,
    note="As a code or an English name: the service returns english for en. Unknown codes are not judged.",
)
def returns_the_requested_language(transcript: VerboseTranscript) -> Iterator[Violation]:
    """If the request sets the language, the server need not detect it."""
    requested, named = transcript.exchange.form.get("language"), text(transcript.json.get("language"))
    name = _LANGUAGES.get(requested) if isinstance(requested, str) else None
    if name is not None and named is not None and named.lower() not in (requested, name):
        yield transcript.violates(
            "/language", "The language differs from that of the request.", expected=name, actual=named
        )


@rule(
    "AUDIO-VERBOSE-013",
    should="return the numbers of a segment within their possible ranges",
    clause=f"{_SEGMENT}/compression_ratio",
    operations=AUDIO_TO_TEXT,
    note="seek and the compression ratio are not negative, and the temperature is between 0 and 1, as in a "
    "request.",
)
def segment_numbers_are_in_range(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Clients use these values to detect failed segments."""
    for place, segment in transcript.segments:
        for name, most in _POSSIBLE.items():
            value = number(segment.get(name))
            if value is not None and not 0 <= value <= most:
                yield transcript.violates(
                    f"/segments/{place}/{name}",
                    "The value is outside its possible range.",
                    expected="at least 0" if most == inf else f"0 to {most:g}",
                    actual=value,
                    reason=name,
                )
                return
