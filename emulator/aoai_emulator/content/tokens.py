"""The emulator's tokenizer: a simple rule that splits any text without loss.

A token is `<|endoftext|>`; or up to eight letters, three digits or four other signs in a row, each with the
space before it; or a single whitespace character. Joining the tokens gives the text back, and the bytes of a
token are its UTF-8. English has about four characters per token, like the real models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

END_OF_TEXT = "<|endoftext|>"

_TOKEN = re.compile(r"<\|endoftext\|>| ?[^\W\d_]{1,8}| ?\d{1,3}| ?(?:[^\w\s]|_){1,4}|.", re.DOTALL)


#: The same for a text in ASCII, which is matched faster.
_ASCII_TOKEN = re.compile(
    r" ?[A-Za-z]{1,8}| ?[0-9]{1,3}|<\|endoftext\|>| ?[!-/:-@\[-`{-~\x00-\x08\x0e-\x1b\x7f]{1,4}|.", re.DOTALL
)
#: The longest text whose count is remembered.
_LONGEST_REMEMBERED = 512


def tokenize(text: str) -> list[str]:
    """Split a text into tokens; `"".join(tokenize(text)) == text` for every text."""
    return (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)


def count(text: str) -> int:
    """Count the tokens of a text."""
    return _count(text) if len(text) <= _LONGEST_REMEMBERED else len(tokenize(text))


@lru_cache(maxsize=512)
def _count(text: str) -> int:
    return len(tokenize(text))


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
