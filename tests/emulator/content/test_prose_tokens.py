"""Texts are generated as tokens: those of the text."""

from __future__ import annotations

from aoai_emulator.content.prose import write
from aoai_emulator.content.seeding import chance
from aoai_emulator.content.tokens import tokenize

_LONGEST_SENTENCE = 13


def test_generates_the_tokens_of_whole_sentences() -> None:
    for seed in range(300):
        written = write(str(seed), limit=None, stops=())
        assert list(written.tokens) == tokenize(written.text)
        assert not written.text[0].islower()
        assert written.text.endswith(".")
        assert 24 <= len(written.text.split()) < 48 + _LONGEST_SENTENCE


def test_a_text_has_many_beginnings_and_lengths() -> None:
    texts = [write(str(seed), limit=None, stops=()).text for seed in range(300)]
    assert len({text[:30] for text in texts}) > 200
    assert len({len(text.split()) for text in texts}) > 20


def test_draws_what_random_draws() -> None:
    from aoai_emulator.content.prose import _OBJECTS, phrase

    for seed in range(50):
        assert phrase(chance(seed)) == chance(seed).choice(_OBJECTS)
