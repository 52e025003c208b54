"""From an author's text to an answer that keeps to its limits: max_tokens, stop sequences, finish reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from aoai_emulator.content.prose import sentences
from aoai_emulator.content.tokens import join, tokenize

Ending = Literal["stop", "length"]

# A longer stop sequence is honoured too, but the author does not write it of its own accord.
_WOVEN_STOP_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: its tokens, and why it ended. The text is the tokens joined."""

    tokens: tuple[str, ...]
    ending: Ending

    @property
    def text(self) -> str:
        """The whole text."""
        return join(self.tokens)


def write(chance: Random, *, limit: int | None, stops: Sequence[str], words: int = 48) -> Written:
    """Write some prose of 24 to `words` words within the limits.

    Where stop sequences are asked for, the author writes one of them after a few words, as a model does
    that was told to: so a request that names one meets it.
    """
    text = sentences(chance, chance.randint(min(24, words), words))
    short = [stop for stop in stops if stop and len(stop) <= _WOVEN_STOP_LENGTH]
    if short:
        parts = text.split(" ")
        position = min(chance.randint(3, 10), len(parts))
        text = " ".join(parts[:position]) + chance.choice(short) + " ".join(["", *parts[position:]])
    return within(tokenize(text), limit=limit, stops=stops)


def within(tokens: Sequence[str], *, limit: int | None, stops: Sequence[str]) -> Written:
    """Cut tokens to the limit and before the first stop sequence that is whole within it.

    A text that fills its limit exactly ended for length: the model had no token left to say that it was done.
    """
    kept = tokens if limit is None else tokens[:limit]
    ending: Ending = "length" if limit is not None and len(tokens) >= limit else "stop"
    text = join(kept)
    found = [place for place in (text.find(stop) for stop in stops if stop) if place >= 0]
    if found:
        return Written(tuple(_until(kept, min(found))), "stop")
    return Written(tuple(kept), ending)


def _until(tokens: Sequence[str], length: int) -> list[str]:
    """Return the tokens of the first `length` characters, the last of them cut short if need be."""
    kept: list[str] = []
    for token in tokens:
        if length <= 0:
            break
        kept.append(token[:length])
        length -= len(token)
    return kept
