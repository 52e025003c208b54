from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import aoai_strategies
from aoai_model.case import MultipartBody
from aoai_model.serialization import Json
from aoai_specs.document import Document, Operation
from aoai_strategies import (
    assistant_messages,
    broken_requests,
    chat_requests,
    completion_requests,
    conversations,
    described_requests,
    embedding_requests,
    function_names,
    image_requests,
    logit_biases,
    messages,
    penalties,
    response_formats,
    seeds,
    stop_sequences,
    temperatures,
    tool_exchanges,
    tool_lists,
    tools,
    transcription_requests,
    translation_requests,
    user_messages,
)
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.forms import admits

T = TypeVar("T")

QUICK = settings(
    max_examples=60,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SEARCH = settings(
    max_examples=3000, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink], deadline=None
)


def find_any(strategy: SearchStrategy[T], condition: Callable[[T], bool] = lambda _: True) -> T:
    """Some example that meets the condition, not shrunk."""
    return find(strategy, condition, settings=settings(SEARCH, phases=[Phase.generate]))


def minimal(strategy: SearchStrategy[T], condition: Callable[[T], bool] = lambda _: True) -> T:
    """The smallest example that meets the condition."""
    return find(strategy, condition, settings=SEARCH)


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("ChatCompletions_Create", chat_requests()),
        ("Completions_Create", completion_requests()),
        ("embeddings_create", embedding_requests()),
        ("ImageGenerations_Create", image_requests()),
        ("Transcriptions_Create", transcription_requests().map(body_value)),
        ("Translations_Create", translation_requests().map(body_value)),
    ],
)
def test_every_request_is_admitted_by_the_description(
    document: Document, name: str, strategy: SearchStrategy[Json]
) -> None:
    operation = document.operation(name)

    @QUICK
    @given(strategy)
    def admitted(body: Json) -> None:
        assert admits(operation, body)

    admitted()


@pytest.mark.parametrize(
    ("strategy", "pointer"),
    [
        (temperatures(), "temperature"),
        (penalties(), "presence_penalty"),
        (seeds(), "seed"),
        (stop_sequences(), "stop"),
        (logit_biases(), "logit_bias"),
        (response_formats(), "response_format"),
        (conversations(), "messages"),
        (st.lists(messages(), min_size=1), "messages"),
        (tool_lists(), "tools"),
    ],
)
def test_every_value_is_admitted_in_its_field(
    chat: Operation, strategy: SearchStrategy[Json], pointer: str
) -> None:
    @QUICK
    @given(strategy)
    def admitted(value: Json) -> None:
        body: Json = {"messages": [{"role": "user", "content": "hi"}], pointer: value}
        assert admits(chat, body)

    admitted()


@pytest.mark.parametrize(
    ("strategy", "smallest"),
    [
        (temperatures(), 0.0),
        (penalties(), 0.0),
        (seeds(), 0),
        (stop_sequences(), "0"),
        (logit_biases(), {}),
        (function_names(), "0"),
        (tools(), {"type": "function", "function": {"name": "0"}}),
        (tool_lists(), [{"type": "function", "function": {"name": "0"}}]),
        (response_formats(), {"type": "text"}),
        (messages(), {"role": "user", "content": "0"}),
        (user_messages(), {"role": "user", "content": "0"}),
        (assistant_messages(), {"role": "assistant", "content": "0"}),
        (conversations(), [{"role": "user", "content": "0"}]),
        (chat_requests(), {"messages": [{"role": "user", "content": "0"}], "max_tokens": 1}),
        (completion_requests(), {"prompt": "0", "max_tokens": 1}),
        (embedding_requests(), {"input": "0"}),
        (image_requests(), {"prompt": "0"}),
    ],
)
def test_shrinks_as_its_docstring_states(strategy: SearchStrategy[Any], smallest: object) -> None:
    assert minimal(strategy) == smallest


