"""JSON read by the fast reader, where it says the same as the one that knows lines and YAML."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from aoai_specs.loading.files import MAX_DEPTH

#: Beyond this, the reader that counts values is asked.
_LARGEST = 8 * 1024 * 1024


def plain_json(data: bytes) -> dict[str, Any] | None:
    """The object in a JSON text; None for whatever the other reader may refuse, or read as YAML."""
    if len(data) > _LARGEST or not data.lstrip().startswith(b"{"):
        return None
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and not _deep(content) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs) or "<<" in held:
        raise ValueError
    return held


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _deep(content: Any) -> bool:
    """Whether values are nested deeper than the other reader allows."""
    level: list[Any] = [content]
    for _ in range(MAX_DEPTH):
        inner = [
            each
            for held in level
            for each in (held.values() if isinstance(held, dict) else held)
            if isinstance(each, dict | list)
        ]
        if not inner:
            return False
        level = inner
    return True
