"""llama-index: `AzureOpenAI` and `AzureOpenAIEmbedding`."""

from __future__ import annotations

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.azure_openai import AzureOpenAIEmbedding
from llama_index.llms.azure_openai import AzureOpenAI
from trying import ENDPOINT, KEY, QUESTION, run, task

VERSION = "2024-10-21"
model = AzureOpenAI(
    model="gpt-4o", engine="my-gpt", azure_endpoint=ENDPOINT, api_key=KEY, api_version=VERSION
)
MESSAGES = [ChatMessage(role="user", content=QUESTION)]


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"Sunny in {city}."


@task
def chat() -> str:
    return model.chat(MESSAGES).message.content


@task
def streamed_chat() -> list[str]:
    return [each.delta or "" for each in model.stream_chat(MESSAGES)]


@task
def tool_call() -> list[tuple[str, dict[str, object]]]:
    tool = FunctionTool.from_defaults(get_weather)
    answer = model.chat_with_tools([tool], user_msg=QUESTION, tool_required=True)
    return [(each.tool_name, each.tool_kwargs) for each in model.get_tool_calls_from_response(answer)]


@task
def embeddings() -> list[list[float]]:
    vectors = AzureOpenAIEmbedding(
        model="text-embedding-3-small",
        deployment_name="my-embedding",
        azure_endpoint=ENDPOINT,
        api_key=KEY,
        api_version=VERSION,
    )
    return vectors.get_text_embedding_batch(["one", "two"])


run()
