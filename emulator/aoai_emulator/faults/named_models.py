"""Faults of the model that a request names where the path names no deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.registry import acceptance_fault
from aoai_emulator.http.requests import IncomingRequest

_DOCUMENT = "ai-model-inference@2025-04-01"
_NAMING = frozenset({"chat", "embeddings", "image-embeddings"})


@acceptance_fault("unknown-model-accepted", check="model", operations=_NAMING, document=_DOCUMENT)
def unknown_model_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A model that is not deployed is answered for by another one."""
    del request
    return (refusal for refusal in found if refusal.code != "unknown_model")


@acceptance_fault("unknown-model-breaks-server", check="model", operations=_NAMING, document=_DOCUMENT)
def unknown_model_breaks_server(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A model that is not deployed is answered with 500."""
    del request
    return (
        replace(refusal, status=500, code="internalError") if refusal.code == "unknown_model" else refusal
        for refusal in found
    )
