"""langchain-openai: `AzureChatOpenAI` and `AzureOpenAIEmbeddings`, which require an api-version."""

from __future__ import annotations

from langchain_core.tools import tool
from langchain_openai import AzureChatOpenAI, AzureOpenAIEmbeddings, ChatOpenAI
from trying import ENDPOINT, KEY, QUESTION, run, task

VERSION = "2024-10-21"
model = AzureChatOpenAI(azure_endpoint=ENDPOINT, api_key=KEY, api_version=VERSION, azure_deployment="my-gpt")


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
    vectors = AzureOpenAIEmbeddings(
        azure_endpoint=ENDPOINT,
        api_key=KEY,
        api_version=VERSION,
        azure_deployment="my-embedding",
        check_embedding_ctx_length=False,  # counting tokens downloads a file
    )
    return vectors.embed_documents(["one", "two"])


@task
def chat_of_the_v1_api() -> str:
    other = ChatOpenAI(base_url=f"{ENDPOINT}/openai/v1/", api_key=KEY, model="my-gpt")
    return other.invoke(QUESTION).content


def with_responses() -> ChatOpenAI:
    return ChatOpenAI(base_url=f"{ENDPOINT}/openai/v1/", api_key=KEY, model="my-gpt", use_responses_api=True)


@task
def chat_with_the_responses_api() -> str:
    return with_responses().invoke(QUESTION).text


@task
def streamed_chat_with_the_responses_api() -> list[str]:
    return [chunk.text for chunk in with_responses().stream(QUESTION)]


@task
def tool_call_with_the_responses_api() -> list[tuple[str, dict[str, object]]]:
    answer = with_responses().bind_tools([get_weather], tool_choice="any").invoke(QUESTION)
    return [(call["name"], call["args"]) for call in answer.tool_calls]


run()
