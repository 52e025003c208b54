"""Clients that this project did not write: the azure-ai-inference package against a served emulator."""

from __future__ import annotations

import base64
import json
import math
import threading
from collections.abc import Iterator

import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, load_client
from azure.ai.inference.models import (
    AssistantMessage,
    AudioContentItem,
    ChatCompletionsToolDefinition,
    DeveloperMessage,
    FunctionDefinition,
    ImageContentItem,
    ImageEmbeddingInput,
    ImageUrl,
    InputAudio,
    JsonSchemaFormat,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

VERSION = "2025-04-01"
HELLO = [SystemMessage("Be brief."), UserMessage("What is new?")]
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 16).decode()
IMAGE = f"data:image/png;base64,{PIXEL}"
TOOL = ChatCompletionsToolDefinition(
    function=FunctionDefinition(
        name="look_up",
        parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    )
)


@pytest.fixture(scope="module", params=["azure", "strict"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """The endpoint of an emulator that listens on a free loopback port, in each flavour."""
    document = Catalogue.packaged().load(f"ai-model-inference@{VERSION}")
    server = make_server(Settings(documents=(document,), flavour=request.param))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"{address_of(listener)}/models"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def connected(kind, endpoint, key="any", version=VERSION):
    return kind(endpoint=endpoint, credential=AzureKeyCredential(key), api_version=version, retry_total=0)


@pytest.fixture
def chat(endpoint):
    with connected(ChatCompletionsClient, endpoint) as client:
        yield client


@pytest.fixture
def texts(endpoint):
    with connected(EmbeddingsClient, endpoint) as client:
        yield client


@pytest.fixture
def images(endpoint):
    with connected(ImageEmbeddingsClient, endpoint) as client:
        yield client


def test_chat(chat):
    answer = chat.complete(messages=HELLO, temperature=1.0, seed=7)
    message = answer.choices[0].message
    assert message.content
    assert message["reasoning_content"]
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.choices[0].finish_reason == "stop"


def test_streamed_chat(chat):
    whole = chat.complete(messages=HELLO)
    text, usage, ending = "", None, None
    for update in chat.complete(messages=HELLO, stream=True):
        usage = update.usage or usage
        for choice in update.choices:
            text += choice.delta.content or ""
            ending = choice.finish_reason or ending
    assert text == whole.choices[0].message.content
    assert ending == "stop"
    assert usage.completion_tokens == whole.usage.completion_tokens


def test_tools(chat):
    answer = chat.complete(messages=HELLO, tools=[TOOL], tool_choice="required")
    (call,) = answer.choices[0].message.tool_calls
    assert json.loads(call.function.arguments).keys() == {"city"}
    reported = [
        *HELLO,
        AssistantMessage(tool_calls=answer.choices[0].message.tool_calls),
        ToolMessage(tool_call_id=call.id, content="sunny"),
    ]
    assert chat.complete(messages=reported, tools=[TOOL]).choices[0].message.content


def test_streamed_tools(chat):
    arguments, names = "", []
    for update in chat.complete(messages=HELLO, tools=[TOOL], tool_choice="required", stream=True):
        for choice in update.choices:
            for call in choice.delta.tool_calls or ():
                names += [call.function.name] if call.function.get("name") else []
                arguments += call.function.arguments or ""
    assert names == ["look_up"]
    assert json.loads(arguments).keys() == {"city"}


def test_structured_outputs(chat):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    answer = chat.complete(messages=HELLO, response_format=JsonSchemaFormat(name="count", schema=schema))
    assert isinstance(json.loads(answer.choices[0].message.content)["n"], int)


def test_parts_and_developers(chat):
    parts = [
        TextContentItem(text="What is it?"),
        ImageContentItem(image_url=ImageUrl(url=IMAGE)),
        AudioContentItem(input_audio=InputAudio(data=base64.b64encode(b"RIFF").decode(), format="wav")),
    ]
    answer = chat.complete(messages=[DeveloperMessage("Be kind."), UserMessage(parts)])
    assert answer.choices[0].message.content


def test_model_extras_reach_the_model(chat):
    assert len(chat.complete(messages=HELLO, model_extras={"n": 2}).choices) == 2
    with pytest.raises(HttpResponseError) as refused:
        chat.complete(messages=HELLO, model_extras={"n": "two"})
    assert refused.value.status_code == 422


def test_headers_decide_how_extras_are_handled(chat):
    body = {"messages": [{"role": "user", "content": "Hi."}], "unheard_of": 1}
    assert chat.complete(body, headers={"extra-parameters": "drop"}).choices
    with pytest.raises(HttpResponseError) as refused:
        chat.complete(body)
    assert refused.value.status_code == 400
    assert refused.value.error.code == "extra_parameter"


def test_embeddings(texts):
    answer = texts.embed(input=["a", "b"], dimensions=16)
    assert [item.index for item in answer.data] == [0, 1]
    assert math.isclose(math.hypot(*answer.data[0].embedding), 1, abs_tol=1e-5)
    assert answer.id
    packed = texts.embed(input=["a"], dimensions=16, encoding_format="ubinary")
    assert len(packed.data[0].embedding) == 2
    assert isinstance(texts.embed(input=["a"], encoding_format="base64").data[0].embedding, str)
    with pytest.raises(HttpResponseError) as refused:
        texts.embed(input=["a"], dimensions=9_999)
    assert refused.value.status_code == 422


def test_image_embeddings(images):
    entries = [ImageEmbeddingInput(image=IMAGE), ImageEmbeddingInput(image=IMAGE, text="a dot")]
    answer = images.embed(input=entries, dimensions=16)
    assert [len(item.embedding) for item in answer.data] == [16, 16]
    assert answer.data[0].embedding != answer.data[1].embedding


def test_info(chat, texts, endpoint):
    info = chat.get_model_info()
    assert (info.model_name, info.model_provider_name) == ("DeepSeek-R1", "DeepSeek")
    assert info.model_type == "chat-completion"
    assert texts.get_model_info().model_name == info.model_name
    with load_client(endpoint=endpoint, credential=AzureKeyCredential("any"), api_version=VERSION) as loaded:
        assert isinstance(loaded, ChatCompletionsClient)


def test_errors_are_of_the_right_class(chat, endpoint):
    with pytest.raises(ResourceNotFoundError) as lost:
        chat.complete(messages=HELLO, model="nobody")
    assert lost.value.error.code == "unknown_model"
    with pytest.raises(HttpResponseError, match="temperature") as refused:
        chat.complete(messages=HELLO, temperature=2)
    assert refused.value.status_code == 400
    with (
        connected(ChatCompletionsClient, endpoint, key="wrong") as stranger,
        pytest.raises(ClientAuthenticationError),
    ):
        stranger.complete(messages=HELLO)
    with (
        connected(ChatCompletionsClient, endpoint, version="1999-01-01") as elder,
        pytest.raises(HttpResponseError, match="API version not supported"),
    ):
        elder.complete(messages=HELLO)
