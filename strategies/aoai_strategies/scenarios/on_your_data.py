"""Scenarios of answers from one's own data: nobody can promise that there is an index to search."""

from __future__ import annotations

from aoai_model.case import Json
from aoai_strategies.scenarios.steps import STEADY, Request, Scenario, alone, chat, plain_and_streamed

_QUESTION = "What do the documents say?"
_ENDPOINT = "https://example.search.windows.net"
_SEARCH: Json = {
    "type": "azure_search",
    "parameters": {
        "authentication": {"type": "api_key", "key": "no-key"},
        "endpoint": _ENDPOINT,
        "index_name": "documents",
    },
}
_ROOM: Request = {**STEADY, "max_tokens": 64}


def _searching(**more: Json) -> Json:
    """A data source in the older form, with what else is asked of it."""
    parameters: Json = {"endpoint": _ENDPOINT, "key": "no-key", "indexName": "documents", **more}
    return {"type": "AzureCognitiveSearch", "parameters": parameters}


EXTENSION_CHAT: tuple[Scenario, ...] = (
    plain_and_streamed(
        "extension-chat.stream-against-plain",
        "A stream carries the answer that would have been given at once, with its citations.",
        chat(_QUESTION, _ROOM),
    ),
    alone(
        "extension-chat.one-document",
        "An answer rests on one document where no more is asked for.",
        chat(_QUESTION, {**_ROOM, "dataSources": [_searching(topNDocuments=1)]}),
        {"dataSources"},
    ),
)

CHAT_ON_DATA: tuple[Scenario, ...] = (
    alone(
        "chat.streamed-data",
        "A stream from data sources cites whole documents, as an answer at once does.",
        chat(_QUESTION, {**_ROOM, "data_sources": [_SEARCH], "stream": True}),
        {"data_sources"},
        step="stream",
    ),
)
