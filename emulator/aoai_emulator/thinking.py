"""What a model thinks before it answers: tokens that are counted, and told where the document has a field."""

from __future__ import annotations

from aoai_emulator.prose import sentences
from aoai_emulator.requests import AcceptedRequest
from aoai_emulator.seeding import chance
from aoai_emulator.tokens import tokenize

_WORDS = {"low": 1, "medium": 14, "high": 28}
# A model that may say little answers at once: thinking takes no more than one part in so many of its limit.
_SHARE = 2


def thought(request: AcceptedRequest, limit: int, key: str) -> tuple[str, ...]:
    """Return the tokens of a thought; none where neither the model reasons nor the request asks for it."""
    effort = request.fields.get("reasoning_effort")
    if effort is None and not request.deployment.reasons:
        return ()
    words = _WORDS.get(str(effort), _WORDS["medium"])
    tokens = tokenize(sentences(chance(key, "thought"), words))
    return tuple(tokens) if len(tokens) * _SHARE <= limit else ()
