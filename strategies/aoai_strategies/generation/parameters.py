"""Hypothesis strategies for the parameters of sampling: temperatures, penalties, seeds, stops and limits.

Every example is valid by construction for the newest stable api-version.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from aoai_model.serialization import Json

#: Token ids that every tokenizer in use has.
_FIRST_TOKEN, _LAST_TOKEN = 0, 50_000
_SEED_LIMIT = 2**63


def temperatures(*, maximum: float = 2.0) -> SearchStrategy[float]:
    """Sampling temperatures from 0 to `maximum`, both included. Shrinks to 0.0."""
    return st.floats(min_value=0, max_value=maximum, allow_nan=False)


def top_ps() -> SearchStrategy[float]:
    """Probability masses for nucleus sampling, from 0 to 1. Shrinks to 0.0."""
    return st.floats(min_value=0, max_value=1, allow_nan=False)


def penalties() -> SearchStrategy[float]:
    """Presence and frequency penalties, from -2 to 2. Shrinks to 0.0."""
    return st.floats(min_value=-2, max_value=2, allow_nan=False)


def seeds() -> SearchStrategy[int]:
    """Seeds over the whole range of 64-bit integers. Shrinks to 0."""
    return st.integers(min_value=-_SEED_LIMIT, max_value=_SEED_LIMIT - 1)


def token_limits(*, maximum: int = 32) -> SearchStrategy[int]:
    """Limits on the length of a response in tokens, from 1 to `maximum`. Shrinks to 1."""
    return st.integers(min_value=1, max_value=maximum)


def choice_counts(*, maximum: int = 4) -> SearchStrategy[int]:
    """Numbers of choices, from 1 to `maximum` (128 at most). Shrinks to 1."""
    return st.integers(min_value=1, max_value=min(maximum, 128))


def texts(*, min_size: int = 1, max_size: int = 40) -> SearchStrategy[str]:
    """Short texts of any characters that JSON can carry. Shrinks to zeros of the minimum length."""
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=min_size, max_size=max_size)


def stop_sequences(*, max_size: int = 4) -> SearchStrategy[Json]:
    """Values of `stop`: one sequence, or a list of 1 to `max_size` (4 at most). Shrinks to "0"."""
    sequence = texts(max_size=8)
    several = st.lists(sequence, min_size=1, max_size=min(max_size, 4), unique=True)
    return st.one_of(sequence, several)


def logit_biases(*, max_size: int = 3) -> SearchStrategy[dict[str, Json]]:
    """Biases from -100 to 100 by token id, for at most `max_size` tokens. Shrinks to {}."""
    tokens = st.integers(min_value=_FIRST_TOKEN, max_value=_LAST_TOKEN).map(str)
    biases: SearchStrategy[Json] = st.integers(min_value=-100, max_value=100)
    return st.dictionaries(tokens, biases, max_size=max_size)


def users() -> SearchStrategy[str]:
    """Identifiers of end users. Shrinks to "user-0"."""
    return st.integers(min_value=0, max_value=9999).map(lambda number: f"user-{number}")
