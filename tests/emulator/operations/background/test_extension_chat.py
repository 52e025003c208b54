"""Chat from data sources: the findings of the tool, the text of the assistant, and the end of the stream."""

from __future__ import annotations

import json
import re

import httpx
import pytest

PATH = "/deployments/gpt-4o/extensions/chat/completions"
OLD, NEW = "2023-06-01-preview", "2023-12-01-preview"
QUESTION = {"role": "user", "content": "Which insurance plans are there?"}
DEPENDENCY = {"type": "DeploymentName", "deploymentName": "text-embedding-ada-002"}
SEARCH = {
    "type": "AzureCognitiveSearch",
    "parameters": {"endpoint": "https://example.com", "key": "k", "indexName": "plans"},
}
COSMOS = {
    "type": "AzureCosmosDB",
    "parameters": {
        "authentication": {"type": "ConnectionString", "connectionString": "mongodb+srv://example"},
        "databaseName": "d",
        "containerName": "c",
        "indexName": "plans",
        "embeddingDependency": DEPENDENCY,
        "fieldsMapping": {"vectorFields": ["v"]},
    },
}
ELASTIC = {
    "type": "Elasticsearch",
    "parameters": {
        "endpoint": "https://example.com",
        "indexName": "plans",
        "authentication": {"type": "KeyAndKeyId", "key": "k", "keyId": "i"},
    },
}
ML = {"type": "AzureMLIndex", "parameters": {"projectResourceId": "/p", "name": "plans", "version": "5"}}
PINECONE = {
    "type": "Pinecone",
    "parameters": {
        "authentication": {"type": "APIKey", "apiKey": "k"},
        "environment": "e",
        "indexName": "plans",
        "embeddingDependency": DEPENDENCY,
        "fieldsMapping": {
            "titleField": "t",
            "urlField": "u",
            "filepathField": "f",
            "contentFields": ["c"],
            "contentFieldsSeparator": "\n",
        },
    },
}
VISION = {"type": "AzureComputerVision", "parameters": {"endpoint": "https://example.com", "key": "k"}}
PICTURE = {
    "role": "user",
    "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
}


def with_parameters(source, **parameters):
    return {**source, "parameters": {**source["parameters"], **parameters}}


async def ask(client, version=NEW, **fields) -> httpx.Response:
    body = {"messages": [QUESTION], "dataSources": [SEARCH], **fields}
    return await client.ask("POST", PATH, version, json=body)


async def said(client, version=NEW, **fields):
    """The citations, the intent, and the assistant's text of an answer."""
    response = await ask(client, version, **fields)
    assert response.status_code == 200, response.text
    (choice,) = response.json()["choices"]
    tool, assistant = choice["messages"]
    assert [(each["role"], each["end_turn"]) for each in (tool, assistant)] == [
        ("tool", False),
        ("assistant", True),
    ]
    content = json.loads(tool["content"])
    return content["citations"], json.loads(content["intent"]), assistant["content"]


def chunks(response: httpx.Response):
    assert response.headers["content-type"].startswith("text/event-stream")
    *events, rest = response.text.split("\n\n")
    assert rest == ""
    return [json.loads(event.removeprefix("data: ")) for event in events]


@pytest.mark.parametrize("version", [OLD, NEW])
async def test_the_tool_lists_its_findings_and_the_assistant_ends_the_turn(client, version):
    citations, intent, text = await said(client, version)
    assert intent == [QUESTION["content"]]
    assert [each["chunk_id"] for each in citations] == [str(number) for number in range(len(citations))]
    assert all(each["content"] and each["title"] for each in citations)
    assert re.findall(r"\[doc(\d+)\]", text) == ["1"]


