"""Timestamps of words and segments, and the match of words with the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from aoai_conformance.json_access import number, objects, text
from aoai_conformance.rule import TRANSCRIPTION, rule
from aoai_conformance.rules.audio.transcripts import BEYOND, overlap
from aoai_conformance.rules.audio.verbose_transcripts import VerboseTranscript
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_POST = f"{_DOCUMENT}#/paths/~1deployments~1{{deploymentId}}~1audio~1transcriptions/post"
_ASKED = f"{_POST}/requestBody/content/multipart~1form-data/schema/properties/timestamp_granularities[]"
_TRANSCRIPT = f"{_DOCUMENT}#/components/schemas/AudioTranscription/properties"
_WORD = f"{_DOCUMENT}#/components/schemas/AudioTranscriptionWord/properties"
#: The api-version whose document declares word timestamps.
_SINCE = "2025-01-01-preview"
#: The list for each requested kind of timestamp.
_LISTS = {"word": "words", "segment": "segments"}
#: The fields that only the verbose format has; if all are absent, another rule reports the format.
_VERBOSE = ("task", "language", "duration", "segments", "words")
#: Seconds by which word times may go back: each is estimated and rounded separately.
_BACK = 0.05
#: Seconds by which words may be outside all segments: both are estimates of the same model.
_OUTSIDE = 0.5
#: Position, start and end of a word.
Times = tuple[int, float, float]


def _requests_times(transcript: VerboseTranscript) -> bool:
    """Whether there are text and a field of the verbose format. The schema rule reports a null list."""
    has_verbose_fields = any(transcript.json.get(name) is not None for name in _VERBOSE)
    has_content_refusal_or_call = (text(transcript.json.get("text")) or "").strip()
    return has_verbose_fields and bool(has_content_refusal_or_call) and bool(_requested_lists(transcript))


def _requested_lists(transcript: VerboseTranscript) -> list[str]:
    """Return the requested lists that are absent or lists."""
    names = [_LISTS[kind] for kind in sorted(transcript.requested_times & _LISTS.keys())]
    return [name for name in names if isinstance(transcript.json.get(name, []), list)]


def _words(transcript: VerboseTranscript) -> list[tuple[int, dict[str, Any]]]:
    """Return the words that are objects, each with its position."""
    return objects(transcript.json.get("words"))


def _word_times(transcript: VerboseTranscript) -> list[Times]:
    """Return the position, start and end of each word that has both."""
    words = _words(transcript)
    timed = ((place, number(word.get("start")), number(word.get("end"))) for place, word in words)
    return [(place, start, end) for place, start, end in timed if start is not None and end is not None]


def _times_of_several_words(transcript: VerboseTranscript) -> list[Times]:
    """Return the times of the words if there are at least three."""
    times = _word_times(transcript)
    return times if len(times) >= 3 else []


def _times_of_successive_words(transcript: VerboseTranscript) -> list[Times]:
    """Return the times of words that do not end before they start, if there are two or more."""
    times = [each for each in _word_times(transcript) if each[1] <= each[2]]
    return times if len(times) > 1 else []


def _has_word_texts(transcript: VerboseTranscript) -> bool:
    """Whether a word is a string."""
    return any(text(word.get("word")) is not None for _, word in _words(transcript))


def _has_words_and_segments(transcript: VerboseTranscript) -> bool:
    """Whether both lists have times. Another rule reports times after the recording."""
    words, segments = _word_times(transcript), list(transcript.times())
    if not words or not segments:
        return False
    return all(max(start, end) <= transcript.seconds + BEYOND for _, start, end in [*words, *segments])


def _can_compare_words(transcript: VerboseTranscript) -> bool:
    """Whether words were requested, each has text, and there are no digits, which may be spelled out."""
    spoken = text(transcript.json.get("text")) or ""
    words = [text(word.get("word")) or "" for _, word in _words(transcript)]
    if "word" not in transcript.requested_times or not words or not spoken.strip():
        return False
    return all(word.strip() for word in words) and not any(
        unicodedata.category(character) in ("Nd", "Sc") or character == "%"
        for character in "".join([spoken, *words])
    )


@rule(
    "AUDIO-WORDS-001",
    must="list words or segments with timestamps if the request asks for them",
    clause=_ASKED,
    operations=TRANSCRIPTION,
    when=_requests_times,
    since=_SINCE,
    note="Only with verbose_json, and only if there is text.",
)
def lists_requested_timestamps(transcript: VerboseTranscript) -> Iterator[Violation]:
    """A missing or empty list has no timestamps."""
    for name in _requested_lists(transcript):
        if not transcript.json.get(name):
            yield transcript.violates(
                f"/{name}",
                f"The request asks for timestamps, but the response has no {name}.",
                expected=f"{name} with their times",
                actual=transcript.json.get(name),
                reason="missing",
            )


@rule(
    "AUDIO-WORDS-002",
    must="return words that do not end before they start, nor start before the recording",
    clause=f"{_WORD}/end",
    operations=TRANSCRIPTION,
    evidence=_word_times,
    since=_SINCE,
    note="A word may start and end at the same time, because short words may be rounded to nothing.",
)
def words_have_valid_times(transcript: VerboseTranscript, times: list[Times]) -> Iterator[Violation]:
    """Times are offsets from the start of the recording."""
    for place, start, end in times:
        at = f"/words/{place}"
        if end < start:
            message = "The word ends before it starts."
            yield transcript.violates(
                f"{at}/end", message, expected=f"at least {start}", actual=end, reason="end"
            )
            return
        if start < 0:
            message = "The word starts before the recording."
            yield transcript.violates(
                f"{at}/start", message, expected="at least 0", actual=start, reason="start"
            )
            return


@rule(
    "AUDIO-WORDS-003",
    should="list the words in the order in which they are spoken, without overlaps",
    clause=f"{_TRANSCRIPT}/words",
    operations=TRANSCRIPTION,
    evidence=_times_of_successive_words,
    since=_SINCE,
    note="Times may go back by 0.05 s, and words may overlap by less than half of the shorter one.",
)
def words_are_in_order(transcript: VerboseTranscript, times: list[Times]) -> Iterator[Violation]:
    """Captions highlight one word after the other."""
    for (_, *above), (place, start, end) in pairwise(times):
        if start < above[0] - _BACK:
            message, reason, least = "The word starts before the previous one.", "order", above[0]
        elif overlap((above[0], above[1]), (start, end)):
            message, reason, least = "The word starts before the previous one ends.", "overlap", above[1]
        else:
            continue
        yield transcript.violates(
            f"/words/{place}/start", message, expected=f"at least {least}", actual=start, reason=reason
        )
        return


@rule(
    "AUDIO-WORDS-004",
    should="return words with times within the recording",
    clause=f"{_WORD}/end",
    operations=TRANSCRIPTION,
    evidence=_word_times,
    since=_SINCE,
    note="Compared with the uploaded file; one second is allowed, as for segments.",
)
def words_end_within_recording(transcript: VerboseTranscript, times: list[Times]) -> Iterator[Violation]:
    """Players never reach words after the end."""
    for place, start, end in times:
        if max(start, end) > transcript.seconds + BEYOND:
            yield transcript.violates(
                f"/words/{place}/end",
                "The word exceeds the end of the recording.",
                expected=f"at most {transcript.seconds:.2f}",
                actual=max(start, end),
                reason="beyond",
            )
            return


@rule(
    "AUDIO-WORDS-005",
    should="list exactly the words of the text",
    clause=f"{_WORD}/word",
    operations=TRANSCRIPTION,
    when=_can_compare_words,
    since=_SINCE,
    note="Compares letters, ignoring case, white space and punctuation, in list order or by time. Not "
    "judged if words were not requested, or if there are digits, which may be spelled out.",
)
def words_match_the_text(transcript: VerboseTranscript) -> Iterator[Violation]:
    """A text may be split into words in any way."""
    written = text(transcript.json.get("text")) or ""
    words = [word for _, word in _words(transcript)]
    spoken = sorted(words, key=lambda word: number(word.get("start")) or 0.0)
    listed, in_time = (" ".join(text(word.get("word")) or "" for word in each) for each in (words, spoken))
    if _letters(written) not in (_letters(listed), _letters(in_time)):
        message = "The words do not match the text."
        yield transcript.violates("/words", message, expected=written, actual=listed, reason="other words")


def _letters(value: str) -> str:
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(character for character in plain if character.isalnum())


@rule(
    "AUDIO-WORDS-006",
    should="return no empty words",
    clause=f"{_WORD}/word",
    operations=TRANSCRIPTION,
    when=_has_word_texts,
    since=_SINCE,
)
def words_are_not_empty(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Punctuation counts as a word."""
    for place, word in _words(transcript):
        value = text(word.get("word"))
        if value is not None and not value.strip():
            message = "The word is empty."
            yield transcript.violates(
                f"/words/{place}/word", message, expected="a word", actual=value, reason="empty"
            )
            return


