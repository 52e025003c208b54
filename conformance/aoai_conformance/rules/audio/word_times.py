"""Times by word and by segment: what a request for them gets, and that the words are those of the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from aoai_conformance.json_access import number, objects, text
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import TRANSCRIPTION, Violation, rule
from aoai_conformance.rules.audio.transcripts import BEYOND, overlap
from aoai_conformance.rules.audio.verbose_transcripts import VerboseTranscript

_DOCUMENT = "azure-openai@2025-01-01-preview"
_POST = f"{_DOCUMENT}#/paths/~1deployments~1{{deploymentId}}~1audio~1transcriptions/post"
_ASKED = f"{_POST}/requestBody/content/multipart~1form-data/schema/properties/timestamp_granularities[]"
_TRANSCRIPT = f"{_DOCUMENT}#/components/schemas/AudioTranscription/properties"
_WORD = f"{_DOCUMENT}#/components/schemas/AudioTranscriptionWord/properties"
#: The api-version whose document has the times of words.
_SINCE = "2025-01-01-preview"
#: The list that a wish for times fills.
_LISTS = {"word": "words", "segment": "segments"}
#: What tells the verbose format from the plain one; without any, another rule reports the format.
_VERBOSE = ("task", "language", "duration", "segments", "words")
#: Seconds by which word times may go back: they are estimated and rounded one by one.
_BACK = 0.05
#: Seconds by which words may lie outside all segments: both are estimates of one model.
_OUTSIDE = 0.5


class TimedTranscript(VerboseTranscript):
    """A verbose transcript that says something, for a request that names what it wants times of."""

    def applies(self) -> bool:
        """Whether there are a text and a field of the verbose format. A null list is the schema's."""
        is_verbose = any(self.json.get(name) is not None for name in _VERBOSE)
        says_something = (text(self.json.get("text")) or "").strip()
        return super().applies() and is_verbose and bool(says_something) and bool(self.wanted)

    @cached_property
    def wanted(self) -> list[str]:
        """The lists that were asked for and are missing, or are lists."""
        names = [_LISTS[asked] for asked in sorted(self.asked_times & _LISTS.keys())]
        return [name for name in names if isinstance(self.json.get(name, []), list)]


class WordedTranscript(VerboseTranscript):
    """A verbose transcript that lists words."""

    def applies(self) -> bool:
        """Whether the list of words has an entry that is an object."""
        return super().applies() and bool(self.words)

    @cached_property
    def words(self) -> list[tuple[int, dict[str, Any]]]:
        """The words that are objects, each with its place."""
        return objects(self.json.get("words"))

    @cached_property
    def word_times(self) -> list[tuple[int, float, float]]:
        """Place, start and end of each word that has both."""
        timed = ((place, number(word.get("start")), number(word.get("end"))) for place, word in self.words)
        return [(place, start, end) for place, start, end in timed if start is not None and end is not None]


class WrittenWords(WordedTranscript):
    """A verbose transcript that lists words that are text."""

    def applies(self) -> bool:
        """Whether some word is text."""
        return super().applies() and any(text(word.get("word")) is not None for _, word in self.words)


class TimedWords(WordedTranscript):
    """A verbose transcript that lists words with their times."""

    def applies(self) -> bool:
        """Whether some word has both of its times."""
        return super().applies() and bool(self.word_times)


class WordsInTurn(TimedWords):
    """A verbose transcript that lists at least two words with their times."""

    def applies(self) -> bool:
        """Whether there are two words that end no earlier than they start."""
        return super().applies() and len(self.lasting) > 1

    @property
    def lasting(self) -> list[tuple[int, float, float]]:
        """The word times whose end is no earlier than their start; another rule reports the others."""
        return [(place, start, end) for place, start, end in self.word_times if start <= end]


class SeveralWords(TimedWords):
    """A verbose transcript that lists at least three words with their times."""

    def applies(self) -> bool:
        """Whether there are so many words."""
        return super().applies() and len(self.word_times) >= 3


class WordsInSegments(TimedWords):
    """A verbose transcript that lists words within the recording, and segments, each with its times."""

    def applies(self) -> bool:
        """Whether both lists have times. What lies beyond the recording is another rule's."""
        if not super().applies() or not self.segment_times:
            return False
        return all(max(times) <= self.seconds + BEYOND for _, *times in [*self.word_times, *self.times()])

    @cached_property
    def segment_times(self) -> list[float]:
        """Every start and end of a segment."""
        return [time for _, start, end in self.times() for time in (start, end)]


class WordsOfText(WordedTranscript):
    """A verbose transcript whose text and words can be compared."""

    def applies(self) -> bool:
        """Whether the words were asked for, each says something, and the text has no numbers to write out."""
        if (
            "word" not in self.asked_times
            or not super().applies()
            or not (text(self.json.get("text")) or "").strip()
        ):
            return False
        said = [text(word.get("word")) for _, word in self.words]
        return all(word and word.strip() for word in said) and not any(
            unicodedata.category(character) in ("Nd", "Sc") or character == "%"
            for character in "".join([text(self.json.get("text")) or "", *(word or "" for word in said)])
        )


@rule(
    "AUDIO-WORDS-001",
    must="list words or segments with their times where the request asks for those times",
    clause=_ASKED,
    operations=TRANSCRIPTION,
    since=_SINCE,
    note="Only with verbose_json, and only where there is text.",
)
def lists_what_was_asked_for(transcript: TimedTranscript) -> Iterator[Violation]:
    """A list that is missing or empty has no times."""
    for name in transcript.wanted:
        if not transcript.json.get(name):
            yield transcript.violates(
                f"/{name}",
                f"The request asks for times, and the response has no {name}.",
                expected=f"{name} with their times",
                actual=transcript.json.get(name),
                reason="missing",
            )


