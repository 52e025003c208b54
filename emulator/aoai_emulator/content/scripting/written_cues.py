"""Read the cues in a text: `[emulate: say Hello.]`, `[emulate: call get_time {}; length]`.

A cue is one or several parts, separated by semicolons:

    say TEXT            respond with this text
    call NAME {…}       call this function with these arguments; several calls are parallel
    refuse TEXT         refuse with this text
    length              end with the finish reason `length`; without another part, halfway
    filtered            end with the finish reason `content_filter`

A text ends at the bracket that closes the cue: brackets inside it come in pairs. JSON may contain any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from aoai_emulator.content.cues import OPENING, Cue
from aoai_emulator.http.scripts import Script, ScriptedCall

#: How many cues of a text are read, and how long each may be.
MOST_CUES = 32
LONGEST_CUE = 64 * 1024

_FIXED = tuple(cue.value for cue in Cue)
_NEXT_PART = re.compile(r"\s*;\s*(?=(?:say|call|refuse)\b|(?:length|filtered)\s*[];])")
_WORD = re.compile(r"[A-Za-z]+")
_FUNCTION = re.compile(r"\s+([^\s;\[\]{}]+)[ \t]?")
_DECODER = json.JSONDecoder()
_ENDINGS: dict[str, str] = {"length": "length", "filtered": "content_filter"}
_KNOWN = "say TEXT, call NAME {…}, refuse TEXT, length, filtered, " + ", ".join(
    cue.removeprefix(OPENING).removesuffix("]") for cue in _FIXED
)


class CueError(ValueError):
    """A cue that cannot be read; its message is a sentence."""


def read_scripts(text: str) -> list[Script]:
    """Return the scripts of the cues in a text, in order. Raises CueError for a cue that cannot be read."""
    return [_script(parts) for parts in _cues(text)]


@dataclass(frozen=True, slots=True)
class _Part:
    word: str
    value: str
    name: str = ""


def _cues(text: str) -> Iterator[list[_Part]]:
    place = 0
    for _ in range(MOST_CUES):
        start = text.find(OPENING, place)
        if start < 0:
            return
        fixed = next((cue for cue in _FIXED if text.startswith(cue, start)), None)
        if fixed is not None:
            place = start + len(fixed)
            continue
        window = text[start : start + LONGEST_CUE]
        parts, length = _parts(window)
        yield parts
        place = start + length


def _parts(window: str) -> tuple[list[_Part], int]:
    """Return the parts of the cue at the start of a text, and its length."""
    place = len(OPENING)
    parts = []
    while True:
        part, place = _part(window, place)
        parts.append(part)
        if window.startswith("]", place):
            return parts, place + 1
        following = _NEXT_PART.match(window, place)
        if following is None:
            raise CueError(f"The cue {_shown(window)!r} is not closed: `]` is missing.")
        place = following.end()


def _part(window: str, place: int) -> tuple[_Part, int]:
    found = _WORD.match(window, place)
    word = found.group() if found else ""
    if found is None or word not in ("say", "call", "refuse", *_ENDINGS):
        raise CueError(f"The cue {_shown(window)!r} is unknown. Known are: {_KNOWN}.")
    place, name = found.end(), ""
    if word in _ENDINGS:
        blank = re.compile(r"\s*").match(window, place)
        return _Part(word, ""), blank.end() if blank else place
    if word == "call":
        named = _FUNCTION.match(window, place)
        if named is None:
            raise CueError(f"The cue {_shown(window)!r} names no function; write `call NAME {{…}}`.")
        name, place = named.group(1), named.end()
    elif window.startswith(" ", place):
        place += 1
    value, place = _value(window, place)
    return _Part(word, value, name), place


def _value(window: str, place: int) -> tuple[str, int]:
    """Return the text or JSON at a place, and where it ends: before `]` or the next part."""
    end = _end_of_json(window, place)
    if end is None:
        end = _end_of_text(window, place)
    return window[place:end], end


def _end_of_json(window: str, place: int) -> int | None:
    if not window.startswith(("{", "["), place):
        return None
    try:
        _, end = _DECODER.raw_decode(window, place)
    except (ValueError, RecursionError):
        return None
    return end if window.startswith("]", end) or _NEXT_PART.match(window, end) else None


def _end_of_text(window: str, place: int) -> int:
    """Return where a text ends; if its brackets do not come in pairs, at the first that closes one."""
    depth = 0
    for position in range(place, len(window)):
        sign = window[position]
        if sign == "[":
            depth += 1
        elif sign == "]" and depth:
            depth -= 1
        elif sign == "]" or (sign == ";" and not depth and _NEXT_PART.match(window, position)):
            return position
    first = window.find("]", place)
    if first < 0:
        raise CueError(f"The cue {_shown(window)!r} is not closed: `]` is missing.")
    return first


def _script(parts: Iterable[_Part]) -> Script:
    """Join the parts of a cue. Raises CueError if two of them contradict each other."""
    script = Script()
    for part in parts:
        if part.word == "call":
            call = ScriptedCall(part.name, part.value.strip() or "{}")
            script = replace(script, calls=(*script.calls, call))
        elif part.word in _ENDINGS:
            script = replace(script, finish_reason=_ENDINGS[part.word])
        elif script.text is not None or script.refusal is not None:
            raise CueError("One cue cannot say or refuse twice; write one cue for each turn.")
        elif part.word == "say":
            script = replace(script, text=part.value)
        else:
            script = replace(script, refusal=part.value)
    if script.refusal is not None and script.calls:
        raise CueError("A response cannot refuse and call a function.")
    return script


def _shown(window: str) -> str:
    return window if len(window) <= 60 else f"{window[:60]}…"
