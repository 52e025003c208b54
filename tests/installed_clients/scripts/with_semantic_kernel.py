"""semantic-kernel: its connectors for Azure OpenAI, with their own api-version; they require TLS."""

from __future__ import annotations

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import (
    AzureChatCompletion,
    AzureChatPromptExecutionSettings,
    AzureTextEmbedding,
)
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function
from trying import ENDPOINT, KEY, QUESTION, run, task


def service() -> AzureChatCompletion:
    return AzureChatCompletion(deployment_name="my-gpt", endpoint=ENDPOINT, api_key=KEY)


def history() -> ChatHistory:
    made = ChatHistory()
    made.add_user_message(QUESTION)
    return made


@task
async def chat() -> str:
    answer = await service().get_chat_message_content(history(), AzureChatPromptExecutionSettings())
    return str(answer)


@task
async def streamed_chat() -> list[str]:
    stream = service().get_streaming_chat_message_content(history(), AzureChatPromptExecutionSettings())
    return [str(each) async for each in stream]


@task
async def tool_call() -> list[tuple[str, dict[str, object]]]:
    called = []

    class Weather:
        @kernel_function(name="get_weather", description="Get the weather of a city.")
        def get_weather(self, city: str) -> str:
            called.append(("get_weather", {"city": city}))
            return f"Sunny in {city}."

    kernel = Kernel()
    kernel.add_plugin(Weather(), "weather")
    settings = AzureChatPromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())
    answer = await service().get_chat_message_content(history(), settings, kernel=kernel)
    assert str(answer)
    return called


@task
async def embeddings() -> list[list[float]]:
    embedding = AzureTextEmbedding(deployment_name="my-embedding", endpoint=ENDPOINT, api_key=KEY)
    return [list(map(float, each)) for each in await embedding.generate_embeddings(["one", "two"])]


run()
