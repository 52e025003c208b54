"""Texts are generated as tokens: the same as those of the text."""

from __future__ import annotations

from aoai_emulator.content.prose import sentences, write
from aoai_emulator.content.seeding import chance
from aoai_emulator.content.tokens import tokenize


def test_generates_the_tokens_of_the_same_sentences() -> None:
    for seed in range(300):
        luck = chance(seed)
        text = sentences(luck, luck.randint(24, 48))
        assert list(write(chance(seed), limit=None, stops=()).tokens) == tokenize(text)


def test_draws_what_random_draws() -> None:
    from aoai_emulator.content.prose import _OBJECTS, phrase

    for seed in range(50):
        assert phrase(chance(seed)) == chance(seed).choice(_OBJECTS)
