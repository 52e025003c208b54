"""Predicted answers: a request says what it expects, and the model takes over what it agrees with."""

from __future__ import annotations

from collections.abc import Sequence

from aoai_emulator.content.tokens import tokenize
from aoai_emulator.http.json_text import JsonObject

# What is predicted beyond this many tokens is not looked at.
_MOST_TOKENS = 4096
_LONGEST_TOKEN = 13


def predicted(fields: JsonObject) -> list[str]:
    """Return the tokens that a request predicts: of a text, or of text parts one after the other."""
    content = (fields.get("prediction") or {}).get("content")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        return []
    return tokenize(content[: _MOST_TOKENS * _LONGEST_TOKEN])[:_MOST_TOKENS]


def agreed(tokens: Sequence[str]) -> Sequence[str]:
    """Return what of a prediction the model takes over: its first half, and all of a single token."""
    return tokens[: (len(tokens) + 1) // 2]


def accepted_count(predicted_tokens: Sequence[str], answer: Sequence[str]) -> int:
    """Count the predicted tokens that an answer begins with."""
    count = 0
    for expected, given in zip(predicted_tokens, answer, strict=False):
        if expected != given:
            break
        count += 1
    return count
