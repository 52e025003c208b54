"""Keeps reading after an oversized body was rejected, so that the client sees the response.

A connection that is closed with unread bytes is reset, and the reset discards the response in transit.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive, Send

#: How much of a rejected body is read and discarded, and for how long.
MOST_DRAINED = 64 * 1024 * 1024
LONGEST_DRAIN = 10.0


def lingering(send: Send, receive: Receive) -> Send:
    """Return a `send` that sends the whole response, but ends it only after the request was read."""

    async def send_and_linger(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message.get("headers", []) if each[0].lower() != b"connection"]
            await send({**message, "headers": [*kept, (b"connection", b"close")]})
        elif message.get("more_body", False):
            await send(message)
        else:
            await send({**message, "more_body": True})
            await _drain(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_and_linger


async def _drain(receive: Receive) -> None:
    left = MOST_DRAINED
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_DRAIN):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
