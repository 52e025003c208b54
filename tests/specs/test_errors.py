"""Schema errors: the place in the body, the clause in the document, expected and actual values."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from aoai_specs.document import Document
from aoai_specs.schemas.schema_errors import shortened
from aoai_specs.schemas.validators import SchemaError, Validator

DOCUMENT = "azure-openai@2024-10-21"
SCHEMAS = f"{DOCUMENT}#/components/schemas"
CHAT = f"{SCHEMAS}/createChatCompletionRequest/allOf/1"
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "Hi", "refusal": None},
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
ABSENT = object()


def changed(value: dict[str, Any], pointer: str, to: Any) -> dict[str, Any]:
    """A copy of a value with another one at a pointer, or with nothing there."""
    result = copy.deepcopy(value)
    *parents, last = pointer.split("/")[1:]
    node: Any = result
    for token in parents:
        node = node[int(token)] if isinstance(node, list) else node[token]
    if to is ABSENT:
        del node[last]
    else:
        node[last] = to
    return result


def chat_request(document: Document) -> Validator:
    found = document.operation("ChatCompletions_Create").request_validator()
    assert found is not None
    return found


def chat_response(document: Document) -> Validator:
    found = document.operation("ChatCompletions_Create").response_validator(200)
    assert found is not None
    return found


def only(errors: list[SchemaError]) -> SchemaError:
    (error,) = errors
    return error


@pytest.mark.parametrize(
    ("field", "value", "clause", "expected"),
    [
        ("temperature", 2.1, "properties/temperature/maximum", 2),
        ("temperature", -0.1, "properties/temperature/minimum", 0),
        ("temperature", "hot", "properties/temperature/type", ["number", "null"]),
        ("temperature", True, "properties/temperature/type", ["number", "null"]),
        ("n", 0, "properties/n/minimum", 1),
        ("n", 129, "properties/n/maximum", 128),
        ("n", 1.5, "properties/n/type", ["integer", "null"]),
        ("seed", 2**63, "properties/seed/maximum", 2**63 - 1),
        ("seed", -(2**63) - 1, "properties/seed/minimum", -(2**63)),
        ("top_logprobs", 21, "properties/top_logprobs/maximum", 20),
        ("user", None, "properties/user/type", "string"),
        ("messages", [], "properties/messages/minItems", 1),
        ("messages", "Hello", "properties/messages/type", "array"),
        ("stop", [], "properties/stop/oneOf/1/minItems", 1),
        ("stop", ["a"] * 5, "properties/stop/oneOf/1/maxItems", 4),
        ("stop", 5, "properties/stop/oneOf", [["string", "null"], "array of string"]),
        ("tools", {}, "properties/tools/type", "array"),
        ("functions", [], "properties/functions/minItems", 1),
    ],
)
def test_names_the_clause_that_a_field_of_a_request_violates(
    document: Document, field: str, value: Any, clause: str, expected: Any
) -> None:
    error = only(chat_request(document).errors({**HELLO, field: value}))
    assert error.pointer == f"/{field}"
    assert error.clause == f"{CHAT}/{clause}"
    assert error.keyword == clause.rpartition("/")[2]
    assert error.expected == expected
    assert error.actual == value


@pytest.mark.parametrize(
    ("request_", "pointer", "clause", "expected", "actual"),
    [
        ({}, "/messages", "createChatCompletionRequest/allOf/1/required", "messages", []),
        (
            {"messages": [{"role": "robot", "content": "x"}]},
            "/messages/0/role",
            "chatCompletionRequestMessage/discriminator",
            ["system", "user", "assistant", "tool", "function"],
            "robot",
        ),
        (
            {"messages": [{"content": "x"}]},
            "/messages/0/role",
            "chatCompletionRequestMessage/discriminator",
            "role",
            ["content"],
        ),
        ({"messages": ["x"]}, "/messages/0", "chatCompletionRequestMessage/discriminator", "object", "x"),
        (
            {"messages": [{"role": "user"}]},
            "/messages/0/content",
            "chatCompletionRequestUserMessage/required",
            "content",
            ["role"],
        ),
        (
            {"messages": [{"role": "tool", "content": "x"}]},
            "/messages/0/tool_call_id",
            "chatCompletionRequestToolMessage/required",
            "tool_call_id",
            ["role", "content"],
        ),
        (
            {"messages": [{"role": "user", "content": None}]},
            "/messages/0/content",
            "chatCompletionRequestUserMessage/properties/content/oneOf",
            ["string", "array of chatCompletionRequestUserMessageContentPart"],
            None,
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "x", "detail": "max"}}],
                    }
                ]
            },
            "/messages/0/content/0/image_url/detail",
            "chatCompletionRequestMessageContentPartImage/properties/image_url/properties/detail/enum",
            ["auto", "low", "high"],
            "max",
        ),
        (
            {"messages": [{"role": "user", "content": []}]},
            "/messages/0/content",
            "chatCompletionRequestUserMessage/properties/content/oneOf/1/minItems",
            1,
            [],
        ),
        (
            {**HELLO, "tool_choice": "always"},
            "/tool_choice",
            "chatCompletionToolChoiceOption/oneOf/0/enum",
            ["none", "auto", "required"],
            "always",
        ),
        (
            {**HELLO, "tool_choice": {"type": "function"}},
            "/tool_choice/function",
            "chatCompletionNamedToolChoice/required",
            "function",
            ["type"],
        ),
        (
            {**HELLO, "response_format": {"type": "json_schema"}},
            "/response_format/json_schema",
            "ResponseFormatJsonSchema/required",
            "json_schema",
            ["type"],
        ),
        (
            {**HELLO, "response_format": {"type": "yaml"}},
            "/response_format",
            "createChatCompletionRequest/allOf/1/properties/response_format/oneOf",
            ["ResponseFormatText", "ResponseFormatJsonObject", "ResponseFormatJsonSchema"],
            {"type": "yaml"},
        ),
        (
            {**HELLO, "logit_bias": {"a/b~c": 101}},
            "/logit_bias/a~1b~0c",
            "createChatCompletionRequest/allOf/1/properties/logit_bias/additionalProperties/maximum",
            100,
            101,
        ),
        (
            {**HELLO, "stream_options": {"include_usage": "yes"}},
            "/stream_options/include_usage",
            "chatCompletionStreamOptions/properties/include_usage/type",
            "boolean",
            "yes",
        ),
    ],
)
def test_finds_the_deepest_place_that_is_wrong_in_a_request(
    document: Document, request_: Any, pointer: str, clause: str, expected: Any, actual: Any
) -> None:
    error = only(chat_request(document).errors(request_))
    assert (error.pointer, error.clause) == (pointer, f"{SCHEMAS}/{clause}")
    assert (error.expected, error.actual) == (expected, actual)


@pytest.mark.parametrize(
    ("pointer", "to", "keyword", "expected"),
    [
        ("/id", ABSENT, "required", "id"),
        ("/created", "now", "type", "integer"),
        ("/object", "chat.completion.chunk", "enum", ["chat.completion"]),
        ("/choices", {}, "type", "array"),
        ("/choices/0/index", "0", "type", "integer"),
        (
            "/choices/0/finish_reason",
            "eos",
            "enum",
            ["stop", "length", "tool_calls", "content_filter", "function_call"],
        ),
        ("/choices/0/finish_reason", None, "type", "string"),
        ("/choices/0/message/refusal", ABSENT, "required", "refusal"),
        ("/choices/0/message/role", "user", "enum", ["assistant"]),
        ("/choices/0/message/content", 5, "type", ["string", "null"]),
        ("/usage/total_tokens", 1.5, "type", "integer"),
    ],
)
def test_finds_the_place_that_is_wrong_in_a_response(
    document: Document, pointer: str, to: Any, keyword: str, expected: Any
) -> None:
    value = changed(ANSWER, pointer, to)
    if pointer == "/choices/0/finish_reason":
        found = [error for error in chat_response(document).errors(value) if error.keyword == keyword]
        error = only(found)
    else:
        error = only(chat_response(document).errors(value))
    assert (error.pointer, error.keyword, error.expected) == (pointer, keyword, expected)


def test_reports_nothing_for_a_valid_value(document: Document) -> None:
    assert chat_request(document).errors(HELLO) == []
    assert chat_response(document).errors(ANSWER) == []


def test_names_each_of_several_missing_fields_separately(document: Document) -> None:
    value = {**ANSWER, "choices": [{}]}
    assert [error.pointer for error in chat_response(document).errors(value)] == [
        "/choices/0/finish_reason",
        "/choices/0/index",
        "/choices/0/message",
    ]


def test_reports_once_what_two_members_of_an_allof_require(document: Document) -> None:
    assert len(chat_request(document).errors({**HELLO, "temperature": 9, "top_p": 9, "n": 0})) == 3


def test_orders_errors_by_their_place(document: Document) -> None:
    messages = [{"role": "user", "content": n} for n in range(12)]
    pointers = [error.pointer for error in chat_request(document).errors({"messages": messages})]
    assert pointers == [f"/messages/{n}/content" for n in range(12)]


def test_every_clause_resolves_in_the_document(document: Document) -> None:
    wrong = [
        *(
            {**HELLO, field: object_}
            for field in ("temperature", "stop", "tools", "tool_choice")
            for object_ in (5, [5])
        ),
        *({"messages": [{"role": role}]} for role in ("system", "user", "tool", "function", "robot")),
        {
            **HELLO,
            "data_sources": [{"type": "azure_search", "parameters": {"authentication": {"type": "x"}}}],
        },
        {**HELLO, "data_sources": [{"type": "azure_cosmos_db"}, {"type": "other"}, {}]},
    ]
    clauses = {error.clause for body in wrong for error in chat_request(document).errors(body)}
    assert len(clauses) > 15
    for clause in clauses:
        name, _, pointer = clause.partition("#")
        assert name == DOCUMENT
        document.resolve(f"#{pointer}")


def test_sentences_end_and_values_are_json(document: Document) -> None:
    for body in ({}, {**HELLO, "n": 0, "stop": 5, "tool_choice": "x", "user": "é" * 10_000, "seed": 10**100}):
        for error in chat_request(document).errors(body):
            assert error.message.endswith(".")
            json.dumps([error.expected, error.actual], allow_nan=False)


def test_cuts_long_values_short() -> None:
    long = shortened({"text": "x" * 1000, "list": list(range(100)), "deep": {"a": {"b": {"c": {"d": 1}}}}})
    assert len(json.dumps(long)) < 500
    assert shortened([1, "a", None, {"b": 2.5}]) == [1, "a", None, {"b": 2.5}]
    assert shortened(float("nan")) == "nan"
    assert isinstance(shortened(10**5000), str)


def test_the_same_value_gives_the_same_errors(document: Document) -> None:
    body = {**HELLO, "n": 0, "stop": 5, "tools": [{"type": "x"}], "data_sources": [{}]}
    assert chat_request(document).errors(body) == chat_request(document).errors(json.loads(json.dumps(body)))
