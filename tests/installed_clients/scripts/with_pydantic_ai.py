"""pydantic-ai: an agent with `AzureProvider`, a tool, a stream, structured output and an embedder."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.azure import AzureProvider
from pydantic_ai.providers.openai import OpenAIProvider
from trying import ENDPOINT, KEY, QUESTION, run, task


class Weather(BaseModel):
    city: str
    celsius: float


def model() -> OpenAIChatModel:
    provider = AzureProvider(azure_endpoint=ENDPOINT, api_key=KEY, api_version="2024-10-21")
    return OpenAIChatModel("my-gpt", provider=provider)


@task
async def chat() -> str:
    return (await Agent(model()).run(QUESTION)).output


@task
async def streamed_chat() -> list[str]:
    async with Agent(model()).run_stream(QUESTION) as stream:
        return [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]


@task
async def tool_call() -> list[tuple[str, dict[str, object]]]:
    called = []
    agent = Agent(model())

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        called.append(("get_weather", {"city": city}))
        return f"Sunny in {city}."

    answer = await agent.run(QUESTION)
    assert answer.output
    return called


@task
async def structured_output() -> str:
    answer = await Agent(model(), output_type=Weather).run(QUESTION)
    return answer.output.model_dump_json()


@task
async def embeddings() -> list[list[float]]:
    from pydantic_ai import Embedder
    from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel

    provider = AzureProvider(azure_endpoint=ENDPOINT, api_key=KEY, api_version="2024-10-21")
    found = await Embedder(OpenAIEmbeddingModel("my-embedding", provider=provider)).embed_documents(
        ["one", "two"]
    )
    return [list(each) for each in found.embeddings]


def with_responses() -> OpenAIResponsesModel:
    return OpenAIResponsesModel(
        "my-gpt", provider=OpenAIProvider(base_url=f"{ENDPOINT}/openai/v1/", api_key=KEY)
    )


@task
async def chat_with_the_responses_api() -> str:
    return (await Agent(with_responses()).run(QUESTION)).output


@task
async def streamed_chat_with_the_responses_api() -> list[str]:
    async with Agent(with_responses()).run_stream(QUESTION) as stream:
        return [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]


@task
async def tool_call_with_the_responses_api() -> list[tuple[str, dict[str, object]]]:
    called = []
    agent = Agent(with_responses())

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        called.append(("get_weather", {"city": city}))
        return f"Sunny in {city}."

    answer = await agent.run(f'{QUESTION} [emulate: call get_weather {{"city": "Lisbon"}}]')
    assert answer.output
    return called


run()
