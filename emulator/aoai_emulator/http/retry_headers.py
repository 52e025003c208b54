"""The headers that name a time to wait; the real service sends them in several combinations, also none."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil

#: Seconds, milliseconds, and the seconds until the limits on requests and on tokens are reset.
RETRY_HEADERS = ("retry-after", "retry-after-ms", "x-ratelimit-reset")


def retry_headers(seconds: float, names: Collection[str]) -> dict[str, str]:
    """Return those of RETRY_HEADERS that are named, for a time to wait of some seconds."""
    milliseconds = ceil(round(seconds * 1000, 3))
    rounded = str(ceil(milliseconds / 1000))
    headers: dict[str, str] = {}
    if "retry-after" in names:
        headers["retry-after"] = rounded
    if "retry-after-ms" in names:
        headers["retry-after-ms"] = str(milliseconds)
    if "x-ratelimit-reset" in names:
        headers["x-ratelimit-reset-requests"] = headers["x-ratelimit-reset-tokens"] = rounded
    return headers
