"""Finds a text in whatever way it is spelled: escaped, encoded, in several layers, or all of these at once.

A secret that a server echoes may arrive as JSON, in a URL, in HTML, in Base64, as hexadecimal digits, in
UTF-16, or as JSON inside JSON. Instead of listing the ways, the text is decoded layer by layer, each
character keeping the place that it came from, and the secret is looked for in every layer. The time is
linear in the length of the text; each layer costs one pass.
"""

from __future__ import annotations

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.entities import html5
from urllib.parse import quote

Span = tuple[int, int]

#: Escapes inside escapes deeper than this are not looked into.
MOST_LAYERS = 6
#: From this length on, the beginning of a secret is recognised alone: messages are cut short anywhere.
RECOGNISED_BEGINNING = 16
#: Texts are looked up by so many first characters. No shorter text is looked for.
SHORTEST = 8
#: With more needles than these, the text is walked over once instead of once for each needle.
_MOST_SEARCHES = 64

#: What text is broken by without meaning: line ends, with the field name of a further line of an event, and
#: the zero bytes of UTF-16 and UTF-32.
_BREAK = re.compile(r"[\r\n]+(?:data: ?)?|\x00+")
_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|u\{0{0,8}([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|[bfnrt]|([!-/:-@\[-`{-~]))"
    r"|%(?:([0-9a-fA-F]{2})|u00([0-9a-fA-F]{2}))"
    r"|&(?:\#0{0,8}([0-9]{1,4})|\#[xX]0{0,8}([0-9a-fA-F]{1,4})|([A-Za-z]{2,20}));?"
)
_DECIMAL = 7
_NAMED = 9
_ITSELF = 4
_ENTITIES = {
    name.rstrip(";"): character for name, character in html5.items() if len(character) == 1 and character < "\x7f"
}


@dataclass(frozen=True, slots=True)
class Needles:
    """The spellings of some secrets that decoding does not lead back to the secret itself.

    `by_beginning` gives them by their first eight characters, all in lower case.
    """

    by_beginning: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Needles:
        """The needles for secrets of eight characters and more."""
        grouped: dict[str, dict[str, None]] = {}
        for secret in secrets:
            for needle in _needles(secret):
                grouped.setdefault(needle[:SHORTEST], {})[needle] = None
        return cls({beginning: tuple(needles) for beginning, needles in grouped.items()})

    def spans(self, text: str) -> list[Span]:
        """Where the text holds a secret in any spelling, in order and without overlaps.

        Each character of the text stands for one byte.
        """
        if not self.by_beginning or not any(self._is_in(layer) for layer in _layers(text)):
            return []
        found = [
            _at_the_source(span, maps)
            for layer, maps in _mapped_layers(text)
            for span in self._spans(layer.lower())
        ]
        return _merged(found)

    def _is_in(self, layer: str) -> bool:
        return next(self._spans(layer.lower()), None) is not None

    def _spans(self, layer: str) -> Iterator[Span]:
        for start, beginning in self._beginnings(layer):
            longest = max(
                (_length_at(layer, start, needle) for needle in self.by_beginning[beginning]), default=0
            )
            if longest:
                yield start, start + longest

    def _beginnings(self, layer: str) -> Iterator[tuple[int, str]]:
        if len(self.by_beginning) > _MOST_SEARCHES:
            for start in range(len(layer) - SHORTEST + 1):
                piece = layer[start : start + SHORTEST]
                if piece in self.by_beginning:
                    yield start, piece
            return
        for beginning in self.by_beginning:
            start = layer.find(beginning)
            while start >= 0:
                yield start, beginning
                start = layer.find(beginning, start + 1)


def _needles(secret: str) -> Iterator[str]:
    """What to look for in a decoded text: a secret as bytes in its usual spellings, each decoded and encoded."""
    if len(secret) < SHORTEST:
        return
    for spelling in _spellings(secret):
        content = spelling.encode("utf-8", "surrogatepass")
        plain = content.decode("latin-1")
        for needle in (plain, _decoded(plain), content.hex(), *_in_base64(content)):
            if len(needle) >= SHORTEST:
                yield needle.lower()


def _spellings(secret: str) -> tuple[str, ...]:
    as_json = json.dumps(secret)[1:-1]
    spelled = (secret, as_json, as_json.replace("/", "\\/"), quote(secret, safe=""), html.escape(secret))
    return tuple(dict.fromkeys(spelled))


def _in_base64(content: bytes) -> Iterator[str]:
    """The characters that stand for nothing but the content, at each of the three alignments."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content).decode("ascii")
        first = -(-before * 8 // 6)
        last = (before + len(content)) * 8 // 6
        core = encoded[first:last]
        yield core
        yield core.translate(str.maketrans("+/", "-_"))


def _length_at(layer: str, start: int, needle: str) -> int:
    """How much of a needle stands at a place; 0 where that is too little to recognise it by."""
    if layer.startswith(needle, start):
        return len(needle)
    beginning = needle[:RECOGNISED_BEGINNING]
    if len(needle) <= RECOGNISED_BEGINNING or not layer.startswith(beginning, start):
        return 0
    low, high = len(beginning), len(needle)
    while high - low > 1:
        middle = (low + high) // 2
        if layer.startswith(needle[:middle], start):
            low = middle
        else:
            high = middle
    return low


def _decoded(text: str) -> str:
    """The innermost layer of a text."""
    for layer in _layers(text, 2 * MOST_LAYERS):
        text = layer
    return text


def _layers(text: str, most: int = MOST_LAYERS) -> Iterator[str]:
    """A text, and what it is with its escapes decoded once, twice, and so on, as long as it has some."""
    yield text
    for _ in range(most):
        decoded = _ESCAPE.sub(_meaning, _BREAK.sub("", text))
        if decoded == text:
            return
        text = decoded
        yield text


@dataclass(frozen=True, slots=True)
class _Map:
    """Where the characters of a decoded text come from: stretches that alternate between plain and escaped."""

    decoded: list[int]
    source: list[int]

    def start(self, index: int) -> int:
        """Where the character at an index begins in the source."""
        stretch = bisect_right(self.decoded, index) - 1
        return self.source[stretch] + index - self.decoded[stretch]

    def end(self, index: int) -> int:
        """Where the character before an index ends in the source."""
        stretch = bisect_right(self.decoded, index - 1) - 1
        if stretch % 2:
            return self.source[stretch + 1]
        return self.source[stretch] + index - self.decoded[stretch]


def _mapped_layers(text: str) -> Iterator[tuple[str, tuple[_Map, ...]]]:
    """As `_layers`, each with the maps that lead back to the text, the first step first."""
    maps: tuple[_Map, ...] = ()
    yield text, maps
    for _ in range(MOST_LAYERS):
        unbroken, breaks = _mapped(_BREAK, lambda _: "", text)
        decoded, escapes = _mapped(_ESCAPE, _meaning, unbroken)
        if decoded == text:
            return
        text, maps = decoded, (*maps, breaks, escapes)
        yield text, maps


def _mapped(
    pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str], text: str
) -> tuple[str, _Map]:
    pieces: list[str] = []
    decoded, source = [0], [0]
    length = position = 0
    for match in pattern.finditer(text):
        plain, meant = text[position : match.start()], meaning(match)
        pieces += [plain, meant]
        length += len(plain)
        position = match.end()
        decoded += [length, length + len(meant)]
        source += [match.start(), position]
        length += len(meant)
    pieces.append(text[position:])
    return "".join(pieces), _Map(decoded, source)


def _meaning(match: re.Match[str]) -> str:
    """The character that an escape stands for; the escape itself where that is none of ASCII's printable ones."""
    group = match.lastindex
    if group is None:
        return ""  # a control character by its letter, such as \n
    written = match.group(group)
    if group == _ITSELF:
        return written
    if group == _NAMED:
        return _ENTITIES.get(written, match.group())
    code = int(written, 10 if group == _DECIMAL else 16)
    if 0x20 <= code < 0x7F:
        return chr(code)
    return "" if code < 0x20 else match.group()


def _at_the_source(span: Span, maps: tuple[_Map, ...]) -> Span:
    start, end = span
    for each in reversed(maps):
        start, end = each.start(start), each.end(end)
    return start, end


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
