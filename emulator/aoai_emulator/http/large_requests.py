"""Large requests are responded to in threads of their own, so that others need not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from aoai_emulator.http.requests import IncomingRequest

Result = TypeVar("Result")

#: Bodies of more bytes are large.
LARGE: Final = 256 * 1024
#: How many large requests are responded to at once; others wait, and cost no memory beyond their bodies.
_AT_ONCE: Final = 2
#: The operations that change nothing that other requests see.
_PURE: Final = frozenset({"chat", "extension-chat", "completions", "embeddings", "image-embeddings"})


def is_large(request: IncomingRequest) -> bool:
    """Return whether a request may be, and had better be, responded to in a thread."""
    return len(request.raw) > LARGE and request.kind in _PURE


class LargeRequests:
    """The threads for the large requests of one emulator, started on first use."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None

    async def run(self, respond: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return the result of `respond` from a thread."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_AT_ONCE, "large-request")
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: asyncio.run(respond()))
