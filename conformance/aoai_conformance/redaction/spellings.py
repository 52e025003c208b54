"""Find secrets in any spelling: escaped, encoded, in several layers, or any combination.

A secret that a server echoes may arrive as JSON, in a URL, in HTML, in Base64, as hexadecimal digits, in
UTF-16, or as JSON inside JSON. Instead of enumerating the spellings, the text is decoded layer by layer. Each
character keeps its original position, and the secret is searched for in every layer. The time is linear in
the length of the text; each layer costs one pass.
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

#: Nested escapes deeper than this are not decoded.
MOST_LAYERS = 6
#: A prefix of a secret is recognised from this length on, because messages may be truncated anywhere.
RECOGNISED_BEGINNING = 16
#: Secrets are indexed by this many first characters; shorter ones are not searched for.
SHORTEST = 8
#: With more needles than this, the text is scanned once instead of once for each needle.
_MOST_SEARCHES = 64
_FOR_URLS = bytes.maketrans(b"+/", b"-_")

#: Breaks that carry no meaning: a single line end, with the field name of a further line of an event, and the
#: zero bytes of UTF-16 and UTF-32. Blank lines end events and paragraphs, so they are kept.
_BREAK = re.compile(rb"[\r\n\x00](?:(?<=\x00)\x00*|(?<![\r\n][\r\n])(?:(?<=\r)\n)?(?![\r\n])(?:data: ?)?)")
_BREAKING = (b"\n", b"\r", b"\0")
#: The escapes of JSON and other strings. A backslash may precede `PUNCTUATION`.
_STRINGS = (
    rb"BACKSLASHES(?:[uU]00(?P<unicode>[2-7][0-9a-fA-F])|[uU]\{0{0,8}(?P<braced>[2-7][0-9a-fA-F])\}"
    rb"|[xX](?P<byte>[2-7][0-9a-fA-F])|(?P<itself>[PUNCTUATION]))"
)
#: The escapes of URLs and HTML.
_MARKUP = (
    rb"%(?:[uU]00)?(?P<percent>[2-7][0-9a-fA-F])"
    rb"|&(?:\#0{0,8}(?P<decimal>[0-9]{2,3})|\#[xX]0{0,8}(?P<hexadecimal>[2-7][0-9a-fA-F])"
    rb"|(?P<named>[A-Za-z]{2,20}));?"
)
_ESCAPING = (b"\\", b"%", b"&")
_ENTITIES = {
    name.rstrip(";").encode(): character.encode()
    for name, character in html5.items()
    if len(character) == 1 and " " < character < "\x7f"
}


class Needles:
    """Secrets of at least eight characters, prepared for searching."""

    def __init__(self, secrets: Iterable[str]) -> None:
        searched = [secret for secret in secrets if len(secret) >= SHORTEST]
        self._orders = _orders_of(searched)
        grouped: dict[bytes, dict[bytes, None]] = {}
        for secret in searched:
            for needle in _needles(secret, self._orders[0][0]):
                grouped.setdefault(needle[:SHORTEST], {})[needle] = None
        self._by_beginning = {beginning: tuple(needles) for beginning, needles in grouped.items()}

    def __bool__(self) -> bool:
        return bool(self._by_beginning)

    def spans(self, text: bytes) -> list[Span]:
        """Return the spans of secrets in the text, in any spelling, in order and without overlaps."""
        found: list[Span] = []
        for order in self._orders:
            if any(self._is_in(layer) for layer in _layers(text, order)):
                found += [
                    _at_the_source(span, maps)
                    for layer, maps in _mapped_layers(text, order)
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


def _orders_of(secrets: Iterable[str]) -> tuple[tuple[Escape, ...], ...]:
    """Return the escapes to decode in each layer, in every order in which these secrets may be spelled.

    Without a backslash in a secret, all escapes are decoded at once, and several backslashes before an escape
    are nested escapes. A backslash of a secret may look like the start of an escape. Then the strings around
    a spelling are decoded first, one by one, and the escapes of URLs and HTML with and without those of
    strings.
    """
    characters = set("".join(secrets)) | {"/"}  # Base64 contains it
    if "\\" not in characters:
        return ((_compiled(rb"%b|%b" % (_STRINGS, _MARKUP), characters, rb"\\\\{0,63}+"),) * MOST_LAYERS,)
    strings, markup, every = (
        _compiled(escapes, characters, rb"\\")
        for escapes in (_STRINGS, _MARKUP, rb"%b|%b" % (_STRINGS, _MARKUP))
    )
    return (
        (every,) * MOST_LAYERS,
        *(
            (strings,) * outer + (inner,) * (MOST_LAYERS - outer)
            for outer in range(MOST_LAYERS)
            for inner in (every, markup)
            if outer or inner is markup
        ),
    )


def _compiled(escapes: bytes, characters: set[str], backslashes: bytes) -> Escape:
    """Return a pattern of escapes that may hide one of these characters; others need no decoding."""
    punctuation = "".join(sorted(each for each in characters if each.isascii() and not each.isalnum()))
    pattern = escapes.replace(b"BACKSLASHES", backslashes)
    return re.compile(pattern.replace(b"PUNCTUATION", re.escape(punctuation).encode()))


def _needles(secret: str, escape: Escape) -> Iterator[bytes]:
    """Yield the strings to search for in a decoded text, in lower case."""
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
    """Yield the Base64 characters that encode only the content, at each of the three alignments."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content)
        core = encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
        yield core
        yield core.translate(_FOR_URLS)