@pytest.mark.parametrize("version", [OLD, NEW])
async def test_a_stream_has_the_same_content_and_ends_in_a_message(client, version):
    citations, intent, text = await said(client, version)
    response = await ask(client, version, stream=True)
    messages = [chunk["choices"][0]["messages"][0] for chunk in chunks(response)]
    tool, assistant, *pieces, end = messages
    assert tool["delta"]["role"] == "tool"
    assert json.loads(tool["delta"]["content"]) == {"citations": citations, "intent": json.dumps(intent)}
    assert assistant["delta"] == {"role": "assistant"}
    assert "".join(each["delta"]["content"] for each in pieces) == text
    assert end == {"delta": {"content": "[DONE]"}, "index": 2, "end_turn": True}
    assert not any(each["end_turn"] for each in messages[:-1])


@pytest.mark.parametrize("version", [OLD, NEW])
async def test_every_chunk_matches_the_document(client, documents, version):
    document = next(each for each in documents if each.name.version.text == version)
    operation = next(each for each in document.operations.values() if each.kind == "extension-chat")
    validator = operation.item_validator(200)
    streamed = chunks(await ask(client, version, stream=True))
    assert [error for chunk in streamed for error in validator.errors(chunk)] == []
    assert len({chunk["id"] for chunk in streamed}) == 1


@pytest.mark.parametrize("source", [SEARCH, COSMOS, ELASTIC, ML, PINECONE], ids=lambda source: source["type"])
async def test_every_kind_of_index_is_cited(client, source):
    citations, _, _ = await said(client, dataSources=[source])
    assert citations
    assert "plans" in citations[0]["title"]


@pytest.mark.parametrize("source", [ELASTIC, ML, PINECONE, VISION], ids=lambda source: source["type"])
async def test_the_older_version_rejects_the_later_data_sources(client, source):
    assert (await ask(client, OLD, dataSources=[source])).status_code == 400


@pytest.mark.parametrize("source", [SEARCH, COSMOS, ELASTIC, ML, PINECONE], ids=lambda source: source["type"])
async def test_each_kind_of_data_source_requires_its_parameters(client, source):
    needed = sorted(source["parameters"].keys() - {"embeddingDependency"})
    for name in needed:
        parameters = {key: value for key, value in source["parameters"].items() if key != name}
        response = await ask(client, dataSources=[{**source, "parameters": parameters}])
        assert response.status_code == 400, name


@pytest.mark.parametrize("source", [COSMOS, ELASTIC, PINECONE], ids=lambda source: source["type"])
async def test_each_kind_of_data_source_has_separate_authentication(client, source):
    other = with_parameters(source, authentication={"type": "SystemAssignedManagedIdentity"})
    assert (await ask(client, dataSources=[other])).status_code == 400


async def test_no_more_documents_are_cited_than_requested(client):
    for most in (0, 1, 2):
        source = with_parameters(SEARCH, topNDocuments=most)
        assert len((await said(client, dataSources=[source]))[0]) == most


async def test_more_strictness_leaves_fewer_documents(client):
    counts = [
        len((await said(client, dataSources=[with_parameters(SEARCH, strictness=strictness)]))[0])
        for strictness in (1, 3, 5)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] >= 1


async def test_mapped_fields_are_filled(client):
    citations, _, _ = await said(client, dataSources=[PINECONE])
    assert citations[0]["url"].startswith("http")
    assert citations[0]["filepath"]
    citations, _, _ = await said(client, dataSources=[SEARCH])
    assert (citations[0]["url"], citations[0]["filepath"]) == (None, None)


@pytest.mark.parametrize(
    "parameters",
    [
        {"queryType": "semantic"},
        {"queryType": "vectorSemanticHybrid"},
        {"embeddingEndpoint": "https://example.com"},
        {"embeddingKey": "key"},
        {"roleInformation": "Speak like a pirate. " * 40},
    ],
)
async def test_rejects_parameters_without_the_parameters_they_need(client, parameters):
    response = await ask(client, dataSources=[with_parameters(SEARCH, **parameters)])
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith("dataSources[0].parameters.")


