"""Reasoning before a response: tokens that are counted, and shown if the document has a field for them."""

from __future__ import annotations

from aoai_emulator.content.prose import sentences
from aoai_emulator.content.seeding import chance
from aoai_emulator.content.tokens import tokenize
from aoai_emulator.http.requests import AcceptedRequest

_WORDS = {"low": 1, "medium": 14, "high": 28, "xhigh": 56}
# A model that may write little responds at once: reasoning takes at most half of its limit.
_SHARE = 2


def thought(request: AcceptedRequest, limit: int, key: str) -> tuple[str, ...]:
    """Return the tokens of the reasoning; none if neither the model nor the request asks for it.

    A model whose traits name an effort always reasons first, and may spend its whole limit on it.
    """
    effort = request.fields.get("reasoning_effort")
    traits = request.deployment.traits
    if traits.effort is not None:
        return _thought(str(effort or traits.effort), key)[:limit] if traits.reasons(effort) else ()
    if effort is None and not request.deployment.reasons:
        return ()
    tokens = _thought(str(effort), key)
    return tokens if len(tokens) * _SHARE <= limit else ()


def _thought(effort: str, key: str) -> tuple[str, ...]:
    words = _WORDS.get(effort, _WORDS["medium"])
    return tuple(tokenize(sentences(chance(key, "thought"), words)))
