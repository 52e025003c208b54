"""The tokenizer loses nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aoai_emulator.content.tokens import count, grouped, join, token_bytes, tokenize


@given(st.text())
def test_tokens_join_to_the_text(text):
    tokens = tokenize(text)
    assert join(tokens) == text
    assert count(text) == len(tokens)
    assert all(tokens)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_bytes_of_tokens_join_to_the_texts_utf8(text):
    assert bytes(byte for token in tokenize(text) for byte in token_bytes(token)) == text.encode()


def test_english_has_about_one_token_per_four_characters():
    text = "The quiet river carries bright lanterns past the old harbour every evening of the year."
    assert 3 <= len(text) / count(text) <= 6


def test_end_of_text_is_one_token():
    assert tokenize("a<|endoftext|>b") == ["a", "<|endoftext|>", "b"]


@given(st.lists(st.text()), st.integers(1, 9))
def test_groups_keep_the_order_and_the_size(tokens, size):
    groups = grouped(tokens, size)
    assert [token for group in groups for token in group] == tokens
    assert all(0 < len(group) <= size for group in groups)
