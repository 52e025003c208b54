"""Recorded exchanges, whatever file they come from: requests with the responses to send again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A recorded request and its response, both without content coding.

    `name` says which one it is, such as `request-3`; `path` is percent-decoded, `query` has the parameters in
    their order. `pieces` are the parts in which the body of the response arrived: one, or one for each event.
    """

    name: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    pieces: tuple[bytes, ...]
