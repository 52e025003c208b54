"""Transcripts as verbose_json: the task, the recording's length, and its segments."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from aoai_conformance.json_access import elements, number, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import AUDIO_TO_TEXT, TRANSCRIPTION, rule
from aoai_conformance.rules.audio.transcripts import BEYOND, AskedTranscript, overlap
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_VERBOSE = f"{_SCHEMAS}/audioVerboseResponse/allOf/1/properties"
_SEGMENT = f"{_SCHEMAS}/audioSegment/properties"
#: What verbose_json has and json has not.
_FIELDS = ("task", "language", "duration", "segments")
#: How far numbers of a segment may go, from 0 on.
_POSSIBLE = {"seek": inf, "compression_ratio": inf, "temperature": 1.0}
_TASKS = {"transcription": "transcribe", "translation": "translate"}
#: The names that the service gives the languages which the suite asks for.
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


class VerboseTranscript(AskedTranscript):
    """A transcript that was asked for as verbose_json, and is a JSON object."""

    def applies(self) -> bool:
        """Whether verbose_json was asked for and came."""
        return self.format == "verbose_json" and super().applies() and bool(self.json)

    @cached_property
    def segments(self) -> list[tuple[int, dict[str, Any]]]:
        """The segments that are objects, each with its place."""
        return objects(self.json.get("segments"))

    @cached_property
    def spoken(self) -> list[dict[str, Any]]:
        """The segments in the order of their starts where each has one, else in the order of the list."""
        listed = [segment for _, segment in self.segments]
        starts = [number(segment.get("start")) for segment in listed]
        if None in starts:
            return listed
        return [listed[place] for place in sorted(range(len(listed)), key=lambda place: starts[place] or 0.0)]

    def times(self) -> Iterator[tuple[int, float, float]]:
        """Place, start and end of each segment that has both."""
        for place, segment in self.segments:
            start, end = number(segment.get("start")), number(segment.get("end"))
            if start is not None and end is not None:
                yield place, start, end


@rule(
    "AUDIO-VERBOSE-001",
    must="name the task that was done",
    clause=f"{_VERBOSE}/task",
    operations=AUDIO_TO_TEXT,
)
def names_its_task(transcript: VerboseTranscript) -> Iterator[Violation]:
    """A translation is no transcription."""
    named, done = text(transcript.json.get("task")), _TASKS[transcript.operation.kind]
    if named is not None and named != done:
        yield transcript.violates("/task", "The task is another one.", expected=done, actual=named)


@rule(
    "AUDIO-VERBOSE-002",
    must="tell how many seconds the recording lasts",
    clause=f"{_VERBOSE}/duration",
    operations=AUDIO_TO_TEXT,
    note="Compared with the file that was sent; a quarter of a second and 2 % are forgiven to encoders, and "
    "half a second to whole numbers.",
)
def tells_the_duration(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Seconds, not milliseconds, and not the end of the last word."""
    told = number(transcript.json.get("duration"))
    if told is None:
        return
    rounding = 0.5 if told and told == int(told) else 0.25
    if abs(told - transcript.seconds) > rounding + 0.02 * transcript.seconds:
        yield transcript.violates(
            "/duration", "The recording lasts otherwise.", expected=round(transcript.seconds, 3), actual=told
        )


