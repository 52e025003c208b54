"""The surface and api-version of a description."""

from __future__ import annotations

import re
from typing import Any

from aoai_specs.errors import ConformanceError
from aoai_specs.loading.files import Loaded
from aoai_specs.versions import ApiVersion, DocumentName

AZURE_OPENAI = "azure-openai"
AI_MODEL_INFERENCE = "ai-model-inference"


def name_of(loaded: Loaded) -> DocumentName:
    """Return the name of a description from its `info.version` and its surface.

    Azure OpenAI has a base path that ends in `/openai`, or deployments in its paths. Every other description
    with chat completions, embeddings or model info at the root is AI Model Inference. Raises DocumentError if
    the version or the surface cannot be determined.
    """
    info = loaded.content.get("info")
    text = info.get("version") if isinstance(info, dict) else None
    if not isinstance(text, str):
        raise loaded.error("info.version must be an api-version such as 2024-10-21.", "#/info/version")
    try:
        version = ApiVersion(text)
    except ConformanceError as error:
        raise loaded.error(str(error), "#/info/version") from None
    return DocumentName(_surface(loaded), version)


def _surface(loaded: Loaded) -> str:
    content = loaded.content
    paths = content.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise loaded.error("the description has no paths.", "#/paths")
    if any(url.rstrip("/").endswith("/openai") for url in _server_urls(content)):
        return AZURE_OPENAI
    if any("/deployments/" in path for path in paths):
        return AZURE_OPENAI
    title = content.get("info", {}).get("title", "")
    named = re.search(r"model\s*inference", str(title), re.IGNORECASE)
    if named or {"/chat/completions", "/embeddings", "/images/embeddings"} & paths.keys():
        return AI_MODEL_INFERENCE
    if {"/batches", "/files", "/uploads", "/fine_tuning/jobs"} & paths.keys():
        return AZURE_OPENAI
    raise loaded.error(
        "cannot determine from servers and paths whether this is Azure OpenAI or Azure AI Model Inference.",
        "#/paths",
    )


def _server_urls(content: dict[str, Any]) -> list[str]:
    servers = content.get("servers")
    return [
        server["url"]
        for server in (servers if isinstance(servers, list) else ())
        if isinstance(server, dict) and isinstance(server.get("url"), str)
    ]