async def test_parameters_with_the_parameters_they_need_are_accepted(client):
    parameters = {
        "queryType": "semantic",
        "semanticConfiguration": "default",
        "embeddingEndpoint": "https://example.com",
        "embeddingKey": "key",
        "roleInformation": "Speak like a pirate.",
    }
    assert (await ask(client, dataSources=[with_parameters(SEARCH, **parameters)])).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"dataSources": None},
        {"messages": None},
        {"temperature": 2.1},
        {"stop": ["a", "b", "c"]},
        {"max_tokens": -1},
        {"max_tokens": 200_000},
        {"stream": "yes"},
    ],
)
@pytest.mark.parametrize("version", [OLD, NEW])
async def test_rejects_what_the_document_does_not_allow(client, version, fields):
    assert (await ask(client, version, **fields)).status_code == 400


async def test_the_limit_applies_to_the_answer_and_its_citations(client):
    for limit in (0, 1, 5):
        response = await ask(client, max_tokens=limit)
        assert response.json()["usage"]["completion_tokens"] <= limit
        assert response.json()["choices"][0]["finish_reason"] == "length"


async def test_no_stop_sequence_appears_in_the_answer(client):
    for stop in ("[doc1]", "e", ["[", "1"]):
        _, _, text = await said(client, stop=stop)
        assert not any(each in text for each in ([stop] if isinstance(stop, str) else stop))


async def test_a_conversation_may_contain_the_messages_of_an_answer(client):
    messages = [QUESTION, {"role": "assistant", "content": "Two."}, {"role": "user", "content": "Which?"}]
    _, intent, _ = await said(
        client, OLD, messages=[*messages[:1], {"role": "tool", "content": "{}"}, *messages[1:]]
    )
    assert intent == ["Which?"]


@pytest.mark.parametrize("fields", [{"messages": []}, {"dataSources": []}])
async def test_empty_lists_are_accepted_if_the_document_allows_them(client, fields):
    assert (await ask(client, **fields)).status_code == 200


async def test_pictures_are_analysed_on_request(client):
    option = {"ocr": {"enabled": True}, "grounding": {"enabled": True}}
    response = await ask(client, messages=[PICTURE], dataSources=[VISION], enhancements=option)
    (line,) = response.json()["choices"][0]["enhancements"]["grounding"]["lines"]
    (span,) = line["spans"]
    assert line["text"][span["offset"] : span["offset"] + span["length"]] == span["text"]
    assert len(span["polygon"]) == 4


@pytest.mark.parametrize(
    "fields",
    [
        {"dataSources": [VISION]},
        {"dataSources": [VISION], "enhancements": {"ocr": {"enabled": False}}},
        {"dataSources": [SEARCH], "enhancements": {"ocr": {"enabled": True}}},
    ],
)
async def test_pictures_are_not_analysed_by_default(client, fields):
    response = await ask(client, messages=[PICTURE], **fields)
    assert "enhancements" not in response.json()["choices"][0]


async def test_a_plain_chat_accepts_enhancements_too(client):
    body = {
        "messages": [PICTURE],
        "dataSources": [VISION],
        "enhancements": {"grounding": {"enabled": True}},
    }
    response = await client.ask("POST", "/deployments/gpt-4o/chat/completions", NEW, json=body)
    assert response.status_code == 200
    for broken in (
        {"type": "Elsewhere", "parameters": {}},
        {"type": "AzureComputerVision", "parameters": {}},
    ):
        refused = await client.ask(
            "POST", "/deployments/gpt-4o/chat/completions", NEW, json={**body, "dataSources": [broken]}
        )
        assert refused.status_code == 400


async def test_a_prompt_that_the_filter_blocks_is_rejected(client):
    stopped = {"role": "user", "content": "[emulate: prompt filtered]"}
    response = await ask(client, messages=[stopped])
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "content_filter"


async def test_a_deployment_of_another_model_does_not_answer(client):
    path = PATH.replace("gpt-4o", "whisper")
    body = {"messages": [QUESTION], "dataSources": [SEARCH]}
    response = await client.ask("POST", path, NEW, json=body)
    assert response.json()["error"]["code"] == "OperationNotSupported"
