"""Receiving a body: bounded before and after its gzip coding is removed."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from typing import Final

from aoai_emulator.http.rejections import Rejection, malformed_body, unsupported_coding

_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
#: How many bytes are removed from their coding at once, between other requests.
_PIECE: Final = 1024 * 1024


@dataclass(slots=True)
class ReceivedBody:
    """The bytes of a body, at most `limit`.

    `oversized` is whether there were more; a body whose coding cannot be removed has a `rejection`.
    """

    limit: int
    raw: bytes | bytearray = field(default_factory=bytearray)
    oversized: bool = False
    rejection: Rejection | None = None

    def add(self, piece: bytes) -> None:
        """Add what fits."""
        room = self.limit - len(self.raw)
        self.raw += piece[:room]
        self.oversized = self.oversized or len(piece) > room


async def receive_body(pieces: AsyncIterable[bytes], coding: str, limit: int) -> ReceivedBody:
    """Read a body of at most `limit` bytes; `coding` is its Content-Encoding.

    What follows the limit is not read.
    """
    body = ReceivedBody(limit)
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        async for piece in pieces:
            body.add(piece)
            if body.oversized:
                break
    elif coding in ("gzip", "x-gzip"):
        await _receive_gzip(pieces, body)
    else:
        body.rejection = unsupported_coding(coding)
    return body


async def _receive_gzip(pieces: AsyncIterable[bytes], body: ReceivedBody) -> None:
    decompressor = zlib.decompressobj(_GZIP_WINDOW)
    received = 0
    async for piece in pieces:
        received += len(piece)
        try:
            left = piece
            while left and not body.oversized:
                body.add(decompressor.decompress(left, _PIECE))
                left = decompressor.unconsumed_tail
        except zlib.error:
            body.rejection = _broken("its gzip coding is broken")
            return
        if decompressor.unused_data:
            body.rejection = _broken("more data follows its gzip coding")
            return
        body.oversized = body.oversized or received > body.limit
        if body.oversized:
            return
    if not decompressor.eof:
        body.rejection = _broken("its gzip coding ends too early")


def _broken(reason: str) -> Rejection:
    return malformed_body(reason)
