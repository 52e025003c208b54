"""A match accepts the requests that meet all its conditions, and names those that others miss."""

from __future__ import annotations

import json

import pytest

from aoai_emulator.matching.match_parsing import MatchError, parse_conditions, parse_match
from aoai_emulator.matching.request_facts import RequestFacts
from aoai_emulator.settings import Settings
from aoai_specs.errors import ConformanceError

BODY = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is the weather?"}]},
    ],
    "temperature": 0,
    "stream": True,
    "model": "gpt-4o-2024-08-06",
}


@pytest.fixture(scope="module")
def chat(document):
    return next(each for each in document.operations.values() if each.kind == "chat")


@pytest.fixture
def facts(document, chat):
    def describe(body=BODY, deployment="gpt-4o", **changes):
        facts = {
            "method": "POST",
            "path": f"/openai/deployments/{deployment}/chat/completions",
            "headers": {"content-type": "application/json", "x-team": "blue"},
            "operation": chat,
            "named_deployment": deployment,
            **changes,
        }
        return RequestFacts(settings=Settings(documents=(document,)), raw=json.dumps(body).encode(), **facts)

    return describe


@pytest.mark.parametrize(
    "match",
    [
        {},
        {"operation": "chat"},
        {"operation": "ChatCompletions_Create"},
        {"deployment": "gpt-4o"},
        {"model": "gpt-4o-2024-08-06"},
        {"method": "post"},
        {"path": "/openai/deployments/*/chat/completions"},
        {"text": "the weather"},
        {"headers": {"X-Team": "blue"}},
        {"headers": {"x-team": "*"}},
        {"json": {"$.temperature": 0.0}},
        {"json": {"messages[*].role": "user"}},
        {"json": {"messages[1].content": [{"text": "What is the weather?", "type": "text"}]}},
        {"operation": "chat", "text": "weather", "json": {"stream": True}},
    ],
)
def test_a_request_that_meets_every_condition_matches(match, facts):
    assert list(parse_match(match).mismatches(facts())) == []
    assert parse_match(parse_match(match).conditions()).matches(facts())


@pytest.mark.parametrize(
    ("match", "sentence"),
    [
        ({"operation": "embeddings"}, 'operation: expected "embeddings", received "chat".'),
        ({"deployment": "prod"}, 'deployment: expected "prod", received "gpt-4o".'),
        ({"model": "gpt-5"}, 'model: expected "gpt-5", received "gpt-4o-2024-08-06".'),
        ({"method": "GET"}, 'method: expected "GET", received "POST".'),
        ({"path": "/x"}, 'path: expected "/x", received "/openai/deployments/gpt-4o/chat/completions".'),
        ({"text": "user"}, 'The text "user" is not in "Be brief.\\nWhat is the weather?".'),
        ({"headers": {"x-team": "red"}}, 'header x-team: expected "red", received "blue".'),
        ({"headers": {"x-other": "*"}}, 'header x-other: expected "*", received nothing.'),
        ({"json": {"stream": 1}}, "stream: expected 1, received true."),
        ({"json": {"$.top_p": 1}}, "$.top_p: expected 1, received nothing."),
    ],
)
def test_a_mismatch_says_what_was_expected_and_received(match, sentence, facts):
    assert list(parse_match(match).mismatches(facts())) == [sentence]
    assert not parse_match(match).matches(facts())


def test_the_model_of_the_body_selects_the_deployment_where_the_path_names_none(facts):
    request = facts(deployment=None, body={**BODY, "model": "gpt-4o"})
    assert request.deployment == "gpt-4o"
    assert parse_match({"deployment": "gpt-4o", "model": "gpt-4o-2024-08-06"}).matches(request)


def test_a_body_that_cannot_be_read_matches_no_condition_on_it(facts):
    request = facts(headers={})
    broken = RequestFacts(request.settings, "POST", request.path, {"content-type": "application/json"}, b"{")
    assert parse_match({"method": "POST"}).matches(broken)
    assert not parse_match({"json": {"stream": True}}).matches(broken)


@pytest.mark.parametrize("input_", ["A text.", ["A text.", "b"]])
def test_the_input_of_embeddings_is_text(input_, facts):
    assert parse_match({"text": "A text."}).matches(facts(body={"input": input_}))


def test_pairs_are_the_same_conditions_as_an_object():
    pairs = [("operation", "chat"), ("header.X-Team", "blue"), ("json.stream", "true"), ("json.user", "me")]
    assert parse_conditions(pairs).conditions() == {
        "operation": "chat",
        "headers": {"x-team": "blue"},
        "json": {"stream": True, "user": "me"},
    }


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([], "A match must be an object such as {'operation': 'chat'}, not []."),
        ({"operatoin": "chat"}, "There is no condition 'operatoin'; did you mean 'operation'?"),
        ({"operation": "chta"}, "There is no operation 'chta'; did you mean 'chat'?"),
        ({"deployment": 1}, "deployment must be a string of 1 to 10000 characters, not 1."),
        ({"text": ""}, 'text must be a string of 1 to 10000 characters, not "".'),
        ({"headers": ["x"]}, "headers must be an object of at most 50 entries."),
        ({"headers": {"x": 1}}, "The header x must be a string of 1 to 10000 characters, not 1."),
        ({"json": {"a b": 1}}, "'a b' is not a path such as '$.messages[0].content'."),
        ({"json": {"a": [[]] * 2000}}, "json must have at most 1000 values in 20 levels."),
    ],
)
def test_a_mistake_in_a_match_is_one_sentence(value, sentence):
    with pytest.raises(ConformanceError) as raised:
        parse_match(value)
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("text", "a"), ("text", "b")], "The condition 'text' is given twice."),
        ([("headers", "a")], "Write header.NAME=VALUE instead of headers=…."),
    ],
)
def test_a_mistake_in_pairs_is_one_sentence(pairs, sentence):
    with pytest.raises(MatchError) as raised:
        parse_conditions(pairs)
    assert str(raised.value) == sentence
