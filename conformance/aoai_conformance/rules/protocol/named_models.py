"""The model that a request names if the path names no deployment."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from aoai_conformance.judging.protocol_responses import collect_points, require_rejection
from aoai_conformance.rule import rule
from aoai_conformance.views.exchange_views import Reply
from aoai_model.case import Point
from aoai_model.verdict import Violation

_CHAT = "ai-model-inference@2025-04-01#/components/schemas/ChatCompletionsOptions/properties/model"
_ROUTING = "https://learn.microsoft.com/azure/ai-foundry/foundry-models/how-to/inference"
_SEEN = "https://github.com/microsoft/Generative-AI-for-beginners-dotnet/issues/302"
#: The first segment of addresses that serve several models; an endpoint of a single model has none.
_OF_SEVERAL = "models"


def _serves_several_models(reply: Reply) -> bool:
    """Whether the address serves several models."""
    return _OF_SEVERAL in urlsplit(reply.exchange.request.url).path.split("/")


@rule(
    "MODEL-001",
    should="reject a request for a model that is not deployed",
    clause=_CHAT,
    operations=frozenset({"chat", "embeddings", "image-embeddings"}),
    when=_serves_several_models,
    evidence=collect_points("model:unknown"),
    note=f"The endpoint matches the name with the deployments of the resource ({_ROUTING}). Services return "
    f"404 with the code unknown_model ({_SEEN}); 400 and 422 are accepted, too. A serverless endpoint, "
    "whose address has no /models, has one model and may ignore the name.",
)
def rejects_unknown_models(reply: Reply, points: tuple[Point, ...]) -> Iterator[Violation]:
    """Otherwise another model responds to a misspelled name."""
    yield from require_rejection(reply, points, {400, 404, 422}, "A request for a model that is not deployed")
