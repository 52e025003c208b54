"""Finds a text in whatever way it is spelled: escaped, encoded, in several layers, or all of these at once.

A secret that a server echoes may arrive as JSON, in a URL, in HTML, in Base64, as hexadecimal digits, in
UTF-16, or as JSON inside JSON. Instead of listing the ways, the text is decoded layer by layer, each
character keeping the place that it came from, and the secret is looked for in every layer. The time is
linear in the length of the text; each layer costs one pass.
"""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import TypeAlias
from urllib.parse import quote

Span: TypeAlias = tuple[int, int]
Escape: TypeAlias = re.Pattern[bytes]

#: Escapes inside escapes deeper than this are not looked into.
MOST_LAYERS = 6
#: From this length on, the beginning of a secret is recognised alone: messages are cut short anywhere.
RECOGNISED_BEGINNING = 16
#: Texts are looked up by so many first characters. No shorter text is looked for.
SHORTEST = 8
#: With more needles than these, the text is walked over once instead of once for each needle.
_MOST_SEARCHES = 64
_FOR_URLS = bytes.maketrans(b"+/", b"-_")

#: What breaks text without meaning: a single line end, with the field name of a further line of an event, and
#: the zero bytes of UTF-16 and UTF-32. Blank lines end events and paragraphs, so they stay.
_BREAK = re.compile(rb"[\r\n\x00](?:(?<=\x00)\x00*|(?<![\r\n][\r\n])(?:(?<=\r)\n)?(?![\r\n])(?:data: ?)?)")
_BREAKING = (b"\n", b"\r", b"\0")
#: The escapes of JSON, other strings, URLs and HTML. A backslash may stand before `PUNCTUATION`.
_ESCAPE = (
    rb"BACKSLASHES(?:[uU]00([2-7][0-9a-fA-F])|[uU]\{0{0,8}([2-7][0-9a-fA-F])\}|[xX]([2-7][0-9a-fA-F])|([PUNCTUATION]))"
    rb"|%(?:[uU]00)?([2-7][0-9a-fA-F])"
    rb"|&(?:\#0{0,8}([0-9]{2,3})|\#[xX]0{0,8}([2-7][0-9a-fA-F])|([A-Za-z]{2,20}));?"
)
_ESCAPING = (b"\\", b"%", b"&")
_ITSELF, _DECIMAL, _NAMED = 4, 6, 8
_ENTITIES = {
    name.rstrip(";").encode(): character.encode()
    for name, character in html5.items()
    if len(character) == 1 and " " < character < "\x7f"
}


