"""Streams that nothing holds up are sent in few messages, with the same bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive

from aoai_emulator.asgi.sending import DirectResponse
from aoai_emulator.http.outgoing import PIECE, Outgoing
from aoai_emulator.http.replies import Reply

SCOPE = {"type": "http", "client": ("127.0.0.1", 1)}


async def sent(frames: Iterator[bytes], messages: list[Message]) -> None:
    async def send(message: Message) -> None:
        messages.append(message)

    receive: Receive = pytest.fail
    await DirectResponse(Reply(200, {}, frames), Outgoing())(SCOPE, receive, send)


async def test_sends_a_short_stream_in_one_message() -> None:
    messages: list[Message] = []
    await sent(iter([b"a", b"b", b"c"]), messages)
    assert messages[1:] == [{"type": "http.response.body", "body": b"abc", "more_body": False}]


async def test_sends_a_long_stream_in_bounded_messages() -> None:
    frames = [b"%d" % (number % 10) * 1000 for number in range(200)] + [b"x" * 3 * PIECE]
    messages: list[Message] = []
    await sent(iter(frames), messages)
    bodies = [message["body"] for message in messages[1:]]
    assert b"".join(bodies) == b"".join(frames)
    assert max(map(len, bodies)) <= PIECE
    assert [message["more_body"] for message in messages[1:]] == [True] * (len(bodies) - 1) + [False]


async def test_sends_what_precedes_a_failure() -> None:
    def frames() -> Iterator[bytes]:
        yield b"a"
        yield b"b"
        raise ZeroDivisionError

    messages: list[Message] = []
    with pytest.raises(ZeroDivisionError):
        await sent(frames(), messages)
    assert messages[1:] == [{"type": "http.response.body", "body": b"ab", "more_body": True}]
