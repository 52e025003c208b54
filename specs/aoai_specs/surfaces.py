"""The surface and api-version of a description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aoai_specs.errors import ConformanceError, DocumentError
from aoai_specs.json_values import as_list, as_object
from aoai_specs.loading.files import Loaded
from aoai_specs.loading.references import follow
from aoai_specs.pointers import canonical
from aoai_specs.versions import ApiVersion, DocumentName

AZURE_OPENAI = "azure-openai"
AI_MODEL_INFERENCE = "ai-model-inference"


class Named(NamedTuple):
    """The name of a description; `recognized` unless its surface is a guess."""

    name: DocumentName
    recognized: bool


def name_of(loaded: Loaded, surface: str | None = None) -> Named:
    """Return the name of a description from its `info.version` and its surface, unless `surface` says that.

    Azure OpenAI has a base path with the segment `openai`, or deployments in its paths. Every other
    description with chat completions, embeddings or model info at the root is AI Model Inference. A
    description with neither is named like one of Azure OpenAI. Raises DocumentError if it states no version
    or no paths.
    """
    info = loaded.content.get("info")
    text = info.get("version") if isinstance(info, dict) else None
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = str(text)  # 1.0 without quotes
    if not isinstance(text, str):
        raise loaded.error("info.version must be an api-version such as 2024-10-21.", "#/info/version")
    try:
        version = ApiVersion.stated(text)
    except ConformanceError as error:
        raise loaded.error(str(error), "#/info/version") from None
    found = surface or surface_of(loaded.content)
    if not loaded.content.get("paths"):
        raise loaded.error("the description has no paths.", "#/paths")
    return Named(DocumentName(found or AZURE_OPENAI, version), found is not None)


def surface_of(content: dict[str, Any]) -> str | None:
    """Return the surface that a description shows, or None if it shows none."""
    paths = content.get("paths")
    if not isinstance(paths, dict):
        return None
    if any("openai" in _path_of(url).split("/") for url in _server_urls(content)):
        return AZURE_OPENAI
    if any("/deployments/" in path for path in paths):
        return AZURE_OPENAI
    title = str(content.get("info", {}).get("title", ""))
    if re.search(r"model\s*inference", title, re.IGNORECASE):
        return AI_MODEL_INFERENCE
    if re.search(r"azure\s*openai", title, re.IGNORECASE):
        return AZURE_OPENAI
    if {"/chat/completions", "/embeddings", "/images/embeddings"} & paths.keys():
        return AI_MODEL_INFERENCE
    if {"/batches", "/files", "/uploads", "/fine_tuning/jobs"} & paths.keys():
        return AZURE_OPENAI
    return None


def stated_api_version(content: dict[str, Any]) -> str | None:
    """Return the api-version that the first parameter `api-version` states by default, constant or enum.

    The result is empty if the parameter states none, and None if no operation has the parameter.
    """
    for parameter in _parameters(content):
        if parameter.get("name") == "api-version" and parameter.get("in") == "query":
            schema = _followed(content, parameter.get("schema"))
            listed = schema.get("enum")
            found = schema.get("default", schema.get("const", listed[0] if listed else ""))
            return found if isinstance(found, str) else ""
    return None


def _parameters(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for described in as_object(content.get("paths")).values():
        item = _followed(content, described)
        for owner in (item, *(each for each in item.values() if isinstance(each, dict))):
            for each in as_list(owner.get("parameters")):
                yield _followed(content, each)


def _followed(content: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return the object that a reference leads to, or the object itself; empty for anything else."""
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        try:
            value = follow(content, canonical(value["$ref"]))[1]
        except DocumentError:
            return {}
    return as_object(value)


def _path_of(url: str) -> str:
    """Return the path of a server's URL, whose host may be a variable."""
    if url.startswith("{"):
        return url.partition("}")[2]
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _server_urls(content: dict[str, Any]) -> list[str]:
    servers = content.get("servers")
    return [
        server["url"]
        for server in (servers if isinstance(servers, list) else ())
        if isinstance(server, dict) and isinstance(server.get("url"), str)
    ]
