"""A deployed model: the name in the path, the model behind it, and what it serves."""

from __future__ import annotations

from dataclasses import dataclass

from aoai_emulator.models.model_traits import NO_TRAITS, Traits


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployed model: the name in the path, the model's own name, and what it can do.

    `context_tokens` bounds prompt plus answer (per input for embeddings); `dimensions` is the length of an
    embedding, and `shortens` says whether a request may ask for fewer. `provider` is who made the model,
    `reasons` says whether it thinks before it answers, and `default_on` names the surface on which it answers
    before others where a request names no model. `traits` are what the model rejects and is limited to.
    """

    name: str
    model: str
    kinds: frozenset[str]
    context_tokens: int = 4097
    dimensions: int = 0
    shortens: bool = False
    provider: str = "OpenAI"
    reasons: bool = False
    default_on: str | None = None
    traits: Traits = NO_TRAITS