def test_a_request_shrinks_to_the_fields_that_matter() -> None:
    assert minimal(chat_requests(), lambda body: "stop" in body) == {
        "messages": [{"role": "user", "content": "0"}],
        "max_tokens": 1,
        "stop": "0",
    }
    assert minimal(chat_requests(), lambda body: bool(body.get("stream_options"))) == {
        "messages": [{"role": "user", "content": "0"}],
        "max_tokens": 1,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_conversation_shrinks_to_the_call_that_matters() -> None:
    def calls(conversation: list[dict[str, Json]]) -> bool:
        return any(message.get("tool_calls") for message in conversation)

    found = minimal(conversations(), calls)
    assert [message["role"] for message in found] == ["user", "assistant", "tool"]


def test_a_form_shrinks_to_its_file_alone() -> None:
    body = minimal(transcription_requests())
    assert isinstance(body, MultipartBody)
    assert [(part.name, part.filename) for part in body.parts] == [("file", "speech.wav")]


@pytest.mark.parametrize(
    ("strategy", "condition"),
    [
        (stop_sequences(), lambda stop: isinstance(stop, list) and len(stop) == 4),
        (messages(), lambda message: message["role"] == "system"),
        (messages(), lambda message: isinstance(message["content"], list)),
        (conversations(), lambda turns: any(turn["role"] == "function" for turn in turns)),
        (response_formats(), lambda value: value["type"] == "json_schema"),
        (chat_requests(), lambda body: "tools" in body and "tool_choice" in body),
        (chat_requests(), lambda body: body.get("n") is None and "n" in body),
        (chat_requests(), lambda body: "max_completion_tokens" in body),
        (completion_requests(), lambda body: body.get("best_of") == 3),
        (embedding_requests(), lambda body: isinstance(body["input"], list)),
    ],
)
def test_generates_each_form(strategy: SearchStrategy[Any], condition: Callable[[Any], bool]) -> None:
    assert condition(find_any(strategy, condition))


@QUICK
@given(chat_requests())
def test_chat_requests_satisfy_the_relations_of_the_prose(body: dict[str, Any]) -> None:
    assert not {"tools", "functions"} <= body.keys()
    assert not {"max_tokens", "max_completion_tokens"} <= body.keys()
    assert body.get("stream_options") is None or body["stream"] is True
    assert "top_logprobs" not in body or body["logprobs"] is True
    assert "tool_choice" not in body or "tools" in body
    if body.get("response_format", {}).get("type", "text") != "text":
        assert "JSON" in str(body["messages"])
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        names = [tool["function"]["name"] for tool in body["tools"]]
        assert choice["function"]["name"] in names


@QUICK
@given(completion_requests())
def test_completion_requests_satisfy_the_relations_of_the_prose(body: dict[str, Any]) -> None:
    assert body.get("best_of") is None or not body.get("stream")
    assert body.get("best_of") is None or body["best_of"] >= body.get("n", 1)
    assert body.get("stream_options") is None or body["stream"] is True
    assert not (body.get("suffix") and body.get("echo"))


@QUICK
@given(tool_exchanges())
def test_every_call_of_an_exchange_has_one_result(exchange: list[dict[str, Any]]) -> None:
    asking, *answers = exchange
    assert [call["id"] for call in asking["tool_calls"]] == [answer["tool_call_id"] for answer in answers]


@QUICK
@given(chat_requests(streamed=True))
def test_the_stream_of_a_request_can_be_fixed(body: dict[str, Any]) -> None:
    assert body["stream"] is True


def test_described_requests_are_admitted_and_shrink_to_what_is_required(chat: Operation) -> None:
    @QUICK
    @given(described_requests(operation=chat))
    def admitted(body: Json) -> None:
        assert admits(chat, body)

    admitted()
    body = minimal(described_requests(operation=chat))
    assert isinstance(body, dict)
    assert set(body) == {"messages"}


def test_broken_requests_violate_the_constraint_that_they_name(chat: Operation) -> None:
    @QUICK
    @given(broken_requests(operation=chat, valid=chat_requests()))
    def broken(example: tuple[Json, Any, Any]) -> None:
        body, located, candidate = example
        assert not admits(chat, body)
        assert candidate.expect == "reject"
        assert located.constraint.clause.startswith("azure-openai@2024-10-21#/")

    broken()


def test_every_exported_name_exists() -> None:
    assert sorted(aoai_strategies.__all__) == aoai_strategies.__all__
    for name in aoai_strategies.__all__:
        assert callable(getattr(aoai_strategies, name))
        assert "hrinks to" in (getattr(aoai_strategies, name).__doc__ or ""), name
    with pytest.raises(AttributeError, match="no attribute 'chat_request'"):
        _ = aoai_strategies.chat_request
