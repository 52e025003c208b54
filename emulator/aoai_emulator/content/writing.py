"""Text within the limits of a request: max_tokens, stop sequences, finish reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from aoai_emulator.content.prose import sentences
from aoai_emulator.content.tokens import join, tokenize

Ending = Literal["stop", "length"]

# Longer stop sequences end a text, too, but are not written into it.
_WOVEN_STOP_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Written:
    """A text: its tokens, and why it ended."""

    tokens: tuple[str, ...]
    ending: Ending

    @property
    def text(self) -> str:
        """The whole text."""
        return join(self.tokens)


def write(chance: Random, *, limit: int | None, stops: Sequence[str], words: int = 48) -> Written:
    """Write 24 to `words` words within the limits.

    If a request has stop sequences, one of them is written after a few words, as by a model that was
    instructed to, so that the sequence takes effect.
    """
    text = sentences(chance, chance.randint(min(24, words), words))
    short = [stop for stop in stops if stop and len(stop) <= _WOVEN_STOP_LENGTH]
    if short:
        parts = text.split(" ")
        position = min(chance.randint(3, 10), len(parts))
        text = " ".join(parts[:position]) + chance.choice(short) + " ".join(["", *parts[position:]])
    return within(tokenize(text), limit=limit, stops=stops)


def within(tokens: Sequence[str], *, limit: int | None, stops: Sequence[str]) -> Written:
    """Cut tokens at the limit and before the first complete stop sequence.

    A text that exactly fills its limit ended for length: no token was left to end it.
    """
    kept = tokens if limit is None else tokens[:limit]
    ending: Ending = "length" if limit is not None and len(tokens) >= limit else "stop"
    text = join(kept)
    found = [place for place in (text.find(stop) for stop in stops if stop) if place >= 0]
    if found:
        return Written(tuple(_until(kept, min(found))), "stop")
    return Written(tuple(kept), ending)


def _until(tokens: Sequence[str], length: int) -> list[str]:
    """Return the tokens of the first `length` characters; the last one may be cut."""
    kept: list[str] = []
    for token in tokens:
        if length <= 0:
            break
        kept.append(token[:length])
        length -= len(token)
    return kept
