"""Decode the content codings that the client accepts, incrementally and within a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Protocol

#: The value of `Accept-Encoding` in requests.
ACCEPTED = "gzip, deflate"
#: More nested codings have no use, and each one multiplies the size.
_MOST_CODINGS = 4
#: How many bytes show whether deflate data has a zlib header.
_FRAME_HEAD = 2


class CodingError(ValueError):
    """The body cannot be decoded by its Content-Encoding; the message is a sentence that names it."""


class Decoder(Protocol):
    """Decodes one content coding."""

    def decode(self, data: bytes, room: int) -> bytes:
        """Return the next decoded bytes, at most `room` of them. Raises CodingError."""

    def finish(self) -> None:
        """Note the end of the bytes. Raises CodingError if the data is incomplete."""


class _Zlib:
    """gzip with any number of members, or deflate with or without a zlib header."""

    def __init__(self, name: str, *window_bits: int) -> None:
        self._name = name
        self._window_bits = window_bits
        self._choices = list(window_bits)
        self._begin()

    def _begin(self) -> None:
        self._inflater = zlib.decompressobj(self._choices[0])
        self._has_data = False
        self._held = b""  # too few bytes to recognize a header

    def decode(self, data: bytes, room: int) -> bytes:
        decoded = bytearray()
        while data and len(decoded) < room:
            if self._inflater.eof:
                self._go_on_after_end()
            decoded += self._inflate(data, room - len(decoded))
            data = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
        return bytes(decoded)

    def _inflate(self, data: bytes, room: int) -> bytes:
        if len(self._choices) > 1 and not self._has_data:
            data, self._held = self._held + data, b""
            if len(data) < _FRAME_HEAD:
                self._held = data
                return b""
        try:
            decoded = self._inflater.decompress(data, room)
        except zlib.error as error:
            if self._has_data or len(self._choices) == 1:
                raise CodingError(f"The body is not valid {self._name}: {error}.") from error
            self._choices.pop(0)
            self._begin()
            return self._inflate(data, room)
        self._has_data = True
        return decoded

    def _go_on_after_end(self) -> None:
        if self._name != "gzip":
            raise CodingError(f"The body continues after the end of its {self._name} data.")
        self._begin()

    def finish(self) -> None:
        if (self._has_data or self._held) and not self._inflater.eof:
            raise CodingError(f"The body ends before its {self._name} data does.")


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": lambda: _Zlib("gzip", zlib.MAX_WBITS | 16),
    "x-gzip": lambda: _Zlib("gzip", zlib.MAX_WBITS | 16),
    "deflate": lambda: _Zlib("deflate", zlib.MAX_WBITS, -zlib.MAX_WBITS),
}


class BodyDecoder:
    """Decodes the content codings of a body, the last one applied first.

    Raises CodingError for an unknown coding.
    """

    def __init__(self, codings: Sequence[str]) -> None:
        if len(codings) > _MOST_CODINGS:
            raise CodingError(f"The body has {len(codings)} nested content codings.")
        for coding in codings:
            if coding not in _DECODERS:
                raise CodingError(
                    f"The body has the Content-Encoding {coding[:80]!r}; the request accepts {ACCEPTED}."
                )
        self._decoders = [_DECODERS[coding]() for coding in reversed(codings)]

    def decode(self, data: bytes, room: int) -> bytes:
        """Return the next decoded bytes, at most `room` of them. Raises CodingError.

        If `room` bytes are returned, the limit is exceeded and the rest is lost.
        """
        for decoder in self._decoders:
            data = decoder.decode(data, room)
            if len(data) >= room:
                break
        return data

    def finish(self) -> None:
        """Note the end of the bytes. Raises CodingError if the data of a coding is incomplete."""
        for decoder in self._decoders:
            decoder.finish()


def codings_of(values: Sequence[str]) -> tuple[str, ...]:
    """Return the codings in the values of Content-Encoding, in the order in which they were applied."""
    named = (part.strip().lower() for value in values for part in value.split(","))
    return tuple(coding for coding in named if coding not in ("", "identity"))
