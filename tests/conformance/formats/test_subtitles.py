from __future__ import annotations

import pytest

from aoai_conformance.formats.subtitles import looks_like_srt, looks_like_vtt, read_srt, read_vtt

SRT = "1\n00:00:00,000 --> 00:00:01,500\nOne.\n\n2\n00:00:01,500 --> 00:00:02,000\nTwo\nlines.\n"
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nOne.\n\n00:01.500 --> 00:02.000\nTwo\nlines.\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SRT, id="as it is written"),
        pytest.param(SRT.replace("\n", "\r\n"), id="with CRLF"),
        pytest.param("\ufeff" + SRT, id="with a byte order mark"),
        pytest.param(SRT.rstrip(), id="without a last line ending"),
        pytest.param("\n\n" + SRT.replace("\n\n", "\n\n\n") + "\n\n", id="with more blank lines"),
        pytest.param(SRT.replace("01,500\nOne", "01,500 X1:0 X2:9 Y1:0 Y2:9\nOne"), id="with coordinates"),
        pytest.param(SRT.replace("00:00:0", "100:00:0"), id="beyond a hundred hours"),
        pytest.param("", id="of silence"),
        pytest.param("\n", id="of silence, with a line ending"),
    ],
)
def test_reads_valid_srt(text: str) -> None:
    read = read_srt(text)
    assert read.flaws == ()
    assert [cue.text for cue in read.cues] == (["One.", "Two\nlines."] if text.strip() else [])


def test_returns_the_times_of_srt_in_seconds() -> None:
    (cue,) = read_srt("1\n01:02:03,004 --> 01:02:04,050\nx\n").cues
    assert (cue.start, cue.end) == (3723.004, 3724.05)


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        (SRT.replace("1\n", "0\n", 1), "number", 1),
        (SRT.replace("\n2\n", "\n3\n"), "number", 5),
        (SRT.replace("\n2\n", "\n"), "number", 5),
        (SRT.replace(",", "."), "separator", 2),
        (SRT.replace("00:00:00,000", "0:00:00,000"), "timing", 2),
        (SRT.replace("00:00:00,000", "00:00,000"), "timing", 2),
        (SRT.replace(",500 ", ",5 "), "timing", 6),
        (SRT.replace(" --> ", " -> "), "timing", 2),
        (SRT.replace("00:00:00,000", "00:00:61,000"), "timing", 2),
        (SRT.replace("00:00:02,000", "00:00:01,000"), "end before start", 6),
        (SRT.replace("00:00:00,000 --> 00:00:01,500", "00:00:01,600 --> 00:00:01,700"), "order", 6),
        ("All in one line.", "number", 1),
        (VTT, "number", 1),
        ("1\n", "timing", 2),
    ],
)
def test_reports_where_srt_is_malformed(text: str, reason: str, line: int) -> None:
    first = read_srt(text).flaws[0]
    assert (first.reason, first.line) == (reason, line)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VTT, id="as it is written"),
        pytest.param(VTT.replace("\n", "\r\n"), id="with CRLF"),
        pytest.param(VTT.replace("\n", "\r"), id="with CR"),
        pytest.param("\ufeff" + VTT, id="with a byte order mark"),
        pytest.param(VTT.replace("WEBVTT", "WEBVTT a title", 1), id="with a title"),
        pytest.param(VTT.replace("\n\n00:01", "\n\nsecond\n00:01"), id="with a cue identifier"),
        pytest.param(VTT.replace("02.000\n", "02.000 align:start line:0\n"), id="with settings"),
        pytest.param(VTT.replace("\n\n00:01", "\n\nNOTE a\nb\n\n00:01"), id="with a note"),
        pytest.param(VTT.replace("WEBVTT\n", "WEBVTT\n\nSTYLE\n::cue {}\n", 1), id="with a style"),
        pytest.param("WEBVTT", id="of silence"),
        pytest.param("WEBVTT\n\n", id="of silence, with line endings"),
    ],
)
def test_reads_valid_vtt(text: str) -> None:
    read = read_vtt(text)
    assert read.flaws == ()
    assert [cue.text for cue in read.cues] == (["One.", "Two\nlines."] if "-->" in text else [])


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("", "header", 1),
        (VTT.removeprefix("WEBVTT\n\n"), "header", 1),
        (VTT.replace("WEBVTT", "WEBVTT1"), "header", 1),
        (VTT.replace("WEBVTT\n\n", "WEBVTT\n"), "header", 2),
        (VTT.replace(".500", ",500"), "separator", 3),
        (VTT.replace("00:01.500", "1.500"), "timing", 3),
        (VTT.replace(" --> ", "-->"), "timing", 3),
        (VTT.replace("00:02.000", "00:01.000"), "end before start", 6),
        (VTT.replace("00:00:00.000 --> 00:00:01.500", "00:01.600 --> 00:01.700"), "order", 6),
        ("WEBVTT\n\nOnly words.\n", "timing", 3),
    ],
)
def test_reports_where_vtt_is_malformed(text: str, reason: str, line: int) -> None:
    first = read_vtt(text).flaws[0]
    assert (first.reason, first.line) == (reason, line)


def test_distinguishes_subtitles_from_plain_text() -> None:
    assert looks_like_srt(SRT)
    assert looks_like_vtt(VTT)
    assert not looks_like_srt("One. Two --> lines.")
    assert not looks_like_vtt("One. WEBVTT is a format.")
    assert not looks_like_vtt("")
