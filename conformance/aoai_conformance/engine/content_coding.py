"""Undoes the content codings that the client asks for, piece by piece and never beyond a bound."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Protocol

#: What the client asks for, as `Accept-Encoding` says it.
ACCEPTED = "gzip, deflate"
#: More codings on top of each other serve no one, and each one multiplies.
_MOST_CODINGS = 4
#: How many bytes say whether deflate has the frame of zlib.
_FRAME_HEAD = 2


class CodingError(ValueError):
    """A body that its Content-Encoding does not decode; the message is a sentence that names the coding."""


class Decoder(Protocol):
    """Undoes one coding."""

    def decode(self, data: bytes, room: int) -> bytes:
        """The next decoded bytes, at most `room` of them. Raises CodingError."""

    def finish(self) -> None:
        """Say that no more bytes come. Raises CodingError where the coding is not at its end."""


class _Zlib:
    """gzip of any number of members, or deflate with or without the frame of zlib."""

    def __init__(self, name: str, *window_bits: int) -> None:
        self._name = name
        self._window_bits = window_bits
        self._choices = list(window_bits)
        self._begin()

    def _begin(self) -> None:
        self._inflater = zlib.decompressobj(self._choices[0])
        self._has_data = False
        self._held = b""  # too little to tell one frame from another

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
            raise CodingError(f"The body goes on after the end of its {self._name} data.")
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
    """Undoes the codings of a body, the last applied first. Raises CodingError for an unknown one."""

    def __init__(self, codings: Sequence[str]) -> None:
        if len(codings) > _MOST_CODINGS:
            raise CodingError(f"The body has {len(codings)} content codings on top of each other.")
        for coding in codings:
            if coding not in _DECODERS:
                raise CodingError(
                    f"The body has the Content-Encoding {coding[:80]!r}; the request accepts {ACCEPTED}."
                )
        self._decoders = [_DECODERS[coding]() for coding in reversed(codings)]

    def decode(self, data: bytes, room: int) -> bytes:
        """The next decoded bytes, at most `room` of them. Raises CodingError.

        Whoever gets `room` bytes has more than it may take: the rest is gone.
        """
        for decoder in self._decoders:
            data = decoder.decode(data, room)
            if len(data) >= room:
                break
        return data

    def finish(self) -> None:
        """Say that no more bytes come. Raises CodingError where a coding is not at its end."""
        for decoder in self._decoders:
            decoder.finish()


def codings_of(values: Sequence[str]) -> tuple[str, ...]:
    """The codings that the values of Content-Encoding name, in the order in which they were applied."""
    named = (part.strip().lower() for value in values for part in value.split(","))
    return tuple(coding for coding in named if coding not in ("", "identity"))
