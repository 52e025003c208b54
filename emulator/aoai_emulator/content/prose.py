"""Generated text: short English sentences from a small vocabulary, determined by a random generator."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_SUBJECTS = (
    "the old harbour", "a quiet river", "the café", "our neighbour", "the night train", "a small garden",
    "the lighthouse", "an early frost", "the market", "a naïve painter", "the clockmaker", "the last ferry",
    "a paper lantern", "the orchard", "Zürich", "the library", "a curious fox", "the mountain path",
    "Ωmega", "東京",
)  # fmt: skip
_VERBS = (
    "carries", "remembers", "follows", "welcomes", "measures", "repairs", "watches", "gathers", "describes",
    "paints", "crosses", "opens", "keeps", "answers", "warms", "reflects",
)  # fmt: skip
_OBJECTS = (
    "bright lanterns", "the morning light", "three letters", "a patient crowd", "the salt wind", "warm bread",
    "copper bells", "the first snow", "an unfinished song", "green glass", "a map of the coast", "wild honey",
    "the evening news", "several stones", "a field of rye", "soft rain",
)  # fmt: skip
_TAILS = (
    "", " before noon", " without a sound", " near the bridge", " every spring", " with great care",
    " after 10 years", " at the edge of town", " again and again", " 🌿", " as if nothing had changed",
)  # fmt: skip

MAX_WORDS = 64


def sentences(chance: Random, words: int) -> str:
    """Write sentences of at least `words` words in all (MAX_WORDS at most)."""
    written: list[str] = []
    length = 0
    while length < min(words, MAX_WORDS):
        sentence = sentence_of(chance)
        written.append(sentence)
        length += sentence.count(" ") + 1
    return " ".join(written)


def sentence_of(chance: Random) -> str:
    """Write one sentence, with a capital and a full stop."""
    subject = chance.choice(_SUBJECTS)
    sentence = f"{subject} {chance.choice(_VERBS)} {chance.choice(_OBJECTS)}{chance.choice(_TAILS)}."
    return sentence[0].upper() + sentence[1:]


def phrase(chance: Random) -> str:
    """Write two or three words, as for a value in JSON."""
    return chance.choice(_OBJECTS)


def vocabulary() -> Sequence[str]:
    """Return single words, each with a leading space: the alternatives to a token."""
    return _VOCABULARY


def word_of(token_id: int) -> str:
    """Return the word that a token id stands for; every integer stands for one."""
    return _VOCABULARY[token_id % len(_VOCABULARY)]


_VOCABULARY = tuple(
    dict.fromkeys(
        f" {word}" for stock in (_SUBJECTS, _VERBS, _OBJECTS) for entry in stock for word in entry.split()
        if len(word) <= 8
    )
)  # fmt: skip
