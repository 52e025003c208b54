"""openai for Python: `OpenAI` at the v1 API, which needs no api-version."""

from __future__ import annotations

from openai import OpenAI
from trying import ENDPOINT, KEY, QUESTION, TOOL, run, task

MESSAGES = [{"role": "user", "content": QUESTION}]
client = OpenAI(base_url=f"{ENDPOINT}/openai/v1/", api_key=KEY)


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
def chat_with_the_responses_api() -> str:
    return client.responses.create(model="my-gpt", input=QUESTION).output_text


@task
def streamed_chat_with_the_responses_api() -> list[str]:
    with client.responses.stream(model="my-gpt", input=QUESTION) as stream:
        return [event.delta for event in stream if event.type == "response.output_text.delta"]


@task
def tool_call_with_the_responses_api() -> list[tuple[str, str]]:
    tool = {"type": "function", "strict": False, **TOOL["function"]}
    answer = client.responses.create(model="my-gpt", input=QUESTION, tools=[tool], tool_choice="required")
    return [(each.name, each.arguments) for each in answer.output if each.type == "function_call"]


run()
