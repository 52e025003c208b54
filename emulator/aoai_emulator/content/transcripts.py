"""Transcripts: deterministic text with times for audio of known duration; and their subtitles."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from random import Random

from aoai_emulator.content.spoken_words import SENTENCES

_WORDS_PER_SECOND = 2.4
_FEWEST_WORDS, _MOST_WORDS = 4, 3000
_LONGEST_SEGMENT = 8
_SHORTEST_SPLIT = 0.2
_WINDOW_SECONDS = 30
_FIRST_TIME_TOKEN, _LAST_TIME_TOKEN = 50364, 51864
_TIME_TOKENS_PER_SECOND = 50
_WORD_TOKENS = 50257
_SENTENCE_ENDS = ".!?"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech: its times in seconds, and its text without surrounding whitespace."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """The transcript of `duration` seconds of audio; its segments are contiguous and start at 0."""

    language: str
    duration: float
    temperature: float
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """The whole text."""
        return " ".join(segment.text for segment in self.segments)


def transcribe(
    content: bytes,
    seconds: float,
    *,
    language: str = "english",
    prompt: str = "",
    temperature: float = 0.0,
    seed: int = 0,
) -> Transcript:
    """Return the transcript of a file of `content` that lasts `seconds`.

    The same arguments give the same transcript. Longer audio gives more words, up to a bound that does not
    depend on `seconds`. Languages without sentences of their own give English words. A prompt sets the style,
    as it does for the real model: one without capitals gives text without capitals, one without a full stop
    gives text without punctuation. A temperature of 0 always gives the same words; other temperatures may
    give others.
    """
    key = f"{seed}\0{language}\0{temperature or ''}".encode()
    random = Random(blake2b(content, key=blake2b(key).digest()).digest())
    count = min(max(round(seconds * _WORDS_PER_SECOND), _FEWEST_WORDS), _MOST_WORDS)
    words = _words(random, SENTENCES.get(language, SENTENCES["english"]), count)
    duration = round(seconds, 6) or seconds
    spoken = [" ".join(group) for group in _grouped(words, duration)]
    return Transcript(language, duration, temperature, tuple(_timed(_styled(spoken, prompt), duration)))


def segment_details(transcript: Transcript) -> Iterator[dict[str, object]]:
    """Yield each segment as in verbose_json: times, text, tokens and the model's figures."""
    for number, segment in enumerate(transcript.segments):
        text = f" {segment.text}"
        figures = Random(zlib.crc32(text.encode()) + number)
        window = int(segment.start // _WINDOW_SECONDS)
        words = [zlib.crc32(word.encode()) % _WORD_TOKENS for word in text.split()]
        yield {
            "id": number,
            "seek": window * _WINDOW_SECONDS * 100,
            "start": segment.start,
            "end": segment.end,
            "text": text,
            "tokens": [_time_token(segment.start, window), *words, _time_token(segment.end, window)],
            "temperature": transcript.temperature,
            "avg_logprob": -round(figures.uniform(0.05, 0.6), 6),
            "compression_ratio": round(len(text.encode()) / len(zlib.compress(text.encode())), 6),
            "no_speech_prob": round(figures.uniform(0.0005, 0.08), 6),
        }


def word_details(transcript: Transcript) -> Iterator[dict[str, object]]:
    """Yield each word with its times: the time of a segment is distributed by the lengths of its words."""
    for segment in transcript.segments:
        words = segment.text.split()
        ends = list(accumulate(len(word) for word in words))
        start = segment.start
        for word, length in zip(words, ends, strict=True):
            share = (segment.end - segment.start) * length / ends[-1]
            end = segment.end if length == ends[-1] else round(segment.start + share, 2)
            end = min(max(end, start), segment.end)
            yield {"word": word.strip(",.;"), "start": start, "end": end}
            start = end


def _words(random: Random, sentences: tuple[str, ...], count: int) -> list[str]:
    words: list[str] = []
    last = ""
    while len(words) < count:
        last = random.choice([sentence for sentence in sentences if sentence != last])
        words += last.split()
    words = words[:count]
    words[-1] = words[-1].rstrip(",.;") + "."
    return words


def _grouped(words: list[str], duration: float) -> Iterator[list[str]]:
    """Split the words into segments: at least two if there is time for them, so that they have an order."""
    size = len(words) if duration < _SHORTEST_SPLIT else min(_LONGEST_SEGMENT, (len(words) + 1) // 2)
    for start in range(0, len(words), size):
        yield words[start : start + size]


def _styled(texts: list[str], prompt: str) -> list[str]:
    if prompt.lower() != prompt.upper() and prompt == prompt.lower():
        texts = [text.lower() for text in texts]
    if prompt.strip() and not any(mark in prompt for mark in _SENTENCE_ENDS):
        texts = [text.replace(",", "").replace(".", "") for text in texts]
    return texts


def _timed(texts: list[str], duration: float) -> Iterator[Segment]:
    lengths = list(accumulate(len(text) for text in texts))
    start = 0.0
    for text, length in zip(texts, lengths, strict=True):
        last = length == lengths[-1]
        end = duration if last else int(duration * length / lengths[-1] * 100) / 100
        yield Segment(start, end, text)
        start = end


def _time_token(seconds: float, window: int) -> int:
    offset = round((seconds - window * _WINDOW_SECONDS) * _TIME_TOKENS_PER_SECOND)
    return min(_FIRST_TIME_TOKEN + offset, _LAST_TIME_TOKEN)


def srt(transcript: Transcript) -> str:
    """Write SubRip: cues numbered from 1, times as 00:00:01,500, an empty line after each cue."""
    return "".join(
        f"{number}\n{_times(segment, ',')}\n{segment.text}\n\n"
        for number, segment in enumerate(transcript.segments, start=1)
    )


def vtt(transcript: Transcript) -> str:
    """Write WebVTT: the header, then cues with times as 00:00:01.500, an empty line after each."""
    cues = (f"{_times(segment, '.')}\n{segment.text}\n\n" for segment in transcript.segments)
    return "WEBVTT\n\n" + "".join(cues)


def _times(segment: Segment, mark: str) -> str:
    """Write both times in whole milliseconds, rounded down; a cue lasts at least one."""
    start = int(segment.start * 1000 + 1e-6)
    end = max(int(segment.end * 1000 + 1e-6), start + 1)
    return f"{_clock(start, mark)} --> {_clock(end, mark)}"


def _clock(milliseconds: int, mark: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{rest:03d}"
