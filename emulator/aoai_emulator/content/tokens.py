"""The emulator's tokenizer: a simple rule that splits any text without loss.

A token is `<|endoftext|>`; or up to eight letters, three digits or four other signs in a row, each with the
space before it; or a single whitespace character. Joining the tokens gives the text back, and the bytes of a
token are its UTF-8. English has about four characters per token, like the real models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

END_OF_TEXT = "<|endoftext|>"

_TOKEN = re.compile(r"<\|endoftext\|>| ?[^\W\d_]{1,8}| ?\d{1,3}| ?(?:[^\w\s]|_){1,4}|.", re.DOTALL)
#: The same for a text in ASCII, which is matched faster.
_ASCII_TOKEN = re.compile(
    r" ?[A-Za-z]{1,8}| ?[0-9]{1,3}|<\|endoftext\|>| ?[!-/:-@\[-`{-~\x00-\x08\x0e-\x1b\x7f]{1,4}|.", re.DOTALL
)
#: How many words with their numbers of tokens are remembered, and how long they may be.
_MOST_WORDS: Final = 8192
_LONGEST_WORD: Final = 24


def tokenize(text: str) -> list[str]:
    """Split a text into tokens; `"".join(tokenize(text)) == text` for every text."""
    return (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)


def count(text: str) -> int:
    """Count the tokens of a text: `len(tokenize(text))`.

    A space is only at the start of a token, so that the tokens of a word are the same after every space.
    """
    words = text.split(" ")
    number = sum(map(_count_after_space, words))
    first = words[0]
    if first[:1].isalnum():  # then it has the same tokens without a space
        return number
    return number - _count_after_space(first) + len(tokenize(first))


class _WordCounts(dict[str, int]):
    """Maps words to how many tokens each has after a space; short words are remembered."""

    def __missing__(self, word: str) -> int:
        number = len(tokenize(f" {word}"))
        if len(word) <= _LONGEST_WORD:
            if len(self) >= _MOST_WORDS:
                self.clear()
            self[word] = number
        return number


_count_after_space: Final = _WordCounts().__getitem__


def join(tokens: Iterable[str]) -> str:
    """Join tokens."""
    return "".join(tokens)


def token_bytes(token: str) -> list[int]:
    """Return the bytes of a token."""
    return list(token.encode())


def grouped(tokens: Sequence[str], size: int) -> list[Sequence[str]]:
    """Split a list of tokens into runs of at most `size`."""
    return [tokens[start : start + size] for start in range(0, len(tokens), size)]


def in_pieces(tokens: Sequence[str], sizes: Iterable[int]) -> list[Sequence[str]]:
    """Split a list of tokens into runs of the given sizes; runs of no tokens are left out."""
    runs, start = [], 0
    for size in sizes:
        if size:
            runs.append(tokens[start : start + size])
            start += size
    return runs
