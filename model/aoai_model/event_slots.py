"""Slots: the places at which the data of similar events differ, in texts, numbers and lists of numbers.

Data with a mark in place of each slot is the key of a form. A template recognises data of a form that is
known, and finds what is written in its slots, without making the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

from aoai_model.json_parsing import parse_strictly
from aoai_specs.pointers import join

#: The kinds of slots: a text, an integer, a fraction, either of them, and lists of these.
SlotKind: TypeAlias = Literal["text", "integer", "fraction", "number", "integers", "numbers"]
Number: TypeAlias = int | float

#: The members whose text is most of what a stream sends.
_TEXT_NAMES = (
    "content",
    "text",
    "refusal",
    "arguments",
    "reasoning_content",
    "obfuscation",
    "delta",
    "token",
)
#: What JSON may write between the quotes of a text that is not empty.
_WRITTEN = r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))++'
_SPACE = r"[ \t\r\n]*+"
#: Numbers that every parser reads alike. Zero is false in a condition, so it is no slot beside others.
_INTEGER = "-?[1-9][0-9]{0,14}+"
_FRACTION = (
    r"-?(?!0(?:\.0*+)?+(?:[eE][-+]?[0-9]*+)?(?![0-9]))"
    r"(?:0|[1-9][0-9]{0,14}+)(?:\.[0-9]{1,25}+(?:[eE][-+]?[0-9]{1,2}+)?|[eE][-+]?[0-9]{1,2}+)"
)
_NUMBER = r"-?(?:0|[1-9][0-9]{0,14}+)(?:\.[0-9]{1,25}+)?+(?:[eE][-+]?[0-9]{1,2}+)?+"
_WHOLE = "-?(?:0|[1-9][0-9]{0,14}+)"
_PATTERNS: dict[SlotKind, str] = {
    "text": _WRITTEN,
    "integer": _INTEGER,
    "fraction": _FRACTION,
    "number": _NUMBER,
    "integers": rf"{_WHOLE}(?:{_SPACE},{_SPACE}{_WHOLE})*+",
    "numbers": rf"{_NUMBER}(?:{_SPACE},{_SPACE}{_NUMBER})*+",
}
_KINDS: tuple[SlotKind, ...] = get_args(SlotKind)
_LISTS = frozenset({"integers", "numbers"})
_COLON = f"{_SPACE}:{_SPACE}"
#: The end of a number that is the value of a member.
_END = r"(?=[ \t\r\n]*+[,}])"
#: Only an opening quote is followed by a letter. An index is no slot: it says what a part is about.
_NAME = r'"[A-Za-z_][A-Za-z0-9_.-]*+(?<!index)"'


def _slot(kind: SlotKind) -> str:
    return f"(?P<{kind}>{_PATTERNS[kind]})"


_SLOT = re.compile(
    rf'"(?:{"|".join(_TEXT_NAMES)})"{_COLON}"{_slot("text")}"'
    rf'|"logprob"{_COLON}{_slot("number")}{_END}'
    rf"|{_NAME}{_COLON}(?:{_slot('integer')}{_END}|{_slot('fraction')}{_END}"
    rf"|\[{_SPACE}(?:{_slot('integers')}|{_slot('numbers')}){_SPACE}\])"
)
#: Begins the mark of a slot in a key, before a digit for its kind. JSON cannot contain it unescaped.
MARK = "\0"
_SPLIT = re.compile(f"{MARK}([0-9])")
_PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place, as a JSON Pointer, whose value differs between the events of a form."""

    pointer: str
    kind: SlotKind

    def read(self, written: str) -> Any:
        """Return the value that is written in the slot: a text, a number, or a list of numbers."""
        if self.kind == "text":
            return json.loads(f'"{written}"') if "\\" in written else written
        return json.loads(f"[{written}]" if self.kind in _LISTS else written)

    def read_all(self, written: Sequence[str]) -> list[Any]:
        """Return the values that are written in the slot of several events."""
        if self.kind == "text":
            return list(map(self.read, written))
        start, between, end = ("[[", "],[", "]]") if self.kind in _LISTS else ("[", ",", "]")
        values: list[Any] = json.loads(f"{start}{between.join(written)}{end}") if written else []
        return values


