"""The settings of an emulator: key, flavour, faults, documents, seed and deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from aoai_emulator.models.any_deployment import deployment_called
from aoai_emulator.models.deployments import Deployment
from aoai_emulator.traffic.delays import DeploymentLatency
from aoai_emulator.traffic.forwarding import Forward
from aoai_emulator.traffic.limits import DeploymentLimits
from aoai_emulator.traffic.recorded_exchange import RecordedExchange
from aoai_specs.document import Document
from aoai_specs.lazy_documents import LazyDocuments
from aoai_specs.versions import DocumentName

__all__ = [
    "DEFAULT_DEPLOYMENTS",
    "FLAVOURS",
    "METRICS",
    "VERSIONS",
    "Deployment",
    "Flavour",
    "Layout",
    "Metrics",
    "Settings",
    "Versions",
]

Flavour = Literal["azure", "strict"]
FLAVOURS: tuple[str, ...] = get_args(Flavour)
#: The layouts of addresses; see `aoai_emulator.addresses.layouts`.
Layout = Literal["azure", "openai", "serverless"]
Metrics = Literal["prometheus", "otel"]
METRICS: tuple[str, ...] = get_args(Metrics)
Versions = Literal["nearest", "exact"]
VERSIONS: tuple[str, ...] = get_args(Versions)


DEFAULT_DEPLOYMENTS: tuple[Deployment, ...] = (
    Deployment("gpt-4o", "gpt-4o-2024-08-06", frozenset({"chat", "extension-chat"}), context_tokens=128_000),
    Deployment("gpt-35-turbo-instruct", "gpt-35-turbo-instruct", frozenset({"completions"})),
    Deployment(
        "text-embedding-3-small",
        "text-embedding-3-small",
        frozenset({"embeddings"}),
        context_tokens=8192,
        dimensions=1536,
        shortens=True,
    ),
    Deployment(
        "text-embedding-ada-002",
        "text-embedding-ada-002",
        frozenset({"embeddings"}),
        context_tokens=8192,
        dimensions=1536,
    ),
    Deployment("dall-e-3", "dall-e-3", frozenset({"images"})),
    Deployment("whisper", "whisper", frozenset({"transcription", "translation"})),
    Deployment("tts-1", "tts-1", frozenset({"speech"})),
    Deployment(
        "DeepSeek-R1",
        "DeepSeek-R1",
        frozenset({"chat"}),
        context_tokens=128_000,
        provider="DeepSeek",
        reasons=True,
        default_on="ai-model-inference",
    ),
    Deployment(
        "embed-v-4-0",
        "embed-v-4-0",
        frozenset({"embeddings", "image-embeddings"}),
        context_tokens=8192,
        dimensions=1536,
        shortens=True,
        provider="Cohere",
        default_on="ai-model-inference",
    ),
)


_VECTORS = frozenset({"embeddings", "image-embeddings"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that determine the emulator's behaviour; the same settings give the same responses.

    Without `api_key`, every key and bearer token is accepted except one that starts with `wrong`; with it,
    only that key is accepted. `faults` are ids of `aoai_emulator.fault_catalogue()`, applied in this order.
    With `advance_on_poll`, background work advances with each request for it instead of with the clock; with
    `advances_with_time`, batches also advance with the clock while no request for them comes.
    With `versions` "nearest", api-versions that the service is known to have are served by the nearest
    document; see `aoai_emulator.addresses.known_versions`. With `any_deployment`, every name of a deployment
    exists; see `aoai_emulator.models.any_deployment`.

    A fault may have conditions, such as `error-429,next=2`. With `has_control`, the control API is served,
    the header `x-emulate-fault` is obeyed, and requests are recorded in the journal. `latencies` and
    `limits` are those of the deployments; `retry_headers` are the headers in which a 429 names the time to
    wait.

    `fixtures` are entries as in a fixtures file; with `fixtures_only`, requests that none of them matches are
    rejected. With `recorded` exchanges, other requests get the recorded responses. What has neither fixture
    nor response is passed on by `forward`, with `forward_all` every request.

    `metrics` say who gets measurements of the requests.
    """

    api_key: str | None = None
    flavour: Flavour = "azure"
    faults: tuple[str, ...] = ()
    documents: Sequence[Document] = ()
    seed: int = 0
    deployments: tuple[Deployment, ...] = DEFAULT_DEPLOYMENTS
    advance_on_poll: bool = False
    advances_with_time: bool = False
    versions: Versions = "exact"
    any_deployment: bool = False
    has_control: bool = False
    latencies: tuple[DeploymentLatency, ...] = ()
    limits: tuple[DeploymentLimits, ...] = ()
    retry_headers: tuple[str, ...] = ("retry-after", "retry-after-ms", "x-ratelimit-reset")
    fixtures: tuple[Mapping[str, Any], ...] = ()
    fixtures_only: bool = False
    recorded: tuple[RecordedExchange, ...] = ()
    forward: Forward | None = None
    forward_all: bool = False
    metrics: tuple[Metrics, ...] = ()

    @property
    def document_names(self) -> tuple[DocumentName, ...]:
        """The names of the documents; documents that are read later need not be read for it."""
        if isinstance(self.documents, LazyDocuments):
            return self.documents.names
        return tuple(document.name for document in self.documents)

    def deployment(self, name: str) -> Deployment | None:
        """Return the deployment with this name, or None; with `any_deployment`, one for any other name."""
        return self._configured(name) or (deployment_called(name) if self.any_deployment else None)

    def default_deployment(self, kind: str, surface: str | None = None) -> Deployment | None:
        """Return the deployment for operations of this kind where a request names none, or None.

        It is the first one, or the one that is the default of the surface.
        """
        serving = [deployment for deployment in self.deployments if deployment.serves(kind)]
        preferred = (each for each in serving if surface is not None and each.default_on == surface)
        return next(preferred, serving[0] if serving else None)

    def model(self, name: str) -> Deployment | None:
        """Return the deployment with this name, else the first one of the model with this name, else None."""
        by_model = (deployment for deployment in self.deployments if deployment.model == name)
        return self._configured(name) or next(by_model, None) or self.deployment(name)

    def _configured(self, name: str) -> Deployment | None:
        return next((deployment for deployment in self.deployments if deployment.name == name), None)

    def deployments_by_kind(self) -> dict[str, str]:
        """Map each kind of operation to the name of a deployment for it.

        It is the default of the surface of the documents. If they are of both, it is the default of
        azure-openai, but vectors come from a deployment that serves texts and images, if there is one.
        """
        surfaces = {name.surface for name in self.document_names}
        surface = next(iter(surfaces)) if len(surfaces) == 1 else None
        kinds = sorted({kind for deployment in self.deployments for kind in deployment.kinds})
        found = {kind: self.default_deployment(kind, surface) for kind in kinds}
        of_both = next((each for each in self.deployments if each.kinds >= _VECTORS), None)
        if len(surfaces) > 1 and of_both is not None:
            found |= dict.fromkeys(_VECTORS, of_both)
        return {kind: deployment.name for kind, deployment in found.items() if deployment is not None}
