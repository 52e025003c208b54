"""Texts are generated as tokens: those of the text."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from aoai_emulator.content.prose import write, write_as_json
from aoai_emulator.content.seeding import chance, digest, digest_of_chat, new_uuid
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


@pytest.mark.parametrize("limit", [5, 60, 1000])
def test_a_text_as_json_is_the_same_text(limit: int) -> None:
    for seed in range(50):
        written = write(str(seed), limit=limit, stops=())
        text, ending, number = write_as_json(str(seed), limit=limit)
        assert (json.loads(text), ending, number) == (written.text, written.ending, len(written.tokens))


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": 'é "quoted" \\ \n'},
        {"content": "a", "role": "user"},
        {"role": "user", "content": None},
        {"role": "user", "content": [{"type": "text", "text": "a"}]},
        {"role": "user", "content": "a", "name": "b"},
        {"role": "tool", "tool_call_id": "a"},
    ],
)
def test_the_digest_of_a_chat_is_that_of_its_parts(message: dict[str, Any]) -> None:
    for own_seed in (None, 7):
        messages = [message, {"role": "user", "content": "b"}]
        assert digest_of_chat(1, own_seed, "m", messages) == digest(1, own_seed, "m", messages)


def test_uuids_are_valid_and_differ() -> None:
    ids = [new_uuid() for _ in range(100)]
    assert len(set(ids)) == 100
    assert {UUID(text).version for text in ids} == {4}
    assert [str(UUID(text)) for text in ids] == ids
