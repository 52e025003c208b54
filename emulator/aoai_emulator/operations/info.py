"""The operation info of ai-model-inference: which model responds."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.answers import Answer, JsonAnswer
from aoai_emulator.operations.service import Service
from aoai_emulator.settings import Deployment

# The type of a model by the kinds of its operations; the first match counts.
_TYPES = {
    "chat": "chat-completion",
    "embeddings": "embeddings",
    "image-embeddings": "embeddings",
    "completions": "text-generation",
    "images": "image-generation",
    "transcription": "speech-recognition",
    "speech": "text-to-speech",
}


def model_type(deployment: Deployment) -> str:
    """Return the type of a deployment's model."""
    return next((name for kind, name in _TYPES.items() if kind in deployment.kinds), "other")


def _relations(request: AcceptedRequest) -> Iterator[Refusal]:
    """Check nothing: the model was found before."""
    del request
    return iter(())


async def _answer(request: AcceptedRequest) -> Answer:
    deployment = request.deployment
    return JsonAnswer(
        {
            "model_name": deployment.model,
            "model_type": model_type(deployment),
            "model_provider_name": deployment.provider,
        }
    )


SERVICE = Service("info", "modelInfo", _relations, _answer)
