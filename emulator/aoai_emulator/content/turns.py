"""The order of a stream's chunks: the choices alternate, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aoai_emulator.http.json_text import JsonObject


def taking_turns(choices: Iterable[Iterator[JsonObject]]) -> Iterator[JsonObject]:
    """Yield the first part of every choice, then the second of every choice that has one, and so on."""
    waiting = list(choices)
    while waiting:
        still = []
        for parts in waiting:
            part = next(parts, None)
            if part is not None:
                yield part
                still.append(parts)
        waiting = still


def with_first(chunks: Iterator[JsonObject], extra: JsonObject) -> Iterator[JsonObject]:
    """Yield the chunks, the first of them with additional fields."""
    for first in chunks:
        yield {**first, **extra}
        break
    yield from chunks
