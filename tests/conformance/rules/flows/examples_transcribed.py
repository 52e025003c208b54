"""Transcripts with the times of words, as in later documents, and the figures of their segments."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from typing import Any

from flows_by_hand import FlowExample, Sent

#: Judged alone, under a kind of scenario that no rule is about.
_N = "none"


def recording(seconds: float) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4000)
        file.writeframes(b"\x80" * int(seconds * 4000))
    return held.getvalue()


def word(said: Any, start: Any, end: Any) -> dict[str, Any]:
    return {"word": said, "start": start, "end": end}


WORDS = [word("Hello", 0.1, 0.5), word("there", 0.6, 1.0), word("you", 1.1, 1.6), word("two", 1.6, 2.1)]
FIGURES = {
    "temperature": 0.4,
    "avg_logprob": -0.3,
    "compression_ratio": 0.9,
    "no_speech_prob": 0.01,
    "tokens": [50364, 2425],
    "seek": 0,
}
SEGMENTS = [
    {"id": 0, "start": 0.0, "end": 1.0, "text": " Hello there,", **FIGURES},
    {"id": 1, "start": 1.0, "end": 2.2, "text": " you two.", **FIGURES},
]


def transcript(**more: Any) -> dict[str, Any]:
    return {
        "task": "transcribe",
        "language": "english",
        "duration": 3.0,
        "text": "Hello there, you two.",
        "segments": SEGMENTS,
        "words": WORDS,
        **more,
    }


def heard(
    answer: Any, *wanted: str, kind: str = "transcription", form: str = "verbose_json", **more: Any
) -> Sent:
    """A transcript for a recording of three seconds, with the times that are wanted."""
    fields = {"response_format": form, **more.pop("fields", {})}
    times = {"timestamp_granularities[]": wanted[0]} if wanted else {}
    return Sent(kind, answer, file=recording(3.0), fields={**fields, **times}, **more)


BY_WORD = [heard(transcript(), "word")]
BY_SEGMENT = [heard(transcript(), "segment")]
HOT = [heard(transcript(), "word", fields={"temperature": "0.4"})]
BRIEF = [heard({"text": "Hello there, you two."}, form="json")]
SRT = b"1\n00:00:00,000 --> 00:00:01,000\nHello there,\n\n2\n00:00:01,000 --> 00:00:02,200\nyou two.\n"
CUES = [heard(SRT, form="srt", content_type="text/plain")]
NO_TIME = SRT.replace(b"--> 00:00:01,000", b"--> 00:00:00,000").replace(b"02,200", b"01,000")


def words(*changed: dict[str, Any]) -> dict[str, Any]:
    return {"answer.words": [*changed]}


def timed(change: Any) -> dict[str, Any]:
    """Every word with its times changed."""
    return words(*(word(each["word"], *change(each["start"], each["end"])) for each in WORDS))


def segments(**fields: Any) -> dict[str, Any]:
    return {"answer.segments": [{**each, **fields} for each in SEGMENTS]}


def of_words(number: int, claim: str, change: dict[str, Any], reason: str) -> FlowExample:
    return FlowExample(f"AUDIO-WORDS-{number:03}", claim, _N, BY_WORD, 0, change, reason)


EXAMPLES = [
    of_words(1, "words where asked for", {"answer.words": None}, "missing"),
    of_words(1, "some words", words(), "missing"),
    FlowExample(
        "AUDIO-WORDS-001", "segments where asked for", _N, BY_SEGMENT, 0, {"answer.segments": None}, "missing"
    ),
    of_words(2, "ends after starts", timed(lambda start, end: (end, start)), "end"),
    of_words(2, "nothing before the recording", {"answer.words.0": word("Hello", -0.2, 0.5)}, "start"),
    of_words(3, "in order", words(*WORDS[::-1]), "order"),
    of_words(3, "one after the other", timed(lambda start, _: (start, 2.1)), "overlap"),
    of_words(4, "within the recording", {"answer.words.3": word("two", 1.6, 7.1)}, "beyond"),
    of_words(4, "in seconds", timed(lambda start, end: (start * 1000, end * 1000)), "beyond"),
    of_words(5, "the words of the text", {"answer.words.1": word("lorem", 0.6, 1.0)}, "other words"),
    of_words(5, "all of them", words(*WORDS[:-1]), "other words"),
    of_words(5, "each once", words(*WORDS, word("two", 2.1, 2.2)), "other words"),
    of_words(6, "a word is something", {"answer.words.1": word("", 0.6, 1.0)}, "empty"),
    of_words(7, "within the segments", timed(lambda start, end: (start + 1, end + 1)), "outside"),
    of_words(8, "words last", timed(lambda start, _: (start, start)), "no length"),
    FlowExample("AUDIO-VERBOSE-014", "as hot as asked", _N, HOT, 0, segments(temperature=0.0), "temperature"),
    FlowExample("AUDIO-VERBOSE-015", "sought before it starts", _N, BY_WORD, 0, segments(seek=3000), "late"),
    FlowExample("AUDIO-VERBOSE-016", "text has tokens", _N, BY_WORD, 0, segments(tokens=[]), "empty"),
    FlowExample(
        "AUDIO-VERBOSE-017", "text has a ratio", _N, BY_WORD, 0, segments(compression_ratio=0), "zero"
    ),
    FlowExample(
        "AUDIO-VERBOSE-018",
        "segments last",
        _N,
        BY_WORD,
        0,
        {"answer.segments": [{**each, "end": each["start"]} for each in SEGMENTS]},
        "no length",
    ),
    FlowExample(
        "AUDIO-VERBOSE-019", "the language has a name", _N, BY_WORD, 0, {"answer.language": ""}, "empty"
    ),
    FlowExample("AUDIO-010", "bare words", _N, BRIEF, 0, {"answer.text": SRT.decode()}, "subtitles"),
    FlowExample("AUDIO-011", "the short format", _N, BRIEF, 0, {"answer": transcript()}, "verbose"),
    FlowExample("AUDIO-012", "cues last", _N, CUES, 0, {"answer": NO_TIME}, "no length"),
]

#: Ways to be right that differ from the usual one, each of which no rule reports above a may.
LAWFUL: dict[str, Sent] = {
    "no words for a recording without speech": heard(transcript(text="", segments=[], words=[]), "word"),
    "neither segments nor words unasked": heard(
        {name: each for name, each in transcript().items() if name not in ("segments", "words")}
    ),
    "no segments where words alone are asked for": heard(
        {name: each for name, each in transcript().items() if name != "segments"}, "word"
    ),
    "words that were not asked for": heard(transcript(), "segment"),
    "a few words that were not asked for": heard(transcript(words=WORDS[:1])),
    "words in a document that does not have them": heard(
        transcript(words=[word("Hello", -1, 9)]), "word", document="azure-openai@2024-10-21"
    ),
    "words with their spaces and punctuation": heard(
        transcript(words=[word(" Hello", 0.1, 0.5), word(" there,", 0.6, 1.0), word(" you two.", 1.1, 2.1)]),
        "word",
    ),
    "words in another case": heard(
        transcript(words=[word(each["word"].upper(), each["start"], each["end"]) for each in WORDS]), "word"
    ),
    "numbers written out": heard(
        transcript(
            text="At 20%.",
            segments=[{**SEGMENTS[0], "text": " At 20%."}],
            words=[word("at", 0.1, 0.3), word("twenty", 0.3, 0.6), word("percent", 0.6, 0.9)],
        ),
        "word",
    ),
    "a language without spaces, character by character": heard(
        transcript(
            text="你好，世界。",
            language="chinese",
            segments=[{**SEGMENTS[0], "text": "你好，世界。"}],
            words=[word(each, place / 4, place / 4 + 0.2) for place, each in enumerate("你好世界")],
        ),
        "word",
    ),
    "a word without length": heard(transcript(words=[word("Hello", 0.1, 0.1), *WORDS[1:]]), "word"),
    "words that touch and overlap a little": heard(
        transcript(words=[word("Hello", 0.1, 0.65), *WORDS[1:]]), "word"
    ),
    "a word that starts a hair before the one above": heard(
        transcript(words=[WORDS[0], word("there", 0.08, 0.12), *WORDS[2:]]), "word"
    ),
    "words a little outside the segments": heard(
        transcript(words=[*WORDS[:3], word("two", 1.6, 2.6)]), "word"
    ),
    "times in single precision": heard(
        transcript(words=[word("Hello", 0.10000000149011612, 0.5), *WORDS[1:]]), "word"
    ),
    "one word in one moment": heard(
        transcript(text="Hi.", segments=[{**SEGMENTS[0], "text": " Hi."}], words=[word("Hi", 0.4, 0.4)]),
        "word",
    ),
    "a temperature that was raised": heard(
        transcript(segments=[{**each, "temperature": 0.6000000238418579} for each in SEGMENTS]),
        fields={"temperature": "0.4"},
    ),
    "a temperature in single precision": heard(
        transcript(segments=[{**each, "temperature": 0.30000001192092896} for each in SEGMENTS]),
        fields={"temperature": "0.3"},
    ),
    "a temperature that 0 leaves to the model": heard(transcript(), fields={"temperature": "0"}),
    "a segment without words, tokens and ratio": heard(
        transcript(
            segments=[
                *SEGMENTS,
                {**SEGMENTS[1], "id": 2, "start": 2.2, "text": "", "tokens": [], "compression_ratio": 0},
            ]
        )
    ),
    "a short segment that rounding took": heard(
        transcript(segments=[{**SEGMENTS[0], "start": 0, "end": 0}, {**SEGMENTS[1], "start": 0, "end": 2}])
    ),
    "a seek that several segments share": heard(
        transcript(segments=[{**each, "seek": 0} for each in SEGMENTS])
    ),
    "a language that nobody knows without speech": heard(transcript(text="", segments=[], language="")),
    "a language by its code": heard(transcript(language="en")),
    "usage and probabilities beside a text": heard(
        {"text": "Hello.", "usage": {"type": "tokens"}, "logprobs": []}, form="json"
    ),
    "a text that speaks of an arrow": heard({"text": "Press --> to go on."}, form="json"),
    "a cue without length among others": heard(
        SRT.replace(b"--> 00:00:01,000", b"--> 00:00:00,000"), form="srt", content_type="text/plain"
    ),
}
#: Malformed answers: the schema's business, so that no rule of this kind passes or reports them.
SHAPELESS: dict[str, Sent] = {
    f"{name}, {form}": replace(sent, answer=answer)
    for form, sent in (("words", BY_WORD[0]), ("hot", HOT[0]), ("json", BRIEF[0]))
    for name, answer in (
        ("an empty object", {}),
        ("an empty list", []),
        ("a bare list", [SEGMENTS]),
        ("nothing", b""),
        ("null throughout", dict.fromkeys(transcript())),
        ("another type throughout", dict.fromkeys(transcript(), 7)),
        ("lists of other things", transcript(text=7, words=[7, None], segments=[7, None])),
        ("empty entries", transcript(text=None, language=None, words=[{}], segments=[{}])),
    )
}
