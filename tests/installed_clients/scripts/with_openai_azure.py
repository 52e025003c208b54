"""openai for Python: `AzureOpenAI`, which requires an api-version."""

from __future__ import annotations

from openai import AsyncAzureOpenAI, AzureOpenAI
from trying import ENDPOINT, KEY, QUESTION, TOOL, run, task

VERSION = "2024-10-21"
MESSAGES = [{"role": "user", "content": QUESTION}]
client = AzureOpenAI(azure_endpoint=ENDPOINT, api_key=KEY, api_version=VERSION)


@task
def chat() -> str:
    return client.chat.completions.create(model="my-gpt", messages=MESSAGES).choices[0].message.content


@task
def streamed_chat() -> list[str]:
    stream = client.chat.completions.create(model="my-gpt", messages=MESSAGES, stream=True)
    return [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]


@task
def tool_call() -> list[tuple[str, str]]:
    answer = client.chat.completions.create(
        model="my-gpt", messages=MESSAGES, tools=[TOOL], tool_choice="required"
    )
    return [(call.function.name, call.function.arguments) for call in answer.choices[0].message.tool_calls]


@task
def embeddings() -> list[list[float]]:
    answer = client.embeddings.create(model="my-embedding", input=["one", "two"])
    return [each.embedding for each in answer.data]


@task
async def asynchronous_chat() -> str:
    async with AsyncAzureOpenAI(azure_endpoint=ENDPOINT, api_key=KEY, api_version=VERSION) as other:
        answer = await other.chat.completions.create(model="my-gpt", messages=MESSAGES)
        return answer.choices[0].message.content


run()
