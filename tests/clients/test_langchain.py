"""A client that this project did not write: langchain-openai and a served emulator, version by version.

The tests import it: importing it takes seconds, which every worker would spend when it collects the tests.
"""

from __future__ import annotations

import base64
import math
import threading
from collections.abc import Iterator

import pytest

from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

VERSIONS = ("2023-12-01-preview", "2024-02-01", "2024-06-01", "2024-10-21", "2025-01-01-preview")
WITH_EMBEDDINGS = VERSIONS[1:]
MESSAGES = [("system", "Be brief."), ("human", "What is new?")]
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look something up.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCHEMA = {
    "title": "count",
    "description": "A count.",
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The URL of an emulator on a free loopback port that serves every version."""
    catalogue = Catalogue.packaged()
    documents = tuple(catalogue.load(f"azure-openai@{version}") for version in (*VERSIONS, "v1"))
    server = make_server(Settings(documents=documents))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def chat_of(address, version, **settings):
    from langchain_openai import AzureChatOpenAI

    return AzureChatOpenAI(
        azure_endpoint=address,
        azure_deployment="gpt-4o",
        api_version=version,
        api_key="any",
        max_retries=0,
        **settings,
    )


@pytest.fixture(params=VERSIONS)
def chat(request, address):
    return chat_of(address, request.param)


def test_chat(chat):
    answer = chat.invoke(MESSAGES)
    assert answer.content
    assert answer.response_metadata["finish_reason"] == "stop"
    usage = answer.usage_metadata
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_streamed_chat(chat):
    whole = chat.invoke(MESSAGES).content
    assert "".join(chunk.text for chunk in chat.stream(MESSAGES, stream_usage=False)) == whole


def test_tools(chat):
    from langchain_core.messages import AIMessage, ToolMessage

    calling = chat.bind_tools([TOOL], tool_choice="look_up")
    answer = calling.invoke(MESSAGES)
    (call,) = answer.tool_calls
    assert (call["name"], call["args"].keys()) == ("look_up", {"city"})
    reported = [*MESSAGES, answer, ToolMessage("sunny", tool_call_id=call["id"])]
    assert isinstance(chat.bind_tools([TOOL]).invoke(reported), AIMessage)


def test_streamed_tools(chat):
    parts = list(chat.bind_tools([TOOL], tool_choice="look_up").stream(MESSAGES, stream_usage=False))
    gathered = parts[0]
    for part in parts[1:]:
        gathered += part
    (call,) = gathered.tool_calls
    assert (call["name"], call["args"].keys()) == ("look_up", {"city"})


@pytest.mark.parametrize("version", ["2024-10-21", "2025-01-01-preview"])
def test_structured_outputs(address, version):
    structured = chat_of(address, version).with_structured_output(SCHEMA, method="json_schema")
    assert isinstance(structured.invoke(MESSAGES)["n"], int)


@pytest.mark.parametrize("version", ["2024-10-21", "2025-01-01-preview"])
def test_the_usage_of_a_stream(address, version):
    chunks = list(chat_of(address, version).stream(MESSAGES, stream_usage=True))
    (usage,) = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    assert usage["output_tokens"] > 0


def test_the_responses_api(address):
    from langchain_core.messages import ToolMessage
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(
        base_url=f"{address}/openai/v1/", model="gpt-4o", api_key="any", use_responses_api=True, max_retries=0
    )
    whole = chat.invoke(MESSAGES)
    assert whole.text
    assert whole.usage_metadata["total_tokens"] > 0
    assert "".join(chunk.text for chunk in chat.stream(MESSAGES)) == whole.text
    answer = chat.bind_tools([TOOL], tool_choice="look_up").invoke(MESSAGES)
    (call,) = answer.tool_calls
    reported = [*MESSAGES, answer, ToolMessage("sunny", tool_call_id=call["id"])]
    assert chat.bind_tools([TOOL]).invoke(reported).text


def test_spoken_answers_of_the_newest_version(address):
    speaking = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}
    answer = chat_of(address, "2025-01-01-preview", model_kwargs=speaking).invoke(MESSAGES)
    audio = answer.additional_kwargs["audio"]
    assert base64.b64decode(audio["data"]).startswith(b"RIFF")
    assert audio["transcript"]


def test_reasoning_of_the_newest_version(address):
    answer = chat_of(address, "2025-01-01-preview", reasoning_effort="high").invoke(MESSAGES)
    assert answer.usage_metadata["output_token_details"]["reasoning"] > 0


@pytest.mark.parametrize("version", WITH_EMBEDDINGS)
def test_embeddings(address, version):
    from langchain_openai import AzureOpenAIEmbeddings

    embedding = AzureOpenAIEmbeddings(
        azure_endpoint=address,
        azure_deployment="text-embedding-3-small",
        api_version=version,
        api_key="any",
        check_embedding_ctx_length=False,
        max_retries=0,
    )
    first, second = embedding.embed_documents(["a", "b"])
    assert first != second
    assert math.isclose(math.hypot(*first), 1, abs_tol=1e-5)
    assert embedding.embed_query("a") == pytest.approx(first, abs=1e-6)