def _length_at(layer: bytes, start: int, needle: bytes) -> int:
    """Return how much of a needle matches at a position; 0 if it is too little to recognise it."""
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
    """Return the innermost layer of a text."""
    for layer in _layers(text, (escape,) * (2 * MOST_LAYERS)):
        text = layer
    return text


def _layers(text: bytes, escapes: Iterable[Escape]) -> Iterator[bytes]:
    """Yield a text, and the text with its escapes decoded once, twice, and so on until none are left."""
    yield text
    for escape in escapes:
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
    """Maps positions in a decoded text to its source, in which plain and escaped stretches alternate."""

    decoded: list[int]
    source: list[int]

    def start(self, index: int) -> int:
        """Return where the character at an index begins in the source."""
        stretch = bisect_right(self.decoded, index) - 1
        return self.source[stretch] + index - self.decoded[stretch]

    def end(self, index: int) -> int:
        """Return where the character before an index ends in the source."""
        stretch = bisect_right(self.decoded, index - 1) - 1
        if stretch % 2:
            return self.source[stretch + 1]
        return self.source[stretch] + index - self.decoded[stretch]


def _mapped_layers(text: bytes, escapes: Iterable[Escape]) -> Iterator[tuple[bytes, tuple[_Map, ...]]]:
    """Yield the layers of `_layers`, each with the maps back to the text, the first step first."""
    maps: tuple[_Map, ...] = ()
    yield text, maps
    for escape in escapes:
        unbroken, breaks = _mapped(_BREAK, lambda _: b"", text)
        decoded, meanings = _mapped(escape, _meaning, unbroken)
        if decoded == text:
            return
        text, maps = decoded, (*maps, breaks, meanings)
        yield text, maps


def _mapped(pattern: Escape, meaning: Callable[[re.Match[bytes]], bytes], text: bytes) -> tuple[bytes, _Map]:
    pieces: list[bytes] = []
    decoded, source = [0], [0]
    length = position = 0
    for match in pattern.finditer(text):
        plain, replacement = text[position : match.start()], meaning(match)
        pieces += [plain, replacement]
        length += len(plain)
        position = match.end()
        decoded += [length, length + len(replacement)]
        source += [match.start(), position]
        length += len(replacement)
    pieces.append(text[position:])
    return b"".join(pieces), _Map(decoded, source)


def _meaning(match: re.Match[bytes]) -> bytes:
    """Return the character that an escape encodes; the escape itself if a key cannot contain it."""
    group = match.lastgroup or ""
    written: bytes = match[group]
    if group == "itself":
        return written
    if group == "named":
        return _ENTITIES.get(written) or _ENTITIES.get(written.lower(), match.group())
    code = int(written, 10 if group == "decimal" else 16)
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
