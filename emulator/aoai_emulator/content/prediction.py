"""Predicted outputs: a request states what it expects, and the model uses part of it."""

from __future__ import annotations

from collections.abc import Sequence

from aoai_emulator.content.tokens import tokenize
from aoai_emulator.http.json_text import JsonObject

# Predictions are used up to this many tokens.
_MOST_TOKENS = 4096
_LONGEST_TOKEN = 13


def predicted(fields: JsonObject) -> list[str]:
    """Return the tokens of a prediction, which may be a string or text parts."""
    content = (fields.get("prediction") or {}).get("content")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        return []
    return tokenize(content[: _MOST_TOKENS * _LONGEST_TOKEN])[:_MOST_TOKENS]


def agreed(tokens: Sequence[str]) -> Sequence[str]:
    """Return the part of a prediction that the model uses: its first half, or all of a single token."""
    return tokens[: (len(tokens) + 1) // 2]


def accepted_count(predicted_tokens: Sequence[str], answer: Sequence[str]) -> int:
    """Count the predicted tokens that a response starts with."""
    count = 0
    for expected, given in zip(predicted_tokens, answer, strict=False):
        if expected != given:
            break
        count += 1
    return count