@rule(
    "AUDIO-WORDS-002",
    must="end each word no earlier than it starts, and none before the recording",
    clause=f"{_WORD}/end",
    operations=TRANSCRIPTION,
    since=_SINCE,
    note="A word may start and end at the same time: short words are rounded away.",
)
def words_have_a_length(transcript: TimedWords) -> Iterator[Violation]:
    """Times count from the beginning of the recording."""
    for place, start, end in transcript.word_times:
        at = f"/words/{place}"
        if end < start:
            message = "A word ends before it starts."
            yield transcript.violates(
                f"{at}/end", message, expected=f"at least {start}", actual=end, reason="end"
            )
            return
        if start < 0:
            message = "A word starts before the recording does."
            yield transcript.violates(
                f"{at}/start", message, expected="at least 0", actual=start, reason="start"
            )
            return


@rule(
    "AUDIO-WORDS-003",
    should="list the words one after the other, in the order in which they are spoken",
    clause=f"{_TRANSCRIPT}/words",
    operations=TRANSCRIPTION,
    since=_SINCE,
    note="A twentieth of a second back is accepted, and an overlap of less than half of the shorter word.",
)
def words_are_in_order(transcript: WordsInTurn) -> Iterator[Violation]:
    """Captions highlight word after word."""
    for (_, *above), (place, start, end) in pairwise(transcript.lasting):
        if start < above[0] - _BACK:
            message, reason, least = "A word starts before the one above it.", "order", above[0]
        elif overlap((above[0], above[1]), (start, end)):
            message, reason, least = "A word starts before the one above it ends.", "overlap", above[1]
        else:
            continue
        yield transcript.violates(
            f"/words/{place}/start", message, expected=f"at least {least}", actual=start, reason=reason
        )
        return


@rule(
    "AUDIO-WORDS-004",
    should="time the words within the recording",
    clause=f"{_WORD}/end",
    operations=TRANSCRIPTION,
    since=_SINCE,
    note="Compared with the file that was sent; a second beyond it is accepted, as for segments.",
)
def words_lie_within(transcript: TimedWords) -> Iterator[Violation]:
    """A player never reaches what lies beyond."""
    for place, start, end in transcript.word_times:
        if max(start, end) > transcript.seconds + BEYOND:
            yield transcript.violates(
                f"/words/{place}/end",
                "A word lies beyond the end of the recording.",
                expected=f"at most {transcript.seconds:.2f}",
                actual=max(start, end),
                reason="beyond",
            )
            return


@rule(
    "AUDIO-WORDS-005",
    should="list the words of the text, all of them and no others",
    clause=f"{_WORD}/word",
    operations=TRANSCRIPTION,
    since=_SINCE,
    note="Letters are compared, without case, spaces and punctuation, in the order of the list or of the "
    "times. Skipped where words were not requested, and where there are numbers, which may be written out.",
)
def words_make_the_text(transcript: WordsOfText) -> Iterator[Violation]:
    """Where a text is cut into words is free."""
    told = text(transcript.json.get("text")) or ""
    words = [word for _, word in transcript.words]
    spoken = sorted(words, key=lambda word: number(word.get("start")) or 0.0)
    listed, in_time = (" ".join(text(word.get("word")) or "" for word in each) for each in (words, spoken))
    if _letters(told) not in (_letters(listed), _letters(in_time)):
        message = "The words are not those of the text."
        yield transcript.violates("/words", message, expected=told, actual=listed, reason="other words")


def _letters(said: str) -> str:
    plain = unicodedata.normalize("NFKC", said).casefold()
    return "".join(character for character in plain if character.isalnum())


@rule(
    "AUDIO-WORDS-006",
    should="say something in each word",
    clause=f"{_WORD}/word",
    operations=TRANSCRIPTION,
    since=_SINCE,
)
def words_say_something(transcript: WrittenWords) -> Iterator[Violation]:
    """Punctuation is something."""
    for place, word in transcript.words:
        said = text(word.get("word"))
        if said is not None and not said.strip():
            message = "A word is empty."
            yield transcript.violates(
                f"/words/{place}/word", message, expected="a word", actual=said, reason="empty"
            )
            return


@rule(
    "AUDIO-WORDS-007",
    should="time the words within the segments of the same response",
    clause=f"{_TRANSCRIPT}/words",
    operations=TRANSCRIPTION,
    since=_SINCE,
    note="From the start of the first segment to the end of the last one; half a second is accepted on "
    "either side.",
)
def words_lie_in_segments(transcript: WordsInSegments) -> Iterator[Violation]:
    """Both are times in one recording."""
    first, last = min(transcript.segment_times), max(transcript.segment_times)
    for place, start, end in transcript.word_times:
        if min(start, end) < first - _OUTSIDE or max(start, end) > last + _OUTSIDE:
            yield transcript.violates(
                f"/words/{place}",
                "A word is spoken outside all segments.",
                expected=f"{first} to {last}",
                actual=[start, end],
                reason="outside",
            )
            return


@rule(
    "AUDIO-WORDS-008",
    should="give some word a length",
    clause=f"{_WORD}/end",
    operations=TRANSCRIPTION,
    since=_SINCE,
    note="Judged where at least three words are listed: one that starts and ends at the same time is lawful.",
)
def some_word_lasts(transcript: SeveralWords) -> Iterator[Violation]:
    """Times that are all the same tell nothing."""
    times = transcript.word_times
    if all(start == end for _, start, end in times):
        message = "Every word starts and ends at the same time."
        yield transcript.violates(
            "/words",
            message,
            expected="ends after starts",
            actual=[times[0][1], times[0][2]],
            reason="no length",
        )
