"""Takes secrets out of everything that is kept, in one place and before anything else sees it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from aoai_conformance.redaction.spellings import SHORTEST, Needles, Span
from aoai_model.exchange import Event, Headers, Response

#: Stands for a key that is sent as a bearer token.
KEY_MASK = "***key***"
MASK = "***"
#: Shorter keys are masked where we put them ourselves, but not hunted for in replies: a key `right` would be
#: found in `bright`, and the server blamed for what the mask broke. Real keys have 32 characters and more.
SHORTEST_HUNTED = SHORTEST
#: How a compressed body begins: gzip, and zlib at its usual levels.
_COMPRESSED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
#: How much of a compressed body is looked into.
_MOST_INFLATED = 16 * 1024 * 1024
#: Between texts that are searched together: it stands in no secret, and no escape begins or ends with it.
_BETWEEN = "\x1f"


class Redactor:
    """Replaces each of its secrets by `***`, however it is spelled (see `spellings`)."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._needles = Needles(secrets)

    @property
    def hunts(self) -> bool:
        """Whether there is a secret to be looked for."""
        return bool(self._needles)

    def text(self, text: str) -> str:
        """The text without the secrets."""
        if not self._needles:
            return text
        content = text.encode("utf-8", "surrogatepass")
        spans = self._needles.spans(content)
        return _utf8(_masked(content, spans)) if spans else text

    def bytes(self, data: bytes) -> bytes:
        """The bytes without the secrets; a compressed body that holds one becomes the mask as a whole."""
        if not self._needles:
            return data
        if data.startswith(_COMPRESSED) and self._needles.spans(_inflated(data)):
            return MASK.encode()
        spans = self._needles.spans(data)
        return _masked(data, spans) if spans else data

    def headers(self, headers: Headers) -> Headers:
        """The headers without the secrets, which may stand in a name too."""
        together = _BETWEEN.join(part for pair in headers for part in pair)
        if self.text(together) == together:
            return headers
        return tuple((self.text(name), self.text(value)) for name, value in headers)

    def response(self, response: Response) -> Response:
        """The response without the secrets, wherever in it they stand."""
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


@lru_cache(maxsize=16)
def redactor_of(secrets: tuple[str, ...]) -> Redactor:
    """The redactor of some secrets. Whoever asks again for the same ones gets the same."""
    return Redactor(secrets)


#: Every secret that this process has taken from outside, for what is printed when all else fails.
_seen: dict[str, None] = {}


def remember(secret: str) -> None:
    """Keep a secret out of whatever `without_known_secrets` is asked about from now on."""
    _seen[secret] = None


def without_known_secrets(text: str) -> str:
    """A text that may quote anything, such as a traceback, without the secrets of this process."""
    return redactor_of(tuple(_seen)).text(text)


def _masked(data: bytes, spans: Iterable[Span]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for start, end in spans:
        wide = b"\0" in data[start:end]  # UTF-16: the characters after it must keep their places
        pieces += [data[position:start], "\0".join(MASK).encode() if wide else MASK.encode()]
        position = end
    return b"".join([*pieces, data[position:]])


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # a character was masked in part
        return data.decode("utf-8", "replace")


def _inflated(data: bytes) -> bytes:
    """What a gzip or zlib body holds, as far as it can be read and no more than is looked into."""
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(data, _MOST_INFLATED)
    except zlib.error:
        return b""
