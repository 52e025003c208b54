"""autogen: `AzureOpenAIChatCompletionClient`, and an agent that calls a tool."""

from __future__ import annotations

from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import UserMessage
from autogen_ext.models.openai import AzureOpenAIChatCompletionClient
from trying import ENDPOINT, KEY, QUESTION, run, task

MESSAGES = [UserMessage(content=QUESTION, source="user")]


def client() -> AzureOpenAIChatCompletionClient:
    return AzureOpenAIChatCompletionClient(
        azure_deployment="my-gpt",
        model="gpt-4o",
        api_version="2024-10-21",
        azure_endpoint=ENDPOINT,
        api_key=KEY,
    )


@task
async def chat() -> str:
    return (await client().create(MESSAGES)).content


@task
async def streamed_chat() -> list[str]:
    return [each async for each in client().create_stream(MESSAGES) if isinstance(each, str)]


@task
async def tool_call() -> list[tuple[str, dict[str, object]]]:
    called = []

    async def get_weather(city: str) -> str:
        """Get the weather of a city."""
        called.append(("get_weather", {"city": city}))
        return f"Sunny in {city}."

    agent = AssistantAgent("agent", client(), tools=[get_weather], reflect_on_tool_use=True)
    answer = await agent.run(task=QUESTION)
    assert answer.messages[-1].to_text()
    return called


run()
