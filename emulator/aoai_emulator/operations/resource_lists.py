"""The lists of models and deployments, from the settings."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.content.seeding import chance
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.answers import Answer, JsonAnswer
from aoai_emulator.operations.service import Service
from aoai_emulator.settings import Deployment

# Models were created in 2023 and deployed in 2024; their names determine the second.
_MODELS_SINCE = 1_672_531_200
_DEPLOYED_SINCE = 1_704_067_200
_YEAR = 365 * 24 * 60 * 60
_RETIRES_AFTER = 5 * _YEAR
_LARGEST_CAPACITY = 240


async def _models(request: AcceptedRequest) -> Answer:
    served: dict[str, frozenset[str]] = {}
    for deployment in request.settings.deployments:
        served[deployment.model] = served.get(deployment.model, frozenset()) | deployment.kinds
    return JsonAnswer({"object": "list", "data": [_model(name, kinds) for name, kinds in served.items()]})


def _model(name: str, kinds: frozenset[str]) -> JsonObject:
    created = _MODELS_SINCE + chance("model", name).randrange(_YEAR)
    return {
        "id": name,
        "object": "model",
        "created": created,
        "owned_by": "system",
        "lifecycle_status": "generally-available",
        "capabilities": {
            "chat_completion": "chat" in kinds,
            "completion": "completions" in kinds,
            "embeddings": "embeddings" in kinds,
            "fine_tune": False,
            "inference": True,
        },
        "deprecation": {"inference": created + _RETIRES_AFTER},
    }


async def _deployments(request: AcceptedRequest) -> Answer:
    data = [_deployment(deployment) for deployment in request.settings.deployments]
    return JsonAnswer({"object": "list", "data": data})


def _deployment(deployment: Deployment) -> JsonObject:
    luck = chance("deployment", deployment.name)
    created = _DEPLOYED_SINCE + luck.randrange(_YEAR // 2)
    return {
        "id": deployment.name,
        "object": "deployment",
        "model": deployment.model,
        "owner": "organization-owner",
        "status": "succeeded",
        "scale_settings": {"scale_type": "standard", "capacity": luck.randint(1, _LARGEST_CAPACITY)},
        "created_at": created,
        "updated_at": created + luck.randrange(_YEAR // 2),
    }


def _relations(request: AcceptedRequest) -> Iterator[Refusal]:
    """Check nothing: a list is always available."""
    del request
    return iter(())


MODELS = Service("model-list", "models", _relations, _models)
DEPLOYMENTS = Service("deployment-list", "deployments", _relations, _deployments)