@rule(
    "AUDIO-VERBOSE-003",
    must="end each segment no earlier than it starts, and none before the recording",
    clause=f"{_SEGMENT}/end",
    operations=AUDIO_TO_TEXT,
)
def segments_have_a_length(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Offsets from the beginning of the recording."""
    for place, start, end in transcript.times():
        if end < start:
            yield transcript.violates(
                f"/segments/{place}/end",
                "A segment ends before it starts.",
                expected=f"at least {start}",
                actual=end,
                reason="end",
            )
            return
        if start < 0:
            yield transcript.violates(
                f"/segments/{place}/start",
                "A segment starts before the recording does.",
                expected="at least 0",
                actual=start,
                reason="start",
            )
            return


@rule(
    "AUDIO-VERBOSE-004",
    should="list the segments one after the other, in the order in which they are spoken",
    clause=f"{_SEGMENT}/start",
    operations=AUDIO_TO_TEXT,
    note="An overlap of less than half of the shorter one is forgiven: models round.",
)
def segments_are_in_order(transcript: VerboseTranscript) -> Iterator[Violation]:
    """The text is read in this order, and one thing is said at a time."""
    above: tuple[float, float] | None = None
    for place, start, end in transcript.times():
        if above is not None and start < above[0]:
            message, reason, least = "A segment starts before the one above it.", "order", above[0]
        elif above is not None and overlap(above, (start, end)):
            message, reason, least = "A segment starts before the one above it ends.", "overlap", above[1]
        else:
            above = (start, end)
            continue
        yield transcript.violates(
            f"/segments/{place}/start", message, expected=f"at least {least}", actual=start, reason=reason
        )
        return


@rule(
    "AUDIO-VERBOSE-005",
    should="time the segments within the recording",
    clause=f"{_SEGMENT}/end",
    operations=AUDIO_TO_TEXT,
    note="A second is forgiven. Whisper itself may end a segment later: https://github.com/openai/whisper/pull/299.",
)
def segments_lie_within(transcript: VerboseTranscript) -> Iterator[Violation]:
    """A player never comes to what lies beyond."""
    for place, start, end in transcript.times():
        if max(start, end) > transcript.seconds + BEYOND:
            yield transcript.violates(
                f"/segments/{place}/end",
                "A segment lies beyond the end of the recording.",
                expected=f"at most {transcript.seconds:.2f}",
                actual=end,
            )
            return


@rule(
    "AUDIO-VERBOSE-006",
    must="give each segment an id of its own",
    clause=f"{_SEGMENT}/id",
    operations=AUDIO_TO_TEXT,
)
def segment_ids_are_unique(transcript: VerboseTranscript) -> Iterator[Violation]:
    """An identifier that stands for two segments identifies neither."""
    seen: set[int] = set()
    for place, segment in transcript.segments:
        identifier = whole(segment.get("id"))
        if identifier in seen:
            yield transcript.violates(f"/segments/{place}/id", "Two segments have one id.", actual=identifier)
            return
        if identifier is not None:
            seen.add(identifier)


@rule(
    "AUDIO-VERBOSE-007",
    should="count the segments' ids up, one by one",
    clause=f"{_SEGMENT}/id",
    operations=AUDIO_TO_TEXT,
    note="In the order in which they are spoken, from 0 or from 1.",
)
def segment_ids_count_up(transcript: VerboseTranscript) -> Iterator[Violation]:
    """A gap looks like a segment that was lost."""
    ids = [whole(segment.get("id")) for segment in transcript.spoken]
    known = [identifier for identifier in ids if identifier is not None]
    if len(known) != len(ids) or not ids or len(set(known)) != len(known):
        return
    if known[0] not in (0, 1) or known != list(range(known[0], known[0] + len(known))):
        yield transcript.violates("/segments", "The ids do not count up.", actual=[*ids], reason="ids")


@rule(
    "AUDIO-VERBOSE-008",
    should="give the same words in the segments as in the text",
    clause=f"{_SEGMENT}/text",
    operations=AUDIO_TO_TEXT,
    note="In the order in which they are spoken; white space is not compared. The list is optional, so an "
    "empty one beside words is a may.",
)
def segments_make_the_text(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Put together they are the transcript."""
    whole_text = text(transcript.json.get("text"))
    if transcript.json.get("segments") == [] and "segment" in transcript.asked_times:
        return  # AUDIO-WORDS-001 reports it
    if transcript.json.get("segments") == [] and whole_text and not whole_text.isspace():
        message = "There are words, and no segment says them."
        yield transcript.violates("/segments", message, actual=[], reason="none", level="may")
        return
    parts = [text(segment.get("text")) for segment in transcript.spoken]
    if whole_text is None or not parts or None in parts:
        return
    joined = "".join(part or "" for part in parts)
    if "".join(joined.split()) != "".join(whole_text.split()):
        yield transcript.violates(
            "/text", "The segments are other words.", expected=joined, actual=whole_text
        )


@rule(
    "AUDIO-VERBOSE-009",
    should="answer verbose_json with more than json has",
    clause=f"{_SCHEMAS}/audioVerboseResponse",
    operations=AUDIO_TO_TEXT,
    note="Each field is optional by the schema: one that is missing breaks a may; all of them, a should. "
    "Where a request says what it wants times of, AUDIO-WORDS-001 judges the segments.",
)
def is_verbose(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Task, language, duration and segments are what the format is asked for."""
    missing = [name for name in _FIELDS if transcript.json.get(name) is None]
    if transcript.asked_times and len(missing) < len(_FIELDS):
        missing = [name for name in missing if name != "segments"]
    if len(missing) == len(_FIELDS):
        yield transcript.violates(
            "", "verbose_json was asked for, and json came.", expected=[*_FIELDS], reason="all missing"
        )
        return
    for name in missing:
        message = "The verbose answer lacks a field."
        yield transcript.violates(f"/{name}", message, reason="missing", level="may")


@rule(
    "AUDIO-VERBOSE-010",
    must="give probabilities between 0 and 1, and no logarithm of one above 0",
    clause=f"{_SEGMENT}/no_speech_prob",
    operations=AUDIO_TO_TEXT,
)
def probabilities_are_probabilities(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Clients drop segments by these numbers."""
    for place, segment in transcript.segments:
        silence, average = number(segment.get("no_speech_prob")), number(segment.get("avg_logprob"))
        if silence is not None and not 0 <= silence <= 1:
            yield transcript.violates(
                f"/segments/{place}/no_speech_prob",
                "It is no probability.",
                expected="0 to 1",
                actual=silence,
            )
            return
        if average is not None and average > 0:
            yield transcript.violates(
                f"/segments/{place}/avg_logprob", "It is above 0.", expected="at most 0", actual=average
            )
            return


@rule(
    "AUDIO-VERBOSE-011",
    should="give the tokens of a segment as token ids",
    clause=f"{_SEGMENT}/tokens",
    operations=AUDIO_TO_TEXT,
)
def tokens_are_ids(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Whole numbers from 0 on."""
    for place, segment in transcript.segments:
        for token in elements(segment.get("tokens")):
            if number(token) is not None and (whole(token) is None or token < 0):
                yield transcript.violates(
                    f"/segments/{place}/tokens", "A token is no token id.", expected="whole", actual=token
                )
                return


@rule(
    "AUDIO-VERBOSE-012",
    should="name the language that the request says is spoken",
    clause=f"{_SCHEMAS}/createTranscriptionRequest/properties/language",
    operations=TRANSCRIPTION,
    note="By its code or its English name: the service writes english for en. Unknown codes are not judged.",
)
def names_the_language(transcript: VerboseTranscript) -> Iterator[Violation]:
    """The request tells the language, so it need not be guessed."""
    asked, named = transcript.exchange.form.get("language"), text(transcript.json.get("language"))
    name = _LANGUAGES.get(asked) if isinstance(asked, str) else None
    if name is not None and named is not None and named.lower() not in (asked, name):
        yield transcript.violates("/language", "The language is another one.", expected=name, actual=named)


@rule(
    "AUDIO-VERBOSE-013",
    should="give each number of a segment within what it can be",
    clause=f"{_SEGMENT}/compression_ratio",
    operations=AUDIO_TO_TEXT,
    note="seek and the compression ratio are not negative, and the temperature lies between 0 and 1, as a "
    "request's does.",
)
def numbers_are_possible(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Clients tell a bad segment from a good one by these numbers."""
    for place, segment in transcript.segments:
        for name, most in _POSSIBLE.items():
            told = number(segment.get(name))
            if told is not None and not 0 <= told <= most:
                yield transcript.violates(
                    f"/segments/{place}/{name}",
                    "The number is not possible.",
                    expected="at least 0" if most == inf else f"0 to {most:g}",
                    actual=told,
                    reason=name,
                )
                return
