"""The data sources of a chat on your data: the documents that they return, and what they see in images.

Nothing is searched, so any address and key are accepted: each index returns a few documents for every
question, always the same. A Computer Vision resource returns none; it describes each image if requested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_emulator.content.chat.conversation import texts
from aoai_emulator.content.seeding import chance
from aoai_emulator.content.tokens import count
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest

VISION = "AzureComputerVision"

_MOST_SOURCES = 16
_MOST_DOCUMENTS = 5
_MOST_PICTURES = 8
_ROLE_TOKENS = 100
_MOST_COUNTED = 1000
_DEFAULT_STRICTNESS = 3
_SEMANTIC = ("semantic", "vectorSemanticHybrid")
_SEEN = ("a red square", "a blue circle", "a green line", "a yellow star")


def citations(request: AcceptedRequest) -> list[JsonObject]:
    """Return the documents that the data sources return for the question, the likeliest first.

    No source returns more than its topNDocuments, or more than five; a high strictness leaves fewer.
    """
    found: list[JsonObject] = []
    for source in request.fields.get("dataSources", ())[:_MOST_SOURCES]:
        if source["type"] != VISION:
            found += _documents(source, len(found), request)
    return found


def intent(request: AcceptedRequest) -> str:
    """Return the last message of the user, or an empty string."""
    asked = [
        text for message in request.fields["messages"] if message["role"] == "user" for text in texts(message)
    ]
    return asked[-1] if asked else ""


def enhancements(request: AcceptedRequest) -> JsonObject | None:
    """Return what a Computer Vision resource finds in the images, or None if there is none."""
    fields = request.fields
    asked = fields.get("enhancements") or {}
    wanted = any((asked.get(name) or {}).get("enabled") for name in ("ocr", "grounding"))
    if not wanted or not any(source["type"] == VISION for source in fields.get("dataSources", ())):
        return None
    pictures = [
        part
        for message in fields["messages"]
        if isinstance(message.get("content"), list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]
    lines = [_line(chance(request.settings.seed, part).choice(_SEEN)) for part in pictures[:_MOST_PICTURES]]
    return {"grounding": {"lines": lines}}


def source_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection for each relation between the parameters of a data source that a request violates."""
    for number, source in enumerate(request.fields.get("dataSources", ())):
        parameters = source.get("parameters") or {}
        place = f"dataSources[{number}].parameters"
        query_type = parameters.get("queryType")
        if query_type in _SEMANTIC and not parameters.get("semanticConfiguration"):
            yield invalid_request(
                f"'semanticConfiguration' is required where 'queryType' is '{query_type}'.",
                param=f"{place}.semanticConfiguration",
            )
        for name, other in (("embeddingEndpoint", "embeddingKey"), ("embeddingKey", "embeddingEndpoint")):
            if parameters.get(name) and not parameters.get(other):
                yield invalid_request(f"'{name}' needs '{other}' beside it.", param=f"{place}.{other}")
        role = parameters.get("roleInformation")
        if isinstance(role, str) and count(role) > _ROLE_TOKENS:
            yield invalid_request(
                f"'roleInformation' has more than {_ROLE_TOKENS} tokens.", param=f"{place}.roleInformation"
            )


def _documents(source: JsonObject, before: int, request: AcceptedRequest) -> Iterator[JsonObject]:
    parameters = source.get("parameters") or {}
    name = str(parameters.get("indexName") or parameters.get("name") or "index")
    luck = chance(request.settings.seed, source["type"], name, intent(request))
    strictness = _whole(parameters.get("strictness"), _DEFAULT_STRICTNESS)
    held = max(luck.randint(2, _MOST_DOCUMENTS) - max(strictness - _DEFAULT_STRICTNESS, 0), 1)
    mapping = parameters.get("fieldsMapping") or {}
    for number in range(min(held, _whole(parameters.get("topNDocuments"), _MOST_DOCUMENTS))):
        title = f"Document {before + number + 1} of {name}"
        size = luck.randint(200, 1000)
        yield {
            "content": f"{title} tells what is known of the question.",
            "id": None,
            "title": title,
            "filepath": f"document-{before + number + 1}.txt" if mapping.get("filepathField") else None,
            "url": f"{request.base_url}/documents/{before + number + 1}" if mapping.get("urlField") else None,
            "metadata": {"chunking": f"original document size={size}. Scores={luck.random():.6f}."},
            "chunk_id": str(number),
        }


def _line(text: str) -> JsonObject:
    corners = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    span = {
        "text": text,
        "offset": 0,
        "length": len(text),
        "polygon": [{"x": x, "y": y} for x, y in corners],
    }
    return {"text": text, "spans": [span]}


def _whole(value: Any, default: int) -> int:
    """Return a number as an integer of 0 or more, or the default for what is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return int(min(max(value, 0), _MOST_COUNTED))