@rule(
    "AUDIO-WORDS-007",
    should="return words with times within the segments of the same response",
    clause=f"{_TRANSCRIPT}/words",
    operations=TRANSCRIPTION,
    when=_has_words_and_segments,
    since=_SINCE,
    note="From the start of the first segment to the end of the last one; half a second is allowed on "
    "either side.",
)
def words_are_within_segments(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Both are offsets in the same recording."""
    segment_times = [time for _, start, end in transcript.times() for time in (start, end)]
    first, last = min(segment_times), max(segment_times)
    for place, start, end in _word_times(transcript):
        if min(start, end) < first - _OUTSIDE or max(start, end) > last + _OUTSIDE:
            yield transcript.violates(
                f"/words/{place}",
                "The word is outside all segments.",
                expected=f"{first} to {last}",
                actual=[start, end],
                reason="outside",
            )
            return


@rule(
    "AUDIO-WORDS-008",
    should="return at least one word that ends after it starts",
    clause=f"{_WORD}/end",
    operations=TRANSCRIPTION,
    evidence=_times_of_several_words,
    since=_SINCE,
    note="Judged if at least three words are listed, because a single word without a length is allowed.",
)
def some_word_has_a_duration(transcript: VerboseTranscript, times: list[Times]) -> Iterator[Violation]:
    """Such times are useless."""
    if all(start == end for _, start, end in times):
        message = "Every word starts and ends at the same time."
        yield transcript.violates(
            "/words",
            message,
            expected="ends after starts",
            actual=[times[0][1], times[0][2]],
            reason="no length",
        )
