"""Response headers that are encoded all at once, because most of them are the same in every response."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

#: The key in `scope["extensions"]` of servers that take EncodedHeaders as the headers of a response.
ENCODED_HEADERS = "aoai_emulator.encoded_headers"
#: A name and its value, or the format of its value.
Header: TypeAlias = tuple[bytes, bytes]
_SENDABLE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


class HeaderForm:
    """The headers that many responses have.

    `varying` are names with the formats of their values, `constant` names with their values. `lines` is the
    format of all of them as they are sent, followed by a Content-Length. Names are in lower case. The caller
    checks the values with `is_sendable`.
    """

    __slots__ = ("constant", "lines", "varying")

    def __init__(self, varying: Sequence[Header], constant: Sequence[Header]) -> None:
        self.varying = varying
        self.constant = constant
        literal = ((name, value.replace(b"%", b"%%")) for name, value in constant)
        self.lines = b"".join(
            b"%b: %b\r\n" % header for header in (*varying, *literal, (b"content-length", b"%d"))
        )


class EncodedHeaders:
    """The headers of one response: a form, the values of its varying ones, and the `length` of the body.

    The caller checks values that come from a request with `is_sendable`. Iterating yields pairs of names and
    values, for servers that encode headers themselves.
    """

    __slots__ = ("_form", "_values", "length")

    def __init__(self, form: HeaderForm, values: tuple[bytes | int, ...], length: int) -> None:
        self._form = form
        self._values = values
        self.length = length

    @property
    def lines(self) -> bytes:
        """The lines, each with its line end."""
        return self._form.lines % (*self._values, self.length)

    def __iter__(self) -> Iterator[Header]:
        for (name, mark), value in zip(self._form.varying, self._values, strict=True):
            yield name, mark % value
        yield from self._form.constant
        yield b"content-length", b"%d" % self.length


def is_sendable(value: bytes) -> bool:
    """Return whether a value can be sent in a header: it has no control characters but tabs."""
    return _SENDABLE.fullmatch(value) is not None
