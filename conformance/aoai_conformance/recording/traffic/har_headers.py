"""Read the headers and other name-value pairs of a HAR entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_model.exchange import Headers


def header_pairs(message: Mapping[str, Any]) -> Headers:
    """Return header pairs, without the pseudo-headers of HTTP/2."""
    return tuple(
        (name, value) for name, value in pairs(message, "headers") if name and not name.startswith(":")
    )


def pairs(message: Mapping[str, Any], member: str) -> list[tuple[str, str]]:
    """Return the name-value pairs that a member of a message lists."""
    listed = message.get(member)
    return [
        (str(each.get("name", "")), str(each.get("value", "")))
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    ]
