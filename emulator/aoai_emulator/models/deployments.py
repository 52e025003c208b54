"""Deployments: the name in the path, the model, and what it serves."""

from __future__ import annotations

from dataclasses import dataclass

from aoai_emulator.models.model_traits import NO_TRAITS, Traits


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment: the name in the path, the name of its model, and what the model supports.

    `context_tokens` limits prompt plus completion (per input for embeddings); `dimensions` is the length of
    an embedding, and `shortens` whether a request may reduce it. `provider` is the maker of the model,
    `reasons` whether it reasons first, and `default_on` the surface on which it is the default where a
    request names no model. `traits` are what the model rejects, and its limits.
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

    def serves(self, kind: str) -> bool:
        """Return whether the model serves a kind of operation: responses if it serves chats."""
        return kind in self.kinds or (kind == "response-create" and "chat" in self.kinds)
