"""Headers of a response that are encoded already, as they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: The key in `scope["extensions"]` of servers that take EncodedHeaders as the headers of a response.
ENCODED_HEADERS = "aoai_emulator.encoded_headers"
_SENDABLE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


class EncodedHeaders:
    """The lines of headers, each with its line end, and the `length` that Content-Length among them names.

    The names are in lower case; who encodes them checks the values with `is_sendable`. The pairs of names and
    values, for other servers, are its items.
    """

    __slots__ = ("length", "lines")

    def __init__(self, lines: bytes, length: int) -> None:
        self.lines = lines
        self.length = length

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        for line in self.lines.split(b"\r\n")[:-1]:
            name, _, value = line.partition(b": ")
            yield name, value


def is_sendable(value: bytes) -> bool:
    """Return whether a header can have a value."""
    return _SENDABLE.fullmatch(value) is not None
