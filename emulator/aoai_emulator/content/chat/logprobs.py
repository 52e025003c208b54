"""Generate consistent log probabilities: at most 0, sorted, and for distinct tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from aoai_emulator.content.prose import vocabulary
from aoai_emulator.content.seeding import digest
from aoai_emulator.content.tokens import token_bytes
from aoai_emulator.http.json_text import JsonObject

# Positions this far apart have the same probabilities, so that few are computed.
_ROUNDS = 8
_MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate token at a position, and its log probability."""

    token: str
    logprob: float


def candidates(token: str, position: int, others: int) -> tuple[Candidate, ...]:
    """Return the chosen token and then `others` more, likeliest first; probabilities sum to less than 1.

    Versions without a limit use the limit of the others.
    """
    return _candidates(token, position % _ROUNDS, min(others, _MOST_OTHERS))


@lru_cache(maxsize=8192)
def _candidates(token: str, position: int, others: int) -> tuple[Candidate, ...]:
    raw = digest(token, position)
    likely = 0.35 + raw[0] / 256 * 0.6
    chosen = [Candidate(token, round(math.log(likely), 6))]
    words = vocabulary()
    start = int.from_bytes(raw[1:3])
    rest = 1.0 - likely
    offset = 0
    while len(chosen) <= others:
        word = words[(start + offset) % len(words)]
        offset += 1
        if word != token:
            share = rest * 0.45
            rest -= share
            chosen.append(Candidate(word, round(math.log(share), 6)))
    return tuple(chosen)


def chat_logprobs(tokens: Sequence[str], top: int, start: int = 0) -> list[JsonObject]:
    """Describe each token like `logprobs.content` of a chat choice, with the `top` likeliest.

    `start` is the position of the first token in the whole text, so that streamed pieces agree with it.
    """
    return [_described(token, position, top) for position, token in enumerate(tokens, start)]


def _described(token: str, position: int, top: int) -> JsonObject:
    ranked = candidates(token, position, max(top - 1, 0))
    return {
        **_entry(ranked[0]),
        "top_logprobs": [_entry(candidate) for candidate in ranked[:top]],
    }


def _entry(candidate: Candidate) -> JsonObject:
    return {
        "token": candidate.token,
        "logprob": candidate.logprob,
        "bytes": token_bytes(candidate.token),
    }


def completion_logprobs(tokens: Sequence[str], top: int, start: int = 0, offset: int = 0) -> JsonObject:
    """Describe tokens like `logprobs` of a completion; the chosen token is always among the likeliest.

    `offset` is the position of the first token in the choice's text, in characters.
    """
    ranked = [candidates(token, position, max(top - 1, 0)) for position, token in enumerate(tokens, start)]
    offsets = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token)
    return {
        "tokens": list(tokens),
        "token_logprobs": [entry[0].logprob for entry in ranked],
        "top_logprobs": [{one.token: one.logprob for one in entry[: max(top, 1)]} for entry in ranked],
        "text_offset": offsets,
    }


def mean_logprob(tokens: Sequence[str]) -> float:
    """Return the mean log probability of a text's tokens, 0 for none; best_of ranks by it."""
    if not tokens:
        return 0.0
    return sum(candidates(token, place, 0)[0].logprob for place, token in enumerate(tokens)) / len(tokens)
