"""Subtitles: a transcript written as SubRip (srt) and as WebVTT (vtt)."""

from __future__ import annotations

from aoai_emulator.content.transcripts import Segment, Transcript


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
