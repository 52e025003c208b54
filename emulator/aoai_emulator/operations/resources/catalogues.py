"""The models and deployments from the settings, and the information about a model."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.content.seeding import chance
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.resources.authoring import not_found
from aoai_emulator.operations.resources.files import path_id
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse
from aoai_emulator.settings import Deployment

# Models were created in 2023 and deployed in 2024; their names determine the second.
_MODELS_SINCE = 1_672_531_200
_DEPLOYED_SINCE = 1_704_067_200
_YEAR = 365 * 24 * 60 * 60
_RETIRES_AFTER = 5 * _YEAR
_LARGEST_CAPACITY = 240


async def _models(request: AcceptedRequest) -> ServiceResponse:
    data = [_model(name, kinds) for name, kinds in _served(request).items()]
    return JsonResponse({"object": "list", "data": data})


def _served(request: AcceptedRequest) -> dict[str, frozenset[str]]:
    """Return the kinds of operation that each deployed model serves, by the name of the model."""
    served: dict[str, frozenset[str]] = {}
    for deployment in request.settings.deployments:
        served[deployment.model] = served.get(deployment.model, frozenset()) | deployment.kinds
    return served


def _model(name: str, kinds: frozenset[str]) -> JsonObject:
    created = _MODELS_SINCE + chance("model", name).randrange(_YEAR)
    return {
        "id": name,
        "object": "model",
        "created": created,
        "created_at": created,
        "status": "succeeded",
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


def _model_exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the model in the path is deployed."""
    if path_id(request) not in _served(request):
        yield not_found("model", path_id(request))


async def _one_model(request: AcceptedRequest) -> ServiceResponse:
    name = path_id(request)
    kinds = _served(request).get(name, frozenset())  # none only where a fault accepts an unknown model
    return JsonResponse(_model(name, kinds))


async def _deployments(request: AcceptedRequest) -> ServiceResponse:
    data = [_deployment(deployment) for deployment in request.settings.deployments]
    return JsonResponse({"object": "list", "data": data})


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


def _relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Check nothing: a list is always available."""
    del request
    return iter(())


MODELS = Service("model-list", "models", _relations, _models)
MODEL = Service("model-get", "getModel", _model_exists, _one_model)
DEPLOYMENTS = Service("deployment-list", "deployments", _relations, _deployments)


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


async def _info(request: AcceptedRequest) -> ServiceResponse:
    deployment = request.deployment
    return JsonResponse(
        {
            "model_name": deployment.model,
            "model_type": model_type(deployment),
            "model_provider_name": deployment.provider,
        }
    )


INFO = Service("info", "modelInfo", _relations, _info)
