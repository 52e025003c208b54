"""The emulator's tokenizer: a plain rule that cuts any text into pieces and loses nothing.

A token is `<|endoftext|>`; or up to eight letters, three digits or four other signs in a row, each with the
space before it; or a single character of white space. Joining the tokens gives the text back, and a token's
bytes are its UTF-8. English comes to some four characters a token, about as with the real models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

END_OF_TEXT = "<|endoftext|>"

_TOKEN = re.compile(r"<\|endoftext\|>| ?[^\W\d_]{1,8}| ?\d{1,3}| ?(?:[^\w\s]|_){1,4}|.", re.DOTALL)


def tokenize(text: str) -> list[str]:
    """Cut a text into its tokens; `"".join(tokenize(text)) == text` for every text."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """Count the tokens of a text."""
    return sum(1 for _ in _TOKEN.finditer(text))


def join(tokens: Iterable[str]) -> str:
    """Put tokens together again."""
    return "".join(tokens)


def token_bytes(token: str) -> list[int]:
    """Return the bytes that a token stands for."""
    return list(token.encode())


def grouped(tokens: Sequence[str], size: int) -> list[Sequence[str]]:
    """Cut a list of tokens into runs of at most `size`."""
    return [tokens[start : start + size] for start in range(0, len(tokens), size)]