class Needles:
    """Some secrets of eight characters and more, ready to be found in any text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        hunted = [secret for secret in secrets if len(secret) >= SHORTEST]
        self._escape = _escape_of(hunted)
        grouped: dict[bytes, dict[bytes, None]] = {}
        for secret in hunted:
            for needle in _needles(secret, self._escape):
                grouped.setdefault(needle[:SHORTEST], {})[needle] = None
        self._by_beginning = {beginning: tuple(needles) for beginning, needles in grouped.items()}

    def __bool__(self) -> bool:
        return bool(self._by_beginning)

    def spans(self, text: bytes) -> list[Span]:
        """Where the text holds a secret in any spelling, in order and without overlaps."""
        if not any(self._is_in(layer) for layer in _layers(text, self._escape)):
            return []
        found = [
            _at_the_source(span, maps)
            for layer, maps in _mapped_layers(text, self._escape)
            for span in self._spans(layer.lower())
        ]
        return _merged(found)

    def _is_in(self, layer: bytes) -> bool:
        lowered = layer.lower()
        if len(self._by_beginning) <= _MOST_SEARCHES and not any(
            map(lowered.__contains__, self._by_beginning)
        ):
            return False
        return next(self._spans(lowered), None) is not None

    def _spans(self, layer: bytes) -> Iterator[Span]:
        for start, beginning in self._beginnings(layer):
            longest = max(_length_at(layer, start, needle) for needle in self._by_beginning[beginning])
            if longest:
                yield start, start + longest

    def _beginnings(self, layer: bytes) -> Iterator[tuple[int, bytes]]:
        if len(self._by_beginning) > _MOST_SEARCHES:
            for start in range(len(layer) - SHORTEST + 1):
                piece = layer[start : start + SHORTEST]
                if piece in self._by_beginning:
                    yield start, piece
            return
        for beginning in self._by_beginning:
            start = layer.find(beginning)
            while start >= 0:
                yield start, beginning
                start = layer.find(beginning, start + 1)


def _escape_of(secrets: Iterable[str]) -> Escape:
    """The escapes that may hide a character of these secrets; others need not be decoded.

    Where no secret has a backslash, any number of them before an escape is one escape inside another.
    """
    characters = set("".join(secrets))
    punctuation = "".join(sorted(each for each in characters if each.isascii() and not each.isalnum()))
    backslashes = rb"\\" if "\\" in characters else rb"\\\\{0,63}+"
    pattern = _ESCAPE.replace(b"BACKSLASHES", backslashes)
    return re.compile(pattern.replace(b"PUNCTUATION", re.escape(punctuation or "/").encode()))


def _needles(secret: str, escape: Escape) -> Iterator[bytes]:
    """What to look for in a decoded text, all of it in lower case."""
    content = secret.encode("utf-8", "surrogatepass")
    as_json = json.dumps(secret)[1:-1].encode()
    plain = (
        content,
        _decoded(content, escape),
        as_json,
        quote(secret.encode("utf-8", "surrogatepass"), safe="").encode(),
    )
    for needle in (*plain, content.hex().encode()):
        if len(needle) >= SHORTEST:
            yield needle.lower()
    for encoded in {content, as_json, as_json.replace(b"/", b"\\/")}:
        for core in _in_base64(encoded):
            yield core.lower()


def _in_base64(content: bytes) -> Iterator[bytes]:
    """The characters that stand for nothing but the content, at each of the three alignments."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content)
        core = encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
        yield core
        yield core.translate(_FOR_URLS)


def _length_at(layer: bytes, start: int, needle: bytes) -> int:
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


def _decoded(text: bytes, escape: Escape) -> bytes:
    """The innermost layer of a text."""
    for layer in _layers(text, escape, 2 * MOST_LAYERS):
        text = layer
    return text


def _layers(text: bytes, escape: Escape, most: int = MOST_LAYERS) -> Iterator[bytes]:
    """A text, and what it is with its escapes decoded once, twice, and so on, as long as it has some."""
    yield text
    for _ in range(most):
        decoded = text
        if any(map(decoded.__contains__, _BREAKING)):
            decoded = _BREAK.sub(b"", decoded)
        if any(map(decoded.__contains__, _ESCAPING)):
            decoded = escape.sub(_meaning, decoded)
        if decoded == text:
            return
        text = decoded
        yield text


@dataclass(frozen=True, slots=True)
class _Map:
    """Where the characters of a decoded text come from: plain and escaped stretches alternate."""

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


def _mapped_layers(text: bytes, escape: Escape) -> Iterator[tuple[bytes, tuple[_Map, ...]]]:
    """As `_layers`, each with the maps that lead back to the text, the first step first."""
    maps: tuple[_Map, ...] = ()
    yield text, maps
    for _ in range(MOST_LAYERS):
        unbroken, breaks = _mapped(_BREAK, lambda _: b"", text)
        decoded, escapes = _mapped(escape, _meaning, unbroken)
        if decoded == text:
            return
        text, maps = decoded, (*maps, breaks, escapes)
        yield text, maps


def _mapped(pattern: Escape, meaning: Callable[[re.Match[bytes]], bytes], text: bytes) -> tuple[bytes, _Map]:
    pieces: list[bytes] = []
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
    return b"".join(pieces), _Map(decoded, source)


def _meaning(match: re.Match[bytes]) -> bytes:
    """The character that an escape stands for; the escape itself where a key cannot hold that."""
    group = match.lastindex or 0
    written = match.group(group)
    if group == _ITSELF:
        return written
    if group == _NAMED:
        return _ENTITIES.get(written) or _ENTITIES.get(written.lower(), match.group())
    code = int(written, 10 if group == _DECIMAL else 16)
    return bytes((code,)) if 0x20 < code < 0x7F else match.group()


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
