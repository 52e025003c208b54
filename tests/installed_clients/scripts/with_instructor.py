"""instructor: structured output through tools, JSON mode and a stream of partial objects."""

from __future__ import annotations

import instructor
from openai import AzureOpenAI
from pydantic import BaseModel
from trying import ENDPOINT, KEY, QUESTION, run, task


class Weather(BaseModel):
    city: str
    celsius: float


MESSAGES = [{"role": "user", "content": QUESTION}]
plain = AzureOpenAI(azure_endpoint=ENDPOINT, api_key=KEY, api_version="2024-10-21")


def extract(mode: instructor.Mode) -> str:
    client = instructor.from_openai(plain, mode=mode)
    answer = client.chat.completions.create(model="my-gpt", messages=MESSAGES, response_model=Weather)
    return answer.model_dump_json()


@task
def tool_call() -> list[tuple[str, str]]:
    return [("Weather", extract(instructor.Mode.TOOLS))]


@task
def structured_output() -> str:
    return extract(instructor.Mode.JSON_SCHEMA)


@task
def streamed_chat() -> list[str]:
    client = instructor.from_openai(plain, mode=instructor.Mode.TOOLS)
    partial = client.chat.completions.create_partial(
        model="my-gpt", messages=MESSAGES, response_model=Weather
    )
    return [each.model_dump_json() for each in partial]


@task
def chat() -> str:
    client = instructor.from_openai(plain)
    answer = client.chat.completions.create(model="my-gpt", messages=MESSAGES, response_model=None)
    return answer.choices[0].message.content


run()
