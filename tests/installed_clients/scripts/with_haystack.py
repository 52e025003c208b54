"""haystack: generators and embedders for Azure OpenAI, with their own api-version."""

from __future__ import annotations

import json

from haystack.components.embedders import AzureOpenAITextEmbedder
from haystack.components.generators.chat import AzureOpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import Tool
from haystack.utils import Secret
from trying import ENDPOINT, KEY, QUESTION, TOOL_SCHEMA, run, task

MESSAGES = [ChatMessage.from_user(QUESTION)]


def generator(**options: object) -> AzureOpenAIChatGenerator:
    return AzureOpenAIChatGenerator(
        azure_endpoint=ENDPOINT, api_key=Secret.from_token(KEY), azure_deployment="my-gpt", **options
    )


@task
def chat() -> str:
    return generator().run(MESSAGES)["replies"][0].text


@task
def streamed_chat() -> list[str]:
    pieces: list[str] = []
    generator(streaming_callback=lambda chunk: pieces.append(chunk.content)).run(MESSAGES)
    return pieces


@task
def tool_call() -> list[tuple[str, str]]:
    tool = Tool(
        name="get_weather",
        description="Get the weather.",
        parameters=TOOL_SCHEMA,
        function=lambda city: f"Sunny in {city}.",
    )
    answer = generator(tools=[tool], generation_kwargs={"tool_choice": "required"}).run(MESSAGES)
    return [(each.tool_name, json.dumps(each.arguments)) for each in answer["replies"][0].tool_calls]


@task
def embeddings() -> list[list[float]]:
    embedder = AzureOpenAITextEmbedder(
        azure_endpoint=ENDPOINT, api_key=Secret.from_token(KEY), azure_deployment="my-embedding"
    )
    return [embedder.run(text)["embedding"] for text in ("one", "two")]


run()
