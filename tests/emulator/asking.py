"""Short names for what the tests read from a response."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import httpx


async def ask(pending: Awaitable[httpx.Response]) -> dict[str, Any]:
    """The JSON of an answer that must be a success."""
    response = await pending
    assert response.status_code == 200, response.text
    return response.json()


def choice(body: dict[str, Any]) -> dict[str, Any]:
    """The only choice."""
    (one,) = body["choices"]
    return one


def message(body: dict[str, Any]) -> dict[str, Any]:
    """The message of the only choice."""
    return choice(body)["message"]
