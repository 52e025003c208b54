"""Faults of what embeddings cost, and of the model that they name, over several answers."""

from __future__ import annotations

import secrets

from aoai_emulator.faults.anatomy import listed_in
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

EMBEDDINGS = frozenset({"embeddings"})


def _use(body: JsonObject, tokens: int) -> None:
    body["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}


@answer_fault("embedding-usage-varies", operations=EMBEDDINGS)
def count_anew(body: JsonObject, request: AcceptedRequest) -> None:
    """The same input has another number of tokens each time."""
    del request
    _use(body, 100 + secrets.randbelow(1 << 20))


@answer_fault("embedding-usage-constant", operations=EMBEDDINGS)
def count_nothing(body: JsonObject, request: AcceptedRequest) -> None:
    """Every answer says that it cost sixteen tokens, or one for each vector."""
    del request
    _use(body, max(16, len(listed_in(body))))


@answer_fault("embedding-model-varies", operations=EMBEDDINGS)
def name_another_model(body: JsonObject, request: AcceptedRequest) -> None:
    """Each answer names a model of its own."""
    del request
    body["model"] = f"model-{secrets.token_hex(4)}"
