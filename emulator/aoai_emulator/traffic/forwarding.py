"""Passing requests on to another server: what an emulator needs from whoever does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias


class BrokenOffError(Exception):
    """The other server did not send its whole response."""


@dataclass(frozen=True, slots=True)
class ForwardedRequest:
    """A request to pass on: `target` is its path and query as sent, `headers` those of the client."""

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class ForwardedResponse:
    """The response of the other server, whose body arrives piece by piece, or raises BrokenOffError."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: AsyncIterator[bytes]


#: Passes a request on and returns the response as soon as it has begun; it raises nothing.
Forward: TypeAlias = Callable[[ForwardedRequest], Awaitable[ForwardedResponse]]
