"""Transcripts and subtitles: words, times and formats."""

from __future__ import annotations

import json
import re
from itertools import pairwise, product

import pytest

from aoai_emulator.content.spoken_words import SENTENCES, language_named
from aoai_emulator.content.transcripts import Segment, Transcript, segment_details, srt, transcribe, vtt
from claims import for_each

DURATIONS = [
    0.000001,
    0.001,
    0.05,
    0.1,
    0.2,
    0.21,
    0.5,
    1.0,
    1.25,
    2.345011,
    7.0,
    29.99,
    61.2,
    3600.5,
    1e7,
    1e12,
]


@for_each(product(DURATIONS, SENTENCES), group=lambda row: row[1], name=lambda row: f"{row[0]} s")
def test_segments_follow_one_another_from_the_beginning_to_the_end(row):
    seconds, language = row
    transcript = transcribe(b"x", seconds, language=language)
    assert transcript.segments[0].start == 0.0
    assert transcript.segments[-1].end == transcript.duration == pytest.approx(seconds)
    assert all(segment.start < segment.end for segment in transcript.segments)
    assert all(before.end == after.start for before, after in pairwise(transcript.segments))


@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0, 3.0])
def test_a_short_sound_has_two_segments_at_least(seconds):
    assert len(transcribe(b"x", seconds).segments) >= 2


def test_the_text_is_the_text_of_the_segments():
    transcript = transcribe(b"x", 20.0)
    assert transcript.text == " ".join(segment.text for segment in transcript.segments)


def test_a_longer_sound_has_more_words():
    assert len(transcribe(b"x", 60.0).text.split()) > 10 * len(transcribe(b"x", 3.0).text.split())


def test_a_very_long_sound_has_a_bounded_text():
    assert len(transcribe(b"x", 1e12).text.split()) <= 3000


def test_the_same_file_has_the_same_text():
    assert transcribe(b"x", 9.0) == transcribe(b"x", 9.0)


@pytest.mark.parametrize(
    "other", [{"content": b"y"}, {"seed": 1}, {"temperature": 0.8}, {"language": "german"}]
)
def test_another_file_seed_temperature_or_language_has_another_text(other):
    plain = {"content": b"x", "seconds": 30.0}
    assert transcribe(**plain).text != transcribe(**{**plain, **other}).text


@pytest.mark.parametrize(
    ("option", "name"),
    [(None, "english"), ("en", "english"), ("de", "german"), ("DE", "german"), ("french", "french"),
     ("xx", "english"),
     ("", "english"), ("ja", "japanese")],
)  # fmt: skip
def test_names_the_language_of_a_code(option, name):
    assert language_named(option) == name


def test_a_prompt_in_small_letters_gives_text_in_small_letters():
    text = transcribe(b"x", 30.0, prompt="all is small.").text
    assert text == text.lower()
    assert "." in text


def test_a_prompt_without_full_stops_gives_text_without_punctuation():
    text = transcribe(b"x", 30.0, prompt="Names like Azure").text
    assert not set(text) & set(".,")
    assert text != text.lower()


def test_an_ordinary_prompt_changes_nothing():
    assert transcribe(b"x", 30.0, prompt="An ordinary sentence.") == transcribe(b"x", 30.0)


def test_details_of_segments_match_the_document():
    transcript = transcribe(b"x", 70.0, temperature=0.4)
    details = list(segment_details(transcript))
    assert [detail["id"] for detail in details] == list(range(len(details)))
    assert {detail["seek"] for detail in details} == {0, 3000, 6000}
    for detail, segment in zip(details, transcript.segments, strict=True):
        assert set(detail) == {
            "id", "seek", "start", "end", "text", "tokens", "temperature",
            "avg_logprob", "compression_ratio", "no_speech_prob",
        }  # fmt: skip
        assert (detail["start"], detail["end"], detail["temperature"]) == (segment.start, segment.end, 0.4)
        assert detail["avg_logprob"] < 0
        assert detail["compression_ratio"] > 0
        assert 0 <= detail["no_speech_prob"] <= 1
        assert all(isinstance(token, int) and 0 <= token <= 51864 for token in detail["tokens"])
        assert len(detail["tokens"]) == len(segment.text.split()) + 2
    assert "".join(detail["text"] for detail in details).strip() == transcript.text
    json.dumps(details, allow_nan=False)


SPOKEN = Transcript(
    "english",
    3725.0456,
    0.0,
    (Segment(0.0, 2.345, "One."), Segment(2.345, 61.1, "Two."), Segment(61.1, 3725.0456, "Three.")),
)


def test_writes_srt():
    assert srt(SPOKEN) == (
        "1\n00:00:00,000 --> 00:00:02,345\nOne.\n\n"
        "2\n00:00:02,345 --> 00:01:01,100\nTwo.\n\n"
        "3\n00:01:01,100 --> 01:02:05,045\nThree.\n\n"
    )


def test_writes_vtt():
    assert vtt(SPOKEN) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:02.345\nOne.\n\n"
        "00:00:02.345 --> 00:01:01.100\nTwo.\n\n"
        "00:01:01.100 --> 01:02:05.045\nThree.\n\n"
    )


@for_each(product(DURATIONS, [srt, vtt]), group=lambda row: row[1].__name__, name=lambda row: f"{row[0]} s")
def test_cues_never_overlap_and_never_end_before_they_start(row):
    seconds, write = row
    text = write(transcribe(b"x", seconds))
    times = [
        [
            (int(hours) * 3600 + int(minutes) * 60 + int(rest)) * 1000 + int(milli)
            for hours, minutes, rest, milli in cue
        ]
        for cue in (
            re.findall(r"(\d+):(\d\d):(\d\d)[,.](\d{3})", line) for line in text.splitlines() if "-->" in line
        )
    ]
    assert times[0][0] == 0
    assert all(start < end for start, end in times)
    assert all(before[1] == after[0] for before, after in pairwise(times))
    assert times[-1][1] <= max(seconds * 1000, 1)