@dataclass(slots=True)
class Spread:
    """Which numbers the events of a form have in one slot; for a list, also how many elements it has."""

    least: Number
    most: Number
    whole: bool
    shortest: int = 1
    longest: int = 1

    @classmethod
    def of(cls, written: Sequence[str]) -> Spread:
        """Return the spread of what is written in several events, at least one."""
        values = json.loads(f"[{','.join(written)}]")
        made = cls(min(values), max(values), float not in set(map(type, values)))
        if len(values) > len(written):
            lengths = [each.count(",") + 1 for each in written]
            made.shortest, made.longest = min(lengths), max(lengths)
        return made

    def joined(self, other: Spread) -> Spread:
        """Return the spread of both."""
        return Spread(
            min(self.least, other.least),
            max(self.most, other.most),
            self.whole and other.whole,
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
        )


def key_of(data: str) -> tuple[str, list[str]]:
    """Return the key of the form of data that is JSON without `MARK`, and what is written in its slots."""
    written: list[str] = []
    pieces: list[str] = []
    end = 0
    for found in _SLOT.finditer(data):
        kind = cast("SlotKind", found.lastgroup)
        start, stop = found.span(kind)
        written.append(data[start:stop])
        pieces += (data[end:start], MARK, str(_KINDS.index(kind)))
        end = stop
    return "".join((*pieces, data[end:])), written


def slots_of(key: str) -> tuple[Slot, ...] | None:
    """Return the slots of a key, in their order; None unless each has exactly one place in the JSON."""
    first, *parts = _SPLIT.split(key)
    pieces, kinds = [first], parts[::2]
    for number, after in enumerate(parts[1::2]):
        mark = f"{_PLACE}{number}{_PLACE}"
        pieces += (mark if _KINDS[int(kinds[number])] == "text" else f'"{mark}"', after)
    try:
        marked = parse_strictly("".join(pieces))
    except ValueError:
        return None
    places = _places(marked, len(kinds))
    if any(len(each) != 1 for each in places):
        return None
    named = zip(places, kinds, strict=True)
    return tuple(
        Slot(
            pointer.rpartition("/")[0] if _KINDS[int(kind)] in _LISTS else pointer,
            _KINDS[int(kind)],
        )
        for (pointer,), kind in named
    )


def _places(marked: Any, count: int) -> list[list[str]]:
    """Return the JSON Pointers at which each of several marks occurs in a value."""
    places: dict[str, list[str]] = {f"{_PLACE}{number}{_PLACE}": [] for number in range(count)}
    waiting: list[tuple[str, Any]] = [("", marked)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((join(pointer, name), each) for name, each in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{place}", each) for place, each in enumerate(value))
        elif isinstance(value, str) and value in places:
            places[value].append(pointer)
    return list(places.values())


@dataclass(frozen=True, slots=True)
class Template:
    """What all data of a form has in common: its beginning, its end, and what lies between its slots.

    `fixed` has what is written in each slot of all data that the template matches, None for a slot that
    differs; the latter are at the positions `places`.
    """

    number: int
    name: str
    start: str
    end: str
    between: re.Pattern[str]
    fixed: tuple[str | None, ...]
    places: tuple[int, ...]

    @classmethod
    def of(cls, number: int, name: str, key: str, fixed: Sequence[str | None]) -> Template:
        """Return the template of a form with a number, for events of a name, by its key."""
        first, *parts = _SPLIT.split(key)
        pieces, patterns = [first], []
        for kind, after, known in zip(parts[::2], parts[1::2], fixed, strict=True):
            if known is None:
                patterns.append(f"({_PATTERNS[_KINDS[int(kind)]]})")
                pieces.append(after)
            else:
                pieces[-1] += known + after
        start, *between, end = pieces
        pattern = "".join(
            slot + re.escape(after) for slot, after in zip(patterns, (*between, ""), strict=True)
        )
        places = tuple(at for at, known in enumerate(fixed) if known is None)
        return cls(number, name, start, end, re.compile(pattern), tuple(fixed), places)

    def match(self, data: str) -> re.Match[str] | None:
        """Return the match with what is written in the slots at `places`; None for any other data."""
        if not (data.startswith(self.start) and data.endswith(self.end)):
            return None
        return self.between.fullmatch(data, len(self.start), len(data) - len(self.end))

    def written(self, found: re.Match[str]) -> Sequence[str]:
        """Return what is written in every slot, for a match."""
        written: list[Any] = list(self.fixed)
        for place, each in zip(self.places, found.groups(), strict=True):
            written[place] = each
        return written
