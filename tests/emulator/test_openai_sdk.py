"""A client that this project did not write: the openai package's AzureOpenAI against a served emulator."""

from __future__ import annotations

import json
import math

import openai
import pytest

MESSAGES = [{"role": "user", "content": "What is new?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture
def azure(served):
    with openai.AzureOpenAI(
        azure_endpoint=served, api_key="any", api_version="2024-10-21", max_retries=0
    ) as client:
        yield client


def test_chat(azure):
    answer = azure.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, n=2, logprobs=True, top_logprobs=2, max_tokens=9
    )
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.choices[0].message.content
    assert len(answer.choices[0].logprobs.content) == 9
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_streamed_chat_with_usage(azure):
    whole = azure.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    text, usage, ending = "", None, None
    for chunk in azure.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            ending = choice.finish_reason or ending
    assert text == whole.choices[0].message.content
    assert ending == whole.choices[0].finish_reason == "stop"
    assert usage == whole.usage


def test_a_tool_loop_that_the_prompt_plays(azure):
    cues = '[emulate: call look_up {"city": "Paris"}] [emulate: say It is sunny.]'
    messages = [{"role": "user", "content": f"How is it? {cues}"}]
    with azure.chat.completions.stream(model="gpt-4o", messages=messages, tools=[TOOL]) as stream:
        called = stream.until_done().get_final_completion().choices[0].message
    (call,) = called.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    messages += [called, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    final = azure.chat.completions.create(model="gpt-4o", messages=messages, tools=[TOOL])
    assert final.choices[0].message.content == "It is sunny."


def test_the_stream_helper_of_the_sdk(azure):
    with azure.chat.completions.stream(model="gpt-4o", messages=MESSAGES) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert final.choices[0].message.content
    assert final.choices[0].finish_reason == "stop"


def test_tools(azure):
    answer = azure.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, tools=[TOOL], tool_choice="required"
    )
    (call,) = answer.choices[0].message.tool_calls
    assert call.function.name == "look_up"
    assert json.loads(call.function.arguments).keys() == {"city"}
    reported = [
        *MESSAGES,
        answer.choices[0].message,
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
    ]
    last = azure.chat.completions.create(model="gpt-4o", messages=reported, tools=[TOOL])
    assert last.choices[0].message.content


def test_completions(azure):
    answer = azure.completions.create(model="gpt-35-turbo-instruct", prompt=["a", "b"], n=2, echo=True)
    assert [choice.text[0] for choice in answer.choices] == ["a", "a", "b", "b"]
    streamed = azure.completions.create(model="gpt-35-turbo-instruct", prompt="a", stream=True)
    text = "".join(choice.text for chunk in streamed for choice in chunk.choices)
    assert "a" + text == answer.choices[0].text


def test_embeddings_in_base64_as_the_sdk_requests_them(azure):
    packed = azure.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    plain = azure.embeddings.create(model="text-embedding-3-small", input=["a", "b"], encoding_format="float")
    for one, other in zip(packed.data, plain.data, strict=True):
        assert len(one.embedding) == 1536
        assert math.isclose(math.hypot(*one.embedding), 1, abs_tol=1e-6)
        assert all(
            math.isclose(a, b, rel_tol=1e-6) for a, b in zip(one.embedding, other.embedding, strict=True)
        )


def test_errors_are_of_the_right_class(azure, served):
    with pytest.raises(openai.BadRequestError) as refused:
        azure.chat.completions.create(model="gpt-4o", messages=MESSAGES, temperature=3)
    assert refused.value.param == "temperature"
    assert refused.value.code == "integer_above_max_value"
    with pytest.raises(openai.NotFoundError) as lost:
        azure.chat.completions.create(model="nobody", messages=MESSAGES)
    assert lost.value.code == "DeploymentNotFound"
    with (
        openai.AzureOpenAI(
            azure_endpoint=served, api_key="wrong", api_version="2024-10-21", max_retries=0
        ) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.chat.completions.create(model="gpt-4o", messages=MESSAGES)
