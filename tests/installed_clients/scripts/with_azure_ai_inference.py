"""azure-ai-inference: chat and embeddings with its own api-version."""

from __future__ import annotations

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import ChatCompletionsToolDefinition, FunctionDefinition, UserMessage
from azure.core.credentials import AzureKeyCredential
from trying import ENDPOINT, KEY, QUESTION, TOOL_SCHEMA, run, task

MESSAGES = [UserMessage(QUESTION)]
client = ChatCompletionsClient(f"{ENDPOINT}/models", AzureKeyCredential(KEY))


@task
def chat() -> str:
    return client.complete(model="my-model", messages=MESSAGES).choices[0].message.content


@task
def chat_of_the_deployment() -> str:
    """The model of a serverless endpoint, which a request need not name."""
    return client.complete(messages=MESSAGES).choices[0].message.content


@task
def chat_at_a_serverless_endpoint() -> str:
    other = ChatCompletionsClient(ENDPOINT, AzureKeyCredential(KEY))
    return other.complete(messages=MESSAGES).choices[0].message.content


@task
def streamed_chat() -> list[str]:
    stream = client.complete(model="my-model", messages=MESSAGES, stream=True)
    return [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]


@task
def tool_call() -> list[tuple[str, str]]:
    tool = ChatCompletionsToolDefinition(
        function=FunctionDefinition(
            name="get_weather", description="Get the weather.", parameters=TOOL_SCHEMA
        )
    )
    answer = client.complete(model="my-model", messages=MESSAGES, tools=[tool], tool_choice="required")
    return [(call.function.name, call.function.arguments) for call in answer.choices[0].message.tool_calls]


@task
def embeddings() -> list[list[float]]:
    other = EmbeddingsClient(f"{ENDPOINT}/models", AzureKeyCredential(KEY))
    return [each.embedding for each in other.embed(model="my-embedding", input=["one", "two"]).data]


@task
def model_info() -> str:
    return client.get_model_info().model_name


run()
