"""A third-party client, the openai package, with the v1 surface: the plain client and the Azure one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import openai
import pytest
from pydantic import BaseModel

from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

TOOL = {
    "type": "function",
    "name": "look_up",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


class Count(BaseModel):
    n: int


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The URL of an emulator of the v1 surface."""
    documents = (Catalogue.packaged().load("azure-openai@v1"),)
    server = make_server(Settings(documents=documents, advance_on_poll=True, api_key="right"))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    """The plain client with the address of v1."""
    with openai.OpenAI(base_url=f"{address}/openai/v1/", api_key="right", max_retries=0) as made:
        yield made


def test_the_client_for_azure(address: str) -> None:
    base_url = f"{address}/openai/v1/"
    with openai.AzureOpenAI(base_url=base_url, api_key="right", api_version="preview") as azure:
        response = azure.responses.create(model="gpt-4o", input="[emulate: say Hello there.]")
        assert azure.responses.retrieve(response.id).output_text == "Hello there."


def test_a_response_and_its_stream(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4o", input="[emulate: say Hello there.]")
    assert response.output_text == "Hello there."
    with client.responses.stream(model="gpt-4o", input="[emulate: say Hello there.]") as stream:
        kinds = [event.type for event in stream]
        assert stream.get_final_response().output_text == "Hello there."
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"


def test_parsed_output(client: openai.OpenAI) -> None:
    parsed = client.responses.parse(model="gpt-4o", input="How many?", text_format=Count)
    assert isinstance(parsed.output_parsed, Count)


def test_a_tool_round_trip(client: openai.OpenAI) -> None:
    cues = '[emulate: call look_up {"city": "Paris"}] [emulate: say It is sunny.]'
    called = client.responses.create(model="gpt-4o", input=f"How is it? {cues}", tools=[TOOL])  # type: ignore[list-item]
    call = called.output[0]
    assert call.type == "function_call"
    assert json.loads(call.arguments) == {"city": "Paris"}
    final = client.responses.create(
        model="gpt-4o",
        previous_response_id=called.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}],
        tools=[TOOL],  # type: ignore[list-item]
    )
    assert final.output_text == "It is sunny."


def test_stored_responses(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4o", input="Hello", background=True)
    while response.status in ("queued", "in_progress"):
        response = client.responses.retrieve(response.id)
    assert response.status == "completed"
    assert [item.type for item in client.responses.input_items.list(response.id)] == ["message"]
    client.responses.delete(response.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_a_resumed_stream(client: openai.OpenAI) -> None:
    first, second, *rest = client.responses.create(
        model="gpt-4o", input="Hello", stream=True, background=True
    )
    assert first.type == "response.created"
    resumed = client.responses.retrieve(first.response.id, stream=True, starting_after=second.sequence_number)
    assert [event.sequence_number for event in resumed] == [event.sequence_number for event in rest]


def test_conversations(client: openai.OpenAI) -> None:
    conversation = client.conversations.create(metadata={"a": "b"})
    client.responses.create(model="gpt-4o", input="Hello", conversation=conversation.id)
    items = client.conversations.items.list(conversation.id, order="asc")
    assert [item.type for item in items] == ["message", "message"]
    assert client.conversations.delete(conversation.id).deleted


def test_vector_stores(client: openai.OpenAI) -> None:
    file = client.files.create(
        file=("a.txt", b"The lighthouse opens at nine."),
        purpose="assistants",
        expires_after={"anchor": "created_at", "seconds": 259_200},
    )
    store = client.vector_stores.create(name="notes")
    added = client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id, poll_interval_ms=1)
    assert added.status == "completed"
    found = client.vector_stores.search(store.id, query="lighthouse")
    assert [each.file_id for each in found] == [file.id]


def test_chat_embeddings_and_models(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": "Hello"}]
    chat = client.chat.completions.create(model="gpt-4o", messages=messages)  # type: ignore[arg-type]
    assert chat.choices[0].message.content
    chunks = client.chat.completions.create(model="gpt-4o", messages=messages, stream=True)  # type: ignore[call-overload]
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == chat.choices[0].message.content
    vectors = client.embeddings.create(model="text-embedding-3-small", input="Hello")
    assert len(vectors.data[0].embedding) == 1536
    assert "gpt-4o-2024-08-06" in [model.id for model in client.models.list()]


def test_errors(client: openai.OpenAI, address: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="gpt-4o", input="Hello", previous_response_id="resp_0")
    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")
    with (
        openai.OpenAI(base_url=f"{address}/openai/v1/", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.responses.create(model="gpt-4o", input="Hello")
