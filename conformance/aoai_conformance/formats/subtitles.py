"""Parsers for SubRip and WebVTT: the cues, and the places where the text violates the format.

SubRip has no standard; what players read: https://www.matroska.org/technical/subtitles.html#srt-subtitles.
WebVTT: https://www.w3.org/TR/webvtt1/#file-structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SRT_TIMING = re.compile(
    r"(?P<start>\d{2,}:[0-5]\d:[0-5]\d,\d{3}) --> (?P<end>\d{2,}:[0-5]\d:[0-5]\d,\d{3})(?:[ \t].*)?"
)
_VTT_TIME = r"(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}"
_VTT_TIMING = re.compile(rf"(?P<start>{_VTT_TIME})[ \t]+-->[ \t]+(?P<end>{_VTT_TIME})(?:[ \t].*)?")
_VTT_BLOCK = re.compile(r"(NOTE|STYLE|REGION)([ \t].*)?")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: `line` is the 1-based line of its timing; times are seconds."""

    line: int
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """One place where the text violates its format: `line` counts from 1, `reason` is a stable key."""

    line: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Subtitles:
    """The cues that could be parsed, and every flaw, in the order of the text."""

    cues: tuple[Cue, ...]
    flaws: tuple[Flaw, ...]


def read_srt(text: str) -> Subtitles:
    """Parse SubRip text. An empty text is valid: a recording without speech has no cues."""
    cues: list[Cue] = []
    flaws: list[Flaw] = []
    lines = _lines(text)
    position = 0
    expected = 1
    while position < len(lines):
        if not lines[position].strip():
            position += 1
            continue
        number = lines[position].strip()
        if number.isascii() and number.isdigit():
            if int(number) != expected:
                flaws.append(Flaw(position + 1, "number", f"Cue {expected} is numbered {number}."))
            position += 1
        elif "-->" in number:
            flaws.append(Flaw(position + 1, "number", f"Cue {expected} has no number before its timing."))
        else:
            flaws.append(Flaw(position + 1, "number", "A cue does not begin with a number."))
            position = _end_of_block(lines, position)
            expected += 1
            continue
        expected += 1
        timing = lines[position].strip() if position < len(lines) else ""
        matched = _SRT_TIMING.fullmatch(timing)
        after = _end_of_block(lines, position)
        if matched is None:
            reason, why = _broken_srt_timing(timing)
            flaws.append(Flaw(position + 1, reason, why))
        else:
            content = "\n".join(lines[position + 1 : after])
            cues.append(Cue(position + 1, _seconds(matched["start"]), _seconds(matched["end"]), content))
        position = after
    return Subtitles(tuple(cues), tuple(sorted([*flaws, *_disorder(cues)], key=lambda each: each.line)))


def read_vtt(text: str) -> Subtitles:
    """Parse WebVTT text. The header alone is valid: a recording without speech has no cues."""
    cues: list[Cue] = []
    flaws: list[Flaw] = []
    lines = _lines(text)
    if re.fullmatch(r"WEBVTT([ \t].*)?", lines[0] if lines else "") is None:
        flaws.append(Flaw(1, "header", "The first line is not WEBVTT."))
        position = 0
    else:
        position = 1
        if len(lines) > 1 and lines[1].strip():
            flaws.append(Flaw(2, "header", "No blank line follows the WEBVTT header."))
    while position < len(lines):
        line = lines[position]
        if not line.strip():
            position += 1
            continue
        after = _end_of_block(lines, position)
        if _VTT_BLOCK.fullmatch(line) is not None:
            position = after
            continue
        timed = position if "-->" in line else position + 1
        timing = lines[timed].strip() if timed < after else ""
        matched = _VTT_TIMING.fullmatch(timing)
        if matched is not None:
            content = "\n".join(lines[timed + 1 : after])
            cues.append(Cue(timed + 1, _seconds(matched["start"]), _seconds(matched["end"]), content))
        elif position > 0 or "-->" in line:  # a wrong header is reported once, above
            reason, why = _broken_vtt_timing(timing)
            flaws.append(Flaw(min(timed, after - 1) + 1, reason, why))
        position = after
    return Subtitles(tuple(cues), tuple(sorted([*flaws, *_disorder(cues)], key=lambda each: each.line)))


def looks_like_srt(text: str) -> bool:
    """Whether any line of the text is a SubRip timing."""
    return any(_SRT_TIMING.fullmatch(line.strip()) is not None for line in _lines(text))


def looks_like_vtt(text: str) -> bool:
    """Whether the text begins like WebVTT."""
    return bool(_lines(text)[:1]) and _lines(text)[0].startswith("WEBVTT")


def _lines(text: str) -> list[str]:
    """Split a text into lines at any line ending, without a leading byte order mark."""
    return re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))


def _end_of_block(lines: list[str], position: int) -> int:
    while position < len(lines) and lines[position].strip():
        position += 1
    return position


def _seconds(time: str) -> float:
    whole, _, thousandths = time.replace(",", ".").partition(".")
    seconds = 0
    for part in whole.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds + int(thousandths) / 1000


def _broken_srt_timing(timing: str) -> tuple[str, str]:
    if "-->" not in timing:
        return "timing", "A cue's number is not followed by its timing."
    if re.search(r"\d\.\d{3}", timing):
        return "separator", "A timing has a point before its milliseconds, not a comma."
    return "timing", "A timing does not have the form HH:MM:SS,mmm --> HH:MM:SS,mmm."


def _broken_vtt_timing(timing: str) -> tuple[str, str]:
    if "-->" not in timing:
        return "timing", "A cue has no timing."
    if re.search(r"\d,\d{3}", timing):
        return "separator", "A timing has a comma before its milliseconds, not a point."
    return "timing", "A timing does not have the form [HH:]MM:SS.mmm --> [HH:]MM:SS.mmm."


def _disorder(cues: list[Cue]) -> Iterator[Flaw]:
    previous = 0.0
    for cue in cues:
        if cue.end < cue.start:
            yield Flaw(cue.line, "end before start", "A cue ends before it starts.")
        if cue.start < previous:
            yield Flaw(cue.line, "order", "A cue starts before the previous one.")
        previous = max(previous, cue.start)
