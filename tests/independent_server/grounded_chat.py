"""Chat from data sources, as in the prose of 2023-06-01-preview and 2023-12-01-preview."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Collection
from typing import Any

from checks import Checks, RefusedError, is_integer, is_number

QUERIES = ["simple", "semantic", "vector", "vectorSimpleHybrid", "vectorSemanticHybrid"]
TEXTS = ("semanticConfiguration", "roleInformation", "filter", "embeddingEndpoint", "embeddingKey",
         "embeddingDeploymentName")  # fmt: skip
#: The parameters and authentication that each source requires.
SOURCES: dict[str, tuple[tuple[str, ...], tuple[str, ...], str | None]] = {
    "AzureCognitiveSearch": (("endpoint", "key", "indexName"), ("type", "managedIdentityResourceId"), None),
    "AzureCosmosDB": (
        ("databaseName", "containerName", "indexName"),
        ("type", "connectionString"),
        "ConnectionString",
    ),
    "Elasticsearch": (("endpoint", "indexName"), ("type", "key", "keyId"), "KeyAndKeyId"),
    "AzureMLIndex": (("projectResourceId", "name", "version"), (), None),
    "Pinecone": (("environment", "indexName"), ("type", "apiKey"), "APIKey"),
}
MAPPED = ("titleField", "urlField", "filepathField", "contentFieldsSeparator")


def check_grounded(body: dict[str, Any], version: str, switches: Collection[str]) -> bool:
    """Return whether the response must be streamed. Raises RefusedError."""
    c = Checks(switches, "grounded")
    c.number(body, "temperature", 0, 2, nullable=False)
    c.value(body, "top_p", "top_p", is_number, False, False)
    c.value(body, "max_tokens", "max_tokens", is_integer, False, False)
    stop = body.get("stop")
    if isinstance(stop, list):
        c.limit("stop.items", len(stop), None, 2)
        if not all(isinstance(one, str) for one in stop):
            raise RefusedError("stop holds something else than text", "stop")
    elif stop is not None and not isinstance(stop, str):
        raise RefusedError("stop is neither text nor an array", "stop")
    for message in c.items(body, "messages", required=True) or []:
        _message(c, message, version)
    for source in c.items(body, "dataSources", required=True) or []:
        _source(c, source, version)
    return bool(c.flag(body, "stream", nullable=False))


def _message(c: Checks, message: Any, version: str) -> None:
    if not isinstance(message, dict):
        raise RefusedError("messages holds something else than objects", "messages")
    roles = ["system", "user", "assistant", "tool", "function"]
    role = c.choice(message, "role", roles, field="messages.role", required=True)
    content = message.get("content")
    if isinstance(content, list) and version > "2023-12":
        for part in content:
            if not isinstance(part, dict) or part.get("type") not in ("text", "image_url"):
                raise RefusedError("a part is unknown", "messages")
    elif not isinstance(content, str) and not (
        content is None and "content" in message and role == "assistant"
    ):
        raise RefusedError("the content is no text", "messages")
    c.text(message, "name", field="messages.name")


def _source(c: Checks, source: Any, version: str) -> None:
    if not isinstance(source, dict):
        raise RefusedError("dataSources holds something else than objects", "dataSources")
    known = list(SOURCES)[: 2 if version < "2023-12" else None]
    kind = source.get("type")
    if kind == "AzureComputerVision" and version > "2023-12":
        return
    kind = c.choice(source, "type", known, field="dataSources.type", required=True) or known[0]
    given = c.record(source, "parameters", field="dataSources.parameters", required=True) or {}
    texts, fields, only = SOURCES.get(kind, SOURCES[known[0]])
    for name in texts:
        c.text(given, name, field=f"dataSources.{name}", required=True)
    for name in TEXTS:
        c.text(given, name, field=f"dataSources.{name}", nullable=True)
    c.flag(given, "inScope", field="dataSources.inScope", nullable=False)
    for name in ("topNDocuments", "strictness"):
        c.value(given, name, f"dataSources.{name}", is_number, False, False)
    c.choice(given, "queryType", QUERIES, field="dataSources.queryType")
    required = bool(fields) and kind in SOURCES and kind != "AzureCognitiveSearch"
    proof = c.record(given, "authentication", field="dataSources.authentication", required=required)
    for name in fields if proof is not None else ():
        value = c.text(proof or {}, name, field=f"dataSources.authentication.{name}", required=True)
        if (
            name == "type"
            and only
            and value != only
            and not c.bent("open", "dataSources.authentication.type")
        ):
            raise RefusedError("authentication is unknown", "dataSources")
    mapping = c.record(
        given,
        "fieldsMapping",
        field="dataSources.fieldsMapping",
        required=kind == "AzureCosmosDB",
        nullable=kind != "AzureCosmosDB",
    )
    demanded = MAPPED if kind == "Pinecone" else ()
    for name in MAPPED if mapping is not None else ():
        c.text(
            mapping or {},
            name,
            field=f"dataSources.{name}",
            nullable=name not in demanded,
            required=name in demanded,
        )
    lists = {"contentFields": kind == "Pinecone", "vectorFields": kind == "AzureCosmosDB"}
    for name, needed in lists.items() if mapping is not None else ():
        for one in (
            c.items(mapping or {}, name, field=f"dataSources.{name}", required=needed, nullable=not needed)
            or []
        ):
            if not isinstance(one, str):
                raise RefusedError(f"{name} holds something else than text", "dataSources")
    dependency = c.record(given, "embeddingDependency", field="dataSources.embeddingDependency",
                          required=kind == "Pinecone")  # fmt: skip
    bound = kind in ("Pinecone", "AzureCosmosDB")
    for name in ("type", "deploymentName") if dependency is not None else ():
        value = c.text(
            dependency or {}, name, field=f"dataSources.dependency.{name}", required=bound, nullable=not bound
        )
        if name == "type" and kind == "Pinecone" and value != "DeploymentName":
            raise RefusedError("the dependency is unknown", "dataSources")


def wanted(body: dict[str, Any]) -> int:
    """Return the maximum number of documents from all sources."""
    asked = [(source.get("parameters") or {}).get("topNDocuments") for source in body["dataSources"]]
    return max(sum(5 if one is None else int(one) for one in asked), 0)


def said(on: Collection[str], most: int) -> tuple[str, str]:
    """Return the findings of the tool, within the requested number, and the text of the assistant."""
    pages: list[dict[str, Any]] = [
        {"content": "Parrots eat seeds.", "id": None, "title": "Parrots", "filepath": None, "url": None,
         "metadata": {"chunking": "none"}, "chunk_id": "0"},
        {"content": "Parrots like company.", "id": "2", "title": "More", "filepath": "a.md", "url": None,
         "metadata": None, "chunk_id": "1"},
    ]  # fmt: skip
    if "lawful-bare-citations" in on:
        pages = [{"content": page["content"]} for page in pages]
    pages = pages[:most]
    if "citation-without-content" in on and pages:
        pages[0].pop("content")
    found: dict[str, Any] = {"citations": pages, "intent": '["parrots"]'}
    text = ("Nothing is known.", "They eat seeds [doc1].", "They eat seeds [doc1] and like company [doc2].")[
        len(pages)
    ]
    if "lawful-nothing-found" in on:
        found, text = {"citations": [], "intent": "[]"}, "The requested information is not available."
    if "citations-missing" in on:
        found.pop("citations")
    if "citations-object" in on:
        found["citations"] = {}
    if "reference-beyond" in on:
        text += " They fly [doc3]."
    if "reference-zero" in on:
        text += " They fly [doc0]."
    content = json.dumps(found)
    if "tool-content-prose" in on:
        content = "I found two pages."
    return content, text


def answer(on: Collection[str], most: int) -> dict[str, Any]:
    content, text = said(on, most)
    tool = {"role": "tool", "content": content, "end_turn": False}
    assistant = {"role": "assistant", "content": text, "end_turn": True}
    if "no-end_turn" in on:
        tool.pop("end_turn")
        assistant.pop("end_turn")
    if "end-turn-never" in on:
        assistant["end_turn"] = False
    if "end-turn-early" in on:
        tool["end_turn"] = True
    if "assistant-as-user" in on:
        assistant["role"] = "user"
    messages = [tool, assistant]
    if "assistant-first" in on:
        messages.reverse()
    if "tool-missing" in on:
        messages = [assistant]
    if "assistant-missing" in on:
        messages = [tool]
    choice: dict[str, Any] = {"index": 0, "messages": messages}
    if "lawful-one-message" in on:
        choice = {"index": 0, "message": {**assistant, "context": {"messages": [tool]}}}
    if "lawful-finish-and-usage" in on:
        choice["finish_reason"] = "stop"
    if "no-messages" in on:
        choice.pop("messages")
    described: dict[str, Any] = {
        "id": str(uuid.uuid4()), "model": "", "created": int(time.time()), "object": "chat.completion",
        "choices": [choice],
    }  # fmt: skip
    if "lawful-finish-and-usage" in on:
        described["usage"] = {"prompt_tokens": 10, "completion_tokens": 12, "total_tokens": 22}
    if "lawful-extensions-object" in on:
        described["object"] = "extensions.chat.completion"
    if "object-other" in on:
        described["object"] = "answer"
    if "id-missing" in on:
        described.pop("id")
    if "choices-missing" in on:
        described.pop("choices")
    if "created-milliseconds" in on:
        described["created"] *= 1000
    if "index-missing" in on:
        choice.pop("index")
    return described


def chunks(on: Collection[str], most: int) -> list[dict[str, Any]]:
    content, text = said(on, most)
    head = {
        "id": str(uuid.uuid4()),
        "model": "",
        "created": int(time.time()),
        "object": "chat.completion.chunk",
    }
    pieces = [text] if "lawful-one-piece" in on else [text[at : at + 9] for at in range(0, len(text), 9)]
    steps: list[tuple[int, dict[str, Any], bool]] = []
    if "stream-tool-missing" not in on:
        steps.append((0, {"role": "tool", "content": content}, False))
    if "lawful-role-with-first-piece" not in on:
        steps.append((1, {"role": "assistant"}, False))
    for at, piece in enumerate(pieces):
        first = at == 0 and "lawful-role-with-first-piece" in on
        steps.append((1, {"role": "assistant", "content": piece} if first else {"content": piece}, False))
    if "stream-end-missing" not in on:
        steps.append((2, {"content": "[DONE]"}, "stream-end-turn-missing" not in on))
    if "stream-tool-last" in on:
        steps.append(steps.pop(0))
    if "stream-numbers-jump-back" in on:
        steps = [(9 - number, delta, end) for number, delta, end in steps]
    if "stream-piece-lost" in on:
        steps.pop(3)
    if "lawful-no-numbers" in on:
        return [
            {**head, "choices": [{"index": 0, "messages": [{"delta": delta, "end_turn": end}]}]}
            for _, delta, end in steps
        ]
    return [
        {**head, "choices": [{"index": 0, "messages": [{"index": number, "delta": delta, "end_turn": end}]}]}
        for number, delta, end in steps
    ]
