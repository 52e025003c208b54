"""Mask secrets in everything that is stored, in one place and before any other code sees it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import TypeAlias

from aoai_conformance.redaction.spellings import SHORTEST, Needles, Span
from aoai_model.exchange import Event, Headers, Response

Text: TypeAlias = str | bytes

#: Replaces a key that is sent as a bearer token.
KEY_MASK = "***key***"
MASK = "***"
#: Shorter keys are masked in requests, but not searched for in responses: a key `right` would be found in
#: `bright`, and masking it would cause violations. Real keys have at least 32 characters.
SHORTEST_SEARCHED = SHORTEST
#: The first bytes of compressed bodies: gzip, and zlib at its usual levels.
_COMPRESSED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
#: How many bytes of a compressed body are decompressed and searched.
_MOST_INFLATED = 16 * 1024 * 1024
#: Separates texts that are searched together: no secret contains it, and no escape begins or ends with it.
_BETWEEN = b"\x1f"


class Redactor:
    """Replaces each of its secrets by `***`, however it is spelled (see `spellings`)."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._needles = Needles(secrets)

    @property
    def has_secrets(self) -> bool:
        """Whether there is a secret to search for."""
        return bool(self._needles)

    def text(self, text: str) -> str:
        """Return the text with secrets masked."""
        if not self._needles:
            return text
        content = text.encode("utf-8", "surrogatepass")
        spans = self._needles.spans(content)
        return _utf8(_masked(content, spans)) if spans else text

    def bytes(self, data: bytes) -> bytes:
        """Return the bytes with secrets masked; a compressed body with a secret is replaced by the mask."""
        if not self._needles:
            return data
        if data.startswith(_COMPRESSED) and self._needles.spans(_inflated(data)):
            return MASK.encode()
        spans = self._needles.spans(data)
        return _masked(data, spans) if spans else data

    def finds_any(self, texts: Iterable[Text]) -> bool:
        """Return whether one of the texts contains a secret: much faster than redacting each of them."""
        return bool(self._needles.spans(_BETWEEN.join(chain.from_iterable(map(_searched, texts)))))

    def headers(self, headers: Headers) -> Headers:
        """Return the headers with secrets masked, in names as well as values."""
        if not self.finds_any(part for pair in headers for part in pair):
            return headers
        return tuple((self.text(name), self.text(value)) for name, value in headers)

    def response(self, response: Response) -> Response:
        """Return the response with secrets masked in all of its parts."""
        if not self._needles:
            return response
        body, events = self.bytes(response.body), response.events
        if events is not None:
            changed = body != response.body
            events = tuple(self._event(each) if changed or "\n" in each.data else each for each in events)
        defects = tuple(
            replace(defect, message=self.text(defect.message), raw=self.bytes(defect.raw))
            for defect in response.defects
        )
        headers = self.headers(response.headers)
        return replace(response, headers=headers, body=body, events=events, defects=defects)

    def _event(self, event: Event) -> Event:
        return replace(
            event,
            data=self.text(event.data),
            raw=self.bytes(event.raw),
            name=self.text(event.name),
            id=None if event.id is None else self.text(event.id),
        )


def _searched(text: Text) -> tuple[bytes, ...]:
    """Return the bytes in which a secret of this text would be found."""
    if isinstance(text, str):
        return (text.encode("utf-8", "surrogatepass"),)
    return (text, _inflated(text)) if text.startswith(_COMPRESSED) else (text,)


@lru_cache(maxsize=16)
def redactor_of(secrets: tuple[str, ...]) -> Redactor:
    """Return the redactor for these secrets; cached, since building one takes time."""
    return Redactor(secrets)


#: Every secret that this process has received, for tracebacks and other unexpected output.
_seen: dict[str, None] = {}


def remember(secret: str) -> None:
    """Make `without_known_secrets` mask a secret from now on."""
    _seen[secret] = None


def without_known_secrets(text: str) -> str:
    """Return a text that may quote anything, such as a traceback, with the secrets of this process masked."""
    return redactor_of(tuple(_seen)).text(text)


def _masked(data: bytes, spans: Iterable[Span]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for start, end in spans:
        wide = b"\0" in data[start:end]  # UTF-16: the characters after it must stay aligned
        pieces += [data[position:start], "\0".join(MASK).encode() if wide else MASK.encode()]
        position = end
    return b"".join([*pieces, data[position:]])


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # a character was masked in part
        return data.decode("utf-8", "replace")


def _inflated(data: bytes) -> bytes:
    """Decompress a gzip or zlib body, as far as possible and up to the limit."""
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(data, _MOST_INFLATED)
    except zlib.error:
        return b""
