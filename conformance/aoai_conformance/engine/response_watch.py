"""Parse the raw bytes of one response: where it ends, what follows it, and what is malformed.

httpx and httpcore return a parsed response or raise an exception. This module parses the same bytes, so that
what an exception hides is known and no byte after the end of a response reaches them.
"""

from __future__ import annotations

import re
from contextvars import ContextVar

import h11

from aoai_model.exchange import Headers

#: How many raw bytes are kept as evidence.
MOST_EVIDENCE = 4096
#: The longest head, line or trailer that is read; httpcore has the same limit.
LONGEST_HEAD = 100 * 1024
#: How many interim responses (1xx) may precede a response.
MOST_INTERIM = 100
_TOO_LONG = 431  # the status that h11 suggests where a head is too long

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t]|\Z)")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_HEADER = re.compile(rb"([^\s:]+):[ \t]*(.*?)[ \t]*", re.DOTALL)


class ResponseWatch:
    """The bytes of one response, parsed as far as HTTP/1.1 allows.

    `received` is the first bytes, `trailing` the first bytes after the end; `malformed` says briefly what
    breaks HTTP; `is_too_long` is true if a head or a line exceeds the limit, `is_flooded` if there are too
    many interim responses to read on.
    """

    def __init__(self, method: str) -> None:
        self._method = method
        self.reset()

    def reset(self) -> None:
        """Start again: a proxy opened its tunnel, and the response is still to come."""
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._parser.send(h11.Request(method=self._method, target="/", headers=[("Host", "watched")]))
        self._parser.send(h11.EndOfMessage())
        self._head = bytearray()  # the bytes since the last interim response, until the head is complete
        self._interim = 0
        self.received = bytearray()
        self.trailing = bytearray()
        self.has_head = False
        self.has_ended = False
        self.malformed = ""
        self.is_too_long = False
        self.is_flooded = False

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes (none if the connection ended); return those that belong to the response."""
        self.received += data[: MOST_EVIDENCE - len(self.received)]
        if self.has_ended:
            self._keep_trailing(data)
            return b""
        if self.malformed or self.is_too_long:
            return data
        if not self.has_head:
            self._head += data
        try:
            self._parser.receive_data(data)
            self._read_events()
        except h11.RemoteProtocolError as error:
            self._note(error, at_end=not data)
        if self.has_ended:
            rest, _ = self._parser.trailing_data
            self._keep_trailing(rest)
            return data[: len(data) - len(rest)]
        return data

    def lenient_head(self) -> tuple[int, Headers, bytes] | None:
        """Return the status, the readable headers and the rest of a malformed head; None without a status."""
        lines, *rest = _HEAD_END.split(bytes(self._head), maxsplit=1)
        first, *others = _LINE_END.split(lines)
        status = _STATUS_LINE.match(first)
        if status is None or int(status[1]) < 200:
            return None
        headers = [match for line in others if (match := _HEADER.fullmatch(line)) is not None]
        return (
            int(status[1]),
            tuple((match[1].decode("latin-1"), match[2].decode("latin-1")) for match in headers),
            b"".join(rest),
        )

    def _read_events(self) -> None:
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.InformationalResponse):
                self._interim += 1
                self._head = bytearray(self._parser.trailing_data[0])
                if self._interim > MOST_INTERIM:
                    self.malformed = f"more than {MOST_INTERIM} interim responses (1xx)"
                    self.is_flooded = True
                    return
            elif isinstance(event, h11.Response):
                self.has_head = True
            elif isinstance(event, h11.EndOfMessage):
                self.has_ended = True
                return

    def _note(self, error: h11.RemoteProtocolError, *, at_end: bool) -> None:
        if error.error_status_hint == _TOO_LONG:
            self.is_too_long = True
        elif not at_end:  # a connection that ends early is cut off, not malformed
            self.malformed = str(error)

    def _keep_trailing(self, data: bytes) -> None:
        self.trailing += data[: MOST_EVIDENCE - len(self.trailing)]


#: The watch of the response that the running task reads; None outside of a request.
WATCHING: ContextVar[ResponseWatch | None] = ContextVar("WATCHING", default=None)
