"""The two validation libraries agree on mutations of valid values."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aoai_specs.catalogue import Catalogue
from aoai_specs.schemas.jsonschema_errors import errors_of
from aoai_specs.schemas.validators import Validator

NUMBERS = st.one_of(
    st.integers(-5, 130),
    st.sampled_from([0.0, 1.0, -1.0, 2.0, 2.0000000000000004, 128.0, 1e300, -0.5]),
    st.sampled_from([2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**25]),
    st.floats(allow_nan=True, allow_infinity=True),
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "user",
            "system",
            "assistant",
            "tool",
            "function",
            "text",
            "image_url",
            "refusal",
            "auto",
            "none",
            "required",
            "json_schema",
            "json_object",
            "stop",
            "length",
            "azure_search",
            "azure_cosmos_db",
            "api_key",
            "endpoint",
            "float",
            "base64",
            "chat.completion",
            "chat.completion.chunk",
        ]
    ),
    st.text(max_size=70),
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
PART = {"type": "text", "text": "x"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:,", "detail": "low"}}
SEARCH = {
    "type": "azure_search",
    "parameters": {
        "authentication": {"type": "api_key", "key": "k"},
        "endpoint": "https://x",
        "index_name": "i",
        "strictness": 3,
        "embedding_dependency": {"type": "deployment_name", "deployment_name": "d"},
    },
}
LOGPROB = {
    "token": "a",
    "logprob": -1.5,
    "bytes": [97],
    "top_logprobs": [{"token": "a", "logprob": -1, "bytes": None}],
}
SAFE = {"filtered": False, "severity": "safe"}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": None}
LAWFUL: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("ChatCompletions_Create", "request"): [
        {
            "messages": [
                {"role": "system", "content": [PART]},
                {"role": "user", "content": [PART, IMAGE]},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "content": "x", "tool_call_id": "c"},
                {"role": "function", "content": None, "name": "f"},
            ],
            "temperature": 1,
            "stop": ["a"],
            "seed": 5,
            "logit_bias": {"1": 5},
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}, "strict": None}}],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}},
            "data_sources": [SEARCH],
            "stream_options": {"include_usage": True},
        }
    ],
    ("ChatCompletions_Create", "response"): [
        {
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "usage": USAGE,
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"hate": SAFE}}],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "logprobs": {"content": [LOGPROB], "refusal": None},
                    "message": {"role": "assistant", "content": "x", "refusal": None, "tool_calls": [CALL]},
                }
            ],
        }
    ],
    ("ChatCompletions_Create", "item"): [
        {
            **CHUNK,
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
        },
        {**CHUNK, "choices": [], "usage": USAGE},
    ],
    ("ChatCompletions_Create", "error"): [
        {"error": {"code": None, "message": "m", "param": None, "type": "t", "innererror": {"code": "x"}}},
        {"statusCode": 401, "message": "m"},
    ],
    ("Completions_Create", "request"): [
        {"prompt": ["a", "b"], "stop": "a", "best_of": 2, "n": 1, "logprobs": 5, "seed": -1},
        {"prompt": [[1, 2]], "logit_bias": {"1": -100}},
    ],
    ("embeddings_create", "request"): [{"input": ["a"], "encoding_format": None, "dimensions": 3}],
    ("embeddings_create", "response"): [
        {
            "object": "list",
            "model": "m",
            "data": [{"index": 0, "object": "embedding", "embedding": [0.5, 1]}],
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }
    ],
    ("Transcriptions_Create", "response"): [
        {"text": "x", "task": "transcribe", "segments": [{"id": 0, "tokens": [1]}]}
    ],
    ("ImageGenerations_Create", "request"): [{"prompt": "x", "n": 1, "size": "1024x1024", "style": "vivid"}],
}


def validators(as_published: bool) -> Iterator[tuple[str, Validator, list[dict[str, Any]]]]:
    document = Catalogue.packaged().load("azure-openai@2024-10-21", as_published=as_published)
    for (name, kind), examples in LAWFUL.items():
        operation = document.operation(name)
        found = {
            "request": lambda operation=operation: operation.request_validator(),
            "response": lambda operation=operation: operation.response_validator(200),
            "error": lambda operation=operation: operation.response_validator(400),
            "item": lambda operation=operation: operation.item_validator(200),
        }[kind]()
        if found is not None:
            yield f"{name} {kind}", found, examples


CASES = [
    pytest.param(validator, examples, id=f"{name}{' as published' if as_published else ''}")
    for as_published in (False, True)
    for name, validator, examples in validators(as_published)
]


def agreed(validator: Validator, value: Any) -> bool:
    """The verdict of both libraries."""
    verdict = validator.is_valid(value)
    assert (next(errors_of(validator.schema, value), None) is None) is verdict
    assert (validator.errors(value) == []) is verdict
    return verdict


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, (*path, index))


@st.composite
def mutations(draw: st.DrawFn, examples: list[dict[str, Any]]) -> Any:
    """Draw a valid value with some places replaced, removed or duplicated."""
    value: Any = copy.deepcopy(draw(st.sampled_from(examples)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(value))))
        if not path:
            if draw(st.integers(0, 9)) == 0:
                return draw(VALUES)
            value[draw(WORDS)] = draw(VALUES)
            continue
        node = value
        for token in path[:-1]:
            node = node[token]
        match draw(st.sampled_from(["replace", "replace", "remove", "double"])):
            case "remove":
                del node[path[-1]]
            case "double" if isinstance(node, list):
                node.insert(path[-1], copy.deepcopy(node[path[-1]]))
            case _:
                node[path[-1]] = draw(VALUES)
    return value


@pytest.mark.parametrize(
    ("validator", "examples"), [case for case in CASES if "published" not in str(case.id)]
)
def test_both_accept_valid_values(validator: Validator, examples: list[dict[str, Any]]) -> None:
    for example in examples:
        assert agreed(validator, example), validator.errors(example)


@pytest.mark.parametrize("count", [25, pytest.param(60, marks=pytest.mark.whole_selftest)])
@pytest.mark.parametrize(("validator", "examples"), CASES)
def test_both_agree_on_mutated_values(
    validator: Validator, examples: list[dict[str, Any]], count: int
) -> None:
    verdicts: set[bool] = set()

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(mutations(examples))
    def agree(value: Any) -> None:
        verdicts.add(agreed(validator, value))

    agree()
    assert False in verdicts
