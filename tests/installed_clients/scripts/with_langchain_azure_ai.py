"""langchain-azure-ai: the models of the v1 API, and those of model inference (extra `v1`)."""

from __future__ import annotations

from langchain_azure_ai.chat_models import AzureAIOpenAIApiChatModel
from langchain_azure_ai.chat_models.inference import AzureAIChatCompletionsModel
from langchain_azure_ai.embeddings import AzureAIOpenAIApiEmbeddingsModel
from langchain_azure_ai.embeddings.inference import AzureAIEmbeddingsModel
from langchain_core.tools import tool
from trying import ENDPOINT, KEY, QUESTION, run, task

model = AzureAIOpenAIApiChatModel(endpoint=f"{ENDPOINT}/openai/v1", credential=KEY, model="my-gpt")
elder = AzureAIChatCompletionsModel(endpoint=f"{ENDPOINT}/models", credential=KEY, model="my-model")


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"Sunny in {city}."


@task
def chat() -> str:
    return model.invoke(QUESTION).content


@task
def streamed_chat() -> list[str]:
    return [chunk.content for chunk in model.stream(QUESTION)]


@task
def tool_call() -> list[tuple[str, dict[str, object]]]:
    answer = model.bind_tools([get_weather], tool_choice="any").invoke(QUESTION)
    return [(call["name"], call["args"]) for call in answer.tool_calls]


@task
def embeddings() -> list[list[float]]:
    vectors = AzureAIOpenAIApiEmbeddingsModel(
        endpoint=f"{ENDPOINT}/openai/v1",
        credential=KEY,
        model="my-embedding",
        check_embedding_ctx_length=False,  # counting tokens downloads a file
    )
    return vectors.embed_documents(["one", "two"])


@task
def chat_of_model_inference() -> str:
    return elder.invoke(QUESTION).content


@task
def streamed_chat_of_model_inference() -> list[str]:
    return [chunk.content for chunk in elder.stream(QUESTION)]


@task
def tool_call_of_model_inference() -> list[tuple[str, dict[str, object]]]:
    answer = elder.bind_tools([get_weather], tool_choice="any").invoke(QUESTION)
    return [(call["name"], call["args"]) for call in answer.tool_calls]


@task
def embeddings_of_model_inference() -> list[list[float]]:
    vectors = AzureAIEmbeddingsModel(endpoint=f"{ENDPOINT}/models", credential=KEY, model="my-embedding")
    return vectors.embed_documents(["one", "two"])


run()
