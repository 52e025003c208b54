"""The layouts of addresses: where an operation can be reached beside the path of its document.

- azure: the path of the document, with `api-version`.
- openai: `/v1/…` and `/openai/v1/…`, with the deployment's name as `model` in the body; an api-version is
  optional. Documents of the versions `v1` and `preview` describe it; without them, the newest other one does.
- serverless: ai-model-inference without `/models`, as at an endpoint of a single model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aoai_emulator.settings import Layout
from aoai_specs.document import Operation
from aoai_specs.surfaces import AI_MODEL_INFERENCE, AZURE_OPENAI

#: The values of `api-version` that the OpenAI layout accepts; none is required.
VERSIONLESS = ("v1", "latest", "preview")

_OPENAI_PREFIXES = ("/v1", "/openai/v1")
#: The base path of documents without a dated version, which describe the OpenAI layout themselves.
_V1 = "/openai/v1"
_OPENAI_KINDS = frozenset(
    {"chat", "completions", "embeddings", "images", "transcription", "translation", "speech"}
    | {"model-list", "model-get"}
    | {"file-list", "file-upload", "file-get", "file-delete", "file-content"}
)
_OPENAI_RESOURCES = ("upload-", "batch-")
#: The kinds whose requests name a deployment in the body where the path has none.
_WITH_MODEL = frozenset({"chat", "completions", "embeddings", "response-create"})
_DEPLOYMENT = re.compile(r"^/deployments/\{[^{}]*\}")


def templates(operation: Operation) -> Iterator[tuple[Layout, str]]:
    """Yield every path template at which an operation is served, with its layout."""
    document = operation.document
    base = document.base_path.rstrip("/")
    surface = document.name.surface
    if surface == AZURE_OPENAI and base == _V1:
        for prefix in _OPENAI_PREFIXES:
            yield "openai", prefix + operation.path
        return
    yield "azure", base + operation.path
    if surface == AZURE_OPENAI and is_openai(operation.kind):
        for prefix in _OPENAI_PREFIXES:
            yield "openai", prefix + _DEPLOYMENT.sub("", operation.path)
    if surface == AI_MODEL_INFERENCE and base:
        yield "serverless", operation.path


def is_openai(kind: str) -> bool:
    """Return whether the OpenAI layout has a kind of operation."""
    return kind in _OPENAI_KINDS or kind.startswith(_OPENAI_RESOURCES)


def takes_model(operation: Operation) -> bool:
    """Return whether the OpenAI layout has a deployment's name in the body: if others have it in the path."""
    return _DEPLOYMENT.match(operation.path) is not None or operation.kind in _WITH_MODEL


def openai_operations(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return those of the document that serves the OpenAI layout: the newest stable one, else the newest.

    Operations that are on request in a stable document leave their place to those of a preview.
    """
    stable = [each for each in operations if not each.document.name.version.preview and not each.on_request]
    newest = max((each.document.name.version for each in stable or operations), default=None)
    return tuple(each for each in operations if each.document.name.version == newest)
