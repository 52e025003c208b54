"""Where a clause can be read: a URL for each clause of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from aoai_conformance.judging.clauses import REFERENCE

_SPECIFICATIONS: Final = "https://github.com/Azure/azure-rest-api-specs/blob/main/specification"
_INFERENCE: Final = f"{_SPECIFICATIONS}/cognitiveservices/data-plane/AzureOpenAI/inference"
_MODELS: Final = f"{_SPECIFICATIONS}/ai/data-plane/AI.Model"
#: The page that the documents of ours that were written from prose name.
_REFERENCE: Final = "https://learn.microsoft.com/azure/ai-services/openai/reference"

#: Where each document was published.
PUBLISHED: Final[Mapping[str, str]] = {
    "ai-model-inference@2025-04-01": f"{_MODELS}/stable/2025-04-01/openapi.json",
    "azure-openai@2023-06-01-preview": _REFERENCE,
    "azure-openai@2023-09-01-preview": _REFERENCE,
    "azure-openai@2023-10-01-preview": _REFERENCE,
    "azure-openai@2023-12-01-preview": _REFERENCE,
    "azure-openai@2024-02-01": _REFERENCE,
    "azure-openai@2024-02-15-preview": _REFERENCE,
    "azure-openai@2024-06-01": f"{_INFERENCE}/stable/2024-06-01/inference.yaml",
    "azure-openai@2024-10-21": f"{_INFERENCE}/stable/2024-10-21/inference.yaml",
    "azure-openai@2025-01-01-preview": f"{_INFERENCE}/preview/2025-01-01-preview/generated.json",
}


def clause_link(clause: str) -> str | None:
    """The URL of a clause; None for a description of the user's own.

    The place inside a document is the URL's fragment, which keeps the links of two clauses apart.
    """
    clause = clause.removesuffix(REFERENCE)
    if clause.startswith(("https://", "http://")):
        return clause
    document, _, pointer = clause.partition("#")
    address = PUBLISHED.get(document)
    return f"{address}#{quote(pointer)}" if address and pointer else address
